/** From ffprobe's report to the facts that we keep, with limits on what a file may claim. */
import { AppError } from '../../../src/contracts/errors.ts';
import type { Probe } from '../../../src/contracts/media.ts';
import { MAX_SOURCE_PIXELS } from '../../../src/editing/compile.ts';

/** The part of ffprobe's JSON that is read. Everything may be missing: the file is a stranger's. */
export interface FfprobeReport {
  readonly format?: {
    readonly format_name?: string;
    readonly duration?: string;
    readonly start_time?: string;
    readonly bit_rate?: string;
    readonly nb_streams?: number;
  };
  readonly streams?: readonly FfprobeStream[];
}

export interface FfprobeStream {
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly pix_fmt?: string;
  readonly color_space?: string;
  readonly color_range?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly duration?: string;
  readonly start_time?: string;
  readonly nb_frames?: string;
  readonly channels?: number;
  readonly sample_rate?: string;
  readonly disposition?: { readonly attached_pic?: number };
  readonly tags?: { readonly rotate?: string; readonly DURATION?: string };
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

const MAX_SIDE = 8192;
const MAX_STREAMS = 64;
const MAX_DURATION_SECONDS = 86_400;
const MAX_FPS = 1000;
/** Where a container gives no rate at all. */
const DEFAULT_FPS = 25;
/** A nominal rate this near to the average is the rate; else the file's frames are uneven and the average tells more. */
const NOMINAL_RATE_TOLERANCE = 0.02;

/** A positive finite number, or `undefined`. */
function positive(value: string | number | undefined): number | undefined {
  const parsed = Number(value);
  return value !== undefined && Number.isFinite(parsed) && parsed > 0 ? parsed : undefined;
}

/** `30000/1001` or `4:3` as a number; `undefined` for `0/0`, `0:1` and nonsense. */
function ratio(text: string | undefined): number | undefined {
  const [numerator, denominator] = (text ?? '').split(/[/:]/).map(Number);
  return numerator !== undefined && denominator !== undefined && denominator !== 0
    ? positive(numerator / denominator)
    : undefined;
}

function refuse(detail: string): never {
  throw new AppError('probe_failed', detail);
}

function frameRate(stream: FfprobeStream): number {
  const average = ratio(stream.avg_frame_rate);
  const nominal = ratio(stream.r_frame_rate);
  if (average === undefined) return nominal !== undefined && nominal <= MAX_FPS ? nominal : DEFAULT_FPS;
  if (average > MAX_FPS)
    refuse(`The file claims ${Math.round(average)} frames a second; at most ${MAX_FPS} are taken`);
  const isNominal = nominal !== undefined && Math.abs(nominal - average) <= average * NOMINAL_RATE_TOLERANCE;
  return isNominal ? nominal : average;
}

/** Clockwise: 0, 90, 180 or 270. ffprobe's side data counts counter-clockwise, the old tag clockwise. */
function rotation(stream: FfprobeStream): number {
  const sideData = stream.side_data_list?.find((entry) => entry.rotation !== undefined)?.rotation;
  const degrees = sideData === undefined ? Number(stream.tags?.rotate ?? 0) : -sideData;
  if (!Number.isFinite(degrees)) return 0;
  return (((Math.round(degrees / 90) * 90) % 360) + 360) % 360;
}

/** Width and height as displayed: square pixels, upright. */
function displaySize(stream: FfprobeStream, rotationDegrees: number): { width: number; height: number } {
  const { width = 0, height = 0 } = stream;
  if (width < 1 || height < 1) refuse('The picture has no size');
  const displayWidth = Math.max(1, Math.round(width * (ratio(stream.sample_aspect_ratio) ?? 1)));
  const isAbsurd =
    Math.max(width, height, displayWidth) > MAX_SIDE ||
    Math.max(width, displayWidth) * height > MAX_SOURCE_PIXELS;
  if (isAbsurd)
    refuse(`The picture is ${displayWidth}×${height}; at most ${MAX_SIDE} pixels a side are taken`);
  return rotationDegrees % 180 === 90
    ? { width: height, height: displayWidth }
    : { width: displayWidth, height };
}

/** Matroska keeps a track's length in a tag: `00:01:02.345000000`. */
function taggedSeconds(tag: string | undefined): number | undefined {
  const match = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(tag ?? '');
  if (match === null) return undefined;
  const [, hours, minutes, seconds] = match.map(Number);
  return positive((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0));
}

/** How long after the file's beginning the picture begins; 0 in most files. */
function pictureDelay(report: FfprobeReport, stream: FfprobeStream | undefined): number {
  const seconds = Number(stream?.start_time ?? 0) - Number(report.format?.start_time ?? 0);
  return positive(seconds.toFixed(6)) ?? 0;
}

/** Seconds from the file's beginning to the picture's end; `undefined` where the file does not tell, as in recordings straight from a browser. */
export function reportedSeconds(report: FfprobeReport): number | undefined {
  const stream = findPicture(report);
  const frames = positive(stream?.nb_frames);
  const seconds = positive(stream?.duration);
  if (seconds !== undefined) return pictureDelay(report, stream) + seconds;
  return (
    taggedSeconds(stream?.tags?.DURATION) ??
    positive(report.format?.duration) ??
    (frames === undefined || stream === undefined ? undefined : frames / frameRate(stream))
  );
}

/** The first picture track that is not a cover. */
function findPicture(report: FfprobeReport): FfprobeStream | undefined {
  return report.streams?.find(
    (stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1,
  );
}

function checkLimits(report: FfprobeReport, durationSeconds: number): void {
  if (Math.max(report.streams?.length ?? 0, report.format?.nb_streams ?? 0) > MAX_STREAMS) {
    refuse(`The file has more than ${MAX_STREAMS} tracks`);
  }
  if (findPicture(report) === undefined) throw new AppError('no_video_stream');
  if (durationSeconds <= 0) refuse('The file holds no moving picture; it may have been cut off');
  if (durationSeconds > MAX_DURATION_SECONDS) refuse('The video is longer than a day');
}

/**
 * The facts of a probed file. `durationSeconds` is that of the picture.
 * @throws AppError `no_video_stream`; `probe_failed` for what is missing or beyond the limits
 */
export function toProbe(
  report: FfprobeReport,
  { sizeBytes, durationSeconds }: Pick<Probe, 'sizeBytes' | 'durationSeconds'>,
): Probe {
  checkLimits(report, durationSeconds);
  const video = findPicture(report);
  if (video === undefined) throw new AppError('no_video_stream');
  if (video.codec_name === undefined)
    refuse('The picture is in a format that cannot be decoded, or larger than 8K');
  const audio = report.streams?.find((stream) => stream.codec_type === 'audio');
  const fps = frameRate(video);
  const rotationDegrees = rotation(video);
  const bitRate = positive(report.format?.bit_rate);
  const pictureStartSeconds = pictureDelay(report, video);
  return {
    durationSeconds,
    ...(pictureStartSeconds > 0 && { pictureStartSeconds }),
    ...displaySize(video, rotationDegrees),
    fps,
    rotationDegrees,
    container: report.format?.format_name?.split(',')[0] ?? 'unknown',
    videoCodec: video.codec_name,
    pixelFormat: video.pix_fmt ?? 'unknown',
    ...colorFacts(video),
    ...audioFacts(audio),
    ...(bitRate !== undefined && { bitRate: Math.round(bitRate) }),
    sizeBytes,
  };
}

/** Only what the file tells: `unknown` is nothing told. */
function colorFacts({ color_space, color_range }: FfprobeStream): Pick<Probe, 'colorSpace' | 'colorRange'> {
  return {
    ...(color_space !== undefined && color_space !== 'unknown' && { colorSpace: color_space }),
    ...(color_range !== undefined && color_range !== 'unknown' && { colorRange: color_range }),
  };
}

type AudioFacts = Pick<Probe, 'hasAudio' | 'audioCodec' | 'audioChannels' | 'audioSampleRate'>;

/** Of the first sound track, which is the one that renders use; without a codec it cannot be heard. */
function audioFacts(audio: FfprobeStream | undefined): AudioFacts {
  if (audio?.codec_name === undefined) return { hasAudio: false };
  const channels = positive(audio.channels);
  const sampleRate = positive(audio.sample_rate);
  return {
    hasAudio: true,
    audioCodec: audio.codec_name,
    ...(channels !== undefined && { audioChannels: Math.round(channels) }),
    ...(sampleRate !== undefined && { audioSampleRate: Math.round(sampleRate) }),
  };
}
