/** From an edit plan to the arguments of one FFmpeg run. Pure: the same plan and probe give the same arguments. */
import type { EditPlan, Operation } from '../contracts/edit-plan.ts';
import type { Probe } from '../contracts/media.ts';
import { colorMatrixOf, isStoredAsRgb } from './color-matrix.ts';
import { encodingFor } from './encoder-settings.ts';
import {
  expression,
  FilterGraph,
  formatNumber,
  PICTURE_TRACK,
  type SideFile,
  SOUND_TRACK,
} from './filter-graph.ts';
import type { Timeline } from './operation.ts';
import { definitionOf } from './operations/index.ts';
import { isTrim } from './operations/trim.ts';
import { optimize } from './optimize.ts';
import { type CopiedTracks, copiedTracks } from './stream-copy.ts';
import { frameCount, pictureOffset, sourceTimeline, toFrameRate, toFrames } from './timeline.ts';

/** The name under which the source must lie in the job's folder: no ending, so that only its content tells what it is. */
export const INPUT_NAME = 'input';

/** A picture beyond 8K would take gigabytes to decode. */
export const MAX_SOURCE_PIXELS = 8192 * 4320;

/**
 * What a user's file may make FFmpeg do. Demuxers first: playlists and concatenation scripts are kept out, since
 * disguised as a video they would pull in other files of the machine. Every decoder keeps the limit of pixels, whatever the
 * container promised.
 */
export const INPUT_SAFETY_ARGS: readonly string[] = [
  '-protocol_whitelist',
  'file',
  '-format_whitelist',
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi',
  '-max_pixels',
  String(MAX_SOURCE_PIXELS),
];

export interface CompiledRender {
  /** FFmpeg's arguments without the binary; file names are relative to the job's folder. */
  readonly args: readonly string[];
  /** To be written into the job's folder first. */
  readonly files: readonly SideFile[];
  readonly outputName: string;
  readonly contentType: string;
  /** What the output must turn out to be. */
  readonly expected: Timeline;
}

/** Sound runs at one rate through the graph; Opus knows no other. */
const SAMPLE_RATE = 48_000;
/** Frames the source may lack at its end (its duration was rounded); the last frame stands in for them. */
const MAX_MISSING_FRAMES = 3;
/** No encoder needs more than this; a file beyond it is a bomb. */
const MAX_BYTES_PER_PIXEL = 2;
const OUTPUT_ALLOWANCE_BYTES = 16_777_216;

const RUN_ARGS: readonly string[] =
  '-nostdin -hide_banner -loglevel warning -progress pipe:1 -stats_period 0.25 -y'.split(' ');
/** A user's file may name its place and owner. */
const STRIP_METADATA_ARGS: readonly string[] = ['-map_metadata', '-1', '-map_chapters', '-1'];

/** The part of the source that is read. */
interface SourceWindow {
  readonly startFrame: number;
  readonly frames: number;
}

/** Turns a leading trim into a window on the source, to be sought to instead of decoded and dropped. */
function takeWindow(
  operations: readonly Operation[],
  source: Timeline,
): { readonly window: SourceWindow; readonly rest: readonly Operation[] } {
  const [first, ...rest] = operations;
  if (first === undefined || !isTrim(first))
    return { window: { startFrame: 0, frames: frameCount(source) }, rest: operations };
  const { startFrame, endFrame } = toFrames(first, source);
  return { window: { startFrame, frames: endFrame - startFrame }, rest };
}

function inputArgs(window: SourceWindow, fps: number): string[] {
  const seek = window.startFrame === 0 ? [] : ['-ss', formatNumber(window.startFrame / fps)];
  return [
    ...INPUT_SAFETY_ARGS,
    // Frames before the seek point reach the graph with negative times, where `fps` drops all but the one that is on screen
    // at 0. FFmpeg's own accurate seek would drop that one too, which shows in files with uneven frames. No `-t`: it would
    // count from the first of those early frames. The graph ends the reading.
    '-noaccurate_seek',
    ...seek,
    // The graph copes with a size that changes in mid-stream; starting it anew would reset its clock.
    '-reinit_filter:v',
    '0',
    '-i',
    INPUT_NAME,
  ];
}

interface Start {
  readonly timeline: Timeline;
  readonly source: Probe;
}

/** Brings any picture to the timeline's terms: even frames from 0, even size, square pixels, 8 bit. */
function normalizePicture(window: SourceWindow, { timeline, source }: Start, graph: FilterGraph): void {
  const { numerator, denominator } = graph.frameRate;
  const offset = pictureOffset(source);
  if (offset !== 0) graph.video('setpts', { expr: expression`PTS-(${offset})/TB` });
  graph.video('fps', { fps: `${numerator}/${denominator}`, start_time: 0 });
  graph.video('tpad', { stop: MAX_MISSING_FRAMES, stop_mode: 'clone' });
  graph.video('trim', { end_pts: window.frames });
  graph.video('scale', {
    w: timeline.width,
    h: timeline.height,
    // Named only where needed: naming them costs a copy of every frame.
    ...(isStoredAsRgb(source) && { out_color_matrix: colorMatrixOf(source).scaleName }),
    ...(source.colorRange === 'pc' && { out_range: 'tv' }),
  });
  graph.video('setsar', { sar: 1 });
  graph.video('format', { pix_fmts: 'yuv420p' });
}

/** Brings any sound to one rate, one or two channels, and the length of the picture, gaps filled with silence. */
function normalizeSound(seconds: number, channels: number, graph: FilterGraph): void {
  graph.audio('atrim', { start: 0 });
  graph.audio('aresample', { osr: SAMPLE_RATE, async: 1, first_pts: 0 });
  graph.audio('aformat', { sample_fmts: 'fltp', channel_layouts: channels === 1 ? 'mono' : 'stereo' });
  graph.audio('apad', { whole_dur: seconds });
  graph.audio('atrim', { end: seconds });
}

function applyOperations(operations: readonly Operation[], start: Timeline, graph: FilterGraph): Timeline {
  let timeline = start;
  for (const operation of operations) {
    const definition = definitionOf(operation.op);
    definition.compile(operation, timeline, graph);
    timeline = definition.apply(operation, timeline);
  }
  return timeline;
}

/** Which tracks go into the output: labels of the graph, or tracks of the source. */
function mapArgs(copied: CopiedTracks, hasAudio: boolean): string[] {
  const picture = ['-map', copied.picture ? PICTURE_TRACK : '[v]'];
  return hasAudio ? [...picture, '-map', copied.sound ? SOUND_TRACK : '[a]'] : picture;
}

/**
 * Compiles a validated plan (see `parseOperations`) for its source. All edits become one filter graph and one encode; a
 * leading trim becomes an input seek, and what needs no encode is copied.
 */
export function compile(plan: EditPlan, source: Probe): CompiledRender {
  const sourceBefore = sourceTimeline(source);
  const operations = optimize(plan.operations, sourceBefore);
  const copied = copiedTracks(operations, source, plan.output);
  const { window, rest } = takeWindow(operations, sourceBefore);
  const graph = new FilterGraph(toFrameRate(source.fps), colorMatrixOf(source));
  const start = { ...sourceBefore, durationSeconds: window.frames / sourceBefore.fps };
  if (!copied.picture) normalizePicture(window, { timeline: start, source }, graph);
  if (start.hasAudio && !copied.sound) {
    normalizeSound(start.durationSeconds, source.audioChannels ?? 2, graph);
  }
  const expected = applyOperations(rest, start, graph);
  if (!copied.picture) graph.finishPicture();
  const encoding = encodingFor(plan.output, copied, expected.hasAudio);
  const outputName = `output.${encoding.extension}`;
  const maxBytes =
    OUTPUT_ALLOWANCE_BYTES + frameCount(expected) * expected.width * expected.height * MAX_BYTES_PER_PIXEL;
  return {
    args: [
      ...RUN_ARGS,
      ...inputArgs(window, sourceBefore.fps),
      ...(graph.isEmpty ? [] : ['-filter_complex', graph.toString()]),
      ...mapArgs(copied, expected.hasAudio),
      ...STRIP_METADATA_ARGS,
      ...encoding.args,
      '-fs',
      String(maxBytes),
      outputName,
    ],
    files: graph.files,
    outputName,
    contentType: encoding.contentType,
    expected,
  };
}
