/** Frame arithmetic. A boundary in seconds means the nearest frame boundary, for picture and sound alike. */
import type { FieldIssue } from '../contracts/errors.ts';
import type { Probe } from '../contracts/media.ts';
import type { FrameRate } from './filter-graph.ts';
import type { Timeline } from './operation.ts';

/** A range as operations carry it; what is left out is the timeline's start or end. */
export interface TimeRange {
  readonly start?: number;
  readonly end?: number;
}

/** Frames `startFrame` up to, but not including, `endFrame`. */
export interface FrameWindow {
  readonly startFrame: number;
  readonly endFrame: number;
}

/** Slower and faster sources are brought into this range. */
const MIN_FPS = 1;
const MAX_FPS = 120;
/** Displays round durations, so an end this little past the real one is meant as the end. */
const END_TOLERANCE_SECONDS = 0.05;

/** The ratio nearest to a rate that was read as a decimal; 29.97 becomes 30000/1001. */
export function toFrameRate(fps: number): FrameRate {
  const clamped = Math.min(MAX_FPS, Math.max(MIN_FPS, fps));
  const whole = Math.round(clamped);
  if (Math.abs(clamped - whole) < 0.001) return { numerator: whole, denominator: 1 };
  const ntsc = Math.round((clamped * 1001) / 1000);
  if (Math.abs(clamped - (ntsc * 1000) / 1001) < 0.005) return { numerator: ntsc * 1000, denominator: 1001 };
  return { numerator: Math.round(clamped * 1000), denominator: 1000 };
}

const toEven = (pixels: number): number => Math.max(2, Math.floor(pixels / 2) * 2);

/** A frame up to this much after a tick belongs to it: sound encoders begin 21 ms ahead, half a frame of film. */
const MAX_OFFSET_FRAMES = 0.7;

/**
 * Seconds by which the source's frames stand after the ticks of the timeline that they belong to, negative when before. Sound
 * often begins a few milliseconds ahead of the picture, and frames that lie between two ticks would jitter to either.
 */
export function pictureOffset(probe: Probe): number {
  const { numerator, denominator } = toFrameRate(probe.fps);
  const delayFrames = ((probe.pictureStartSeconds ?? 0) * numerator) / denominator;
  const tick = Math.max(0, Math.ceil(delayFrames - MAX_OFFSET_FRAMES));
  return ((delayFrames - tick) * denominator) / numerator;
}

/** The timeline of an unedited source. */
export function sourceTimeline(probe: Probe): Timeline {
  const { numerator, denominator } = toFrameRate(probe.fps);
  const fps = numerator / denominator;
  return {
    durationSeconds: Math.max(1, Math.round((probe.durationSeconds - pictureOffset(probe)) * fps)) / fps,
    width: toEven(probe.width),
    height: toEven(probe.height),
    fps,
    hasAudio: probe.hasAudio,
  };
}

/** Number of frames on the timeline. */
export function frameCount(timeline: Timeline): number {
  return Math.round(timeline.durationSeconds * timeline.fps);
}

/** The range's frames, clamped to the timeline. */
export function toFrames(range: TimeRange, timeline: Timeline): FrameWindow {
  const frames = frameCount(timeline);
  const clamp = (seconds: number): number =>
    Math.min(frames, Math.max(0, Math.round(seconds * timeline.fps)));
  return {
    startFrame: range.start === undefined ? 0 : clamp(range.start),
    endFrame: range.end === undefined ? frames : clamp(range.end),
  };
}

/** A number of seconds for people: at most two decimals. */
export function formatSeconds(seconds: number): string {
  return `${Number(seconds.toFixed(2))} s`;
}

/** A point in time for people: `0:10`, `1:02:03.5`. */
export function formatTime(seconds: number): string {
  const hundredths = Math.round(seconds * 100);
  const rest = (hundredths % 6000) / 100;
  const minutes = Math.floor(hundredths / 6000) % 60;
  const hours = Math.floor(hundredths / 360_000);
  const paddedRest = (rest < 10 ? '0' : '') + String(rest);
  return hours > 0
    ? `${hours}:${String(minutes).padStart(2, '0')}:${paddedRest}`
    : `${minutes}:${paddedRest}`;
}

/** A range for people: `0:10–0:20`, `from 0:10`, `until 0:20`; empty when it is the whole timeline. */
export function formatRange({ start, end }: TimeRange): string {
  if (start !== undefined && end !== undefined) return `${formatTime(start)}–${formatTime(end)}`;
  if (start !== undefined) return `from ${formatTime(start)}`;
  return end === undefined ? '' : `until ${formatTime(end)}`;
}

/** Problems of a range on this timeline: outside of it, reversed, or shorter than a frame. */
export function validateRange(range: TimeRange, timeline: Timeline): readonly FieldIssue[] {
  const { durationSeconds, fps } = timeline;
  const issues: FieldIssue[] = [];
  const length = `the video is only ${formatSeconds(durationSeconds)} long here`;
  if (range.start !== undefined && range.start >= durationSeconds) {
    issues.push({ path: '/start', message: `start is ${formatSeconds(range.start)} but ${length}` });
  }
  if (range.end !== undefined && range.end > durationSeconds + Math.max(END_TOLERANCE_SECONDS, 1 / fps)) {
    issues.push({ path: '/end', message: `end is ${formatSeconds(range.end)} but ${length}` });
  }
  if (issues.length > 0) return issues;
  if (range.start !== undefined && range.end !== undefined && range.end <= range.start) {
    const message = `end (${formatSeconds(range.end)}) must be after start (${formatSeconds(range.start)})`;
    return [{ path: '/end', message }];
  }
  const { startFrame, endFrame } = toFrames(range, timeline);
  if (endFrame > startFrame) return [];
  const path = range.end === undefined ? '/start' : '/end';
  return [{ path, message: `the range is shorter than one frame (${formatSeconds(1 / fps)})` }];
}
