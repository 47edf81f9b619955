/** A poster and a thumbnail of a video, made by one FFmpeg run. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../src/contracts/errors.ts';
import type { Probe } from '../../src/contracts/media.ts';
import { INPUT_SAFETY_ARGS } from '../../src/editing/compile.ts';
import type { JobContext } from '../job-context.ts';
import { runFfmpeg } from './ffmpeg/run-ffmpeg.ts';

export const POSTER_NAME = 'poster.jpg';
export const THUMBNAIL_NAME = 'thumbnail.jpg';

/** Boxes that the pictures fit into, in pixels; a smaller video is not enlarged. */
const POSTER_BOX = { width: 1280, height: 1280 };
const THUMBNAIL_BOX = { width: 320, height: 640 };
/** The picture is taken here, or at a tenth of a shorter video: titles and fades from black are mostly over. */
const WANTED_SECONDS = 1;
const WANTED_FRACTION = 0.1;
/** How far on a picture that is not black is looked for. */
const SEARCH_SECONDS = 5;
/** Mean luma (16 is black, 235 white) up to which a frame counts as black. */
const BLACK_LUMA = 24;

type Size = Pick<Probe, 'width' | 'height'>;

/** The size that fits into the box, keeping the shape, never larger than it is. */
export function fitted({ width, height }: Size, box: Size): Size {
  const ratio = Math.min(1, box.width / width, box.height / height);
  return { width: Math.max(2, Math.round(width * ratio)), height: Math.max(2, Math.round(height * ratio)) };
}

/** Where in the video, and whether frames that are black are passed over. */
interface Moment {
  readonly atSeconds: number;
  readonly isPickyAboutBlack: boolean;
}

function pictureArgs(source: string, probe: Probe, { atSeconds, isPickyAboutBlack }: Moment): string[] {
  const poster = fitted(probe, POSTER_BOX);
  const thumbnail = fitted(probe, THUMBNAIL_BOX);
  const notBlack = isPickyAboutBlack
    ? `,signalstats,metadata=mode=select:key=lavfi.signalstats.YAVG:value=${BLACK_LUMA}:function=greater`
    : '';
  const graph =
    `[0:V:0]scale=${poster.width}:${poster.height}:out_range=tv,setsar=1,format=yuv420p${notBlack},` +
    `scale=out_range=pc,format=yuvj420p,split[poster][large];` +
    `[large]scale=${thumbnail.width}:${thumbnail.height}[thumbnail]`;
  const output = (label: string, name: string): string[] => [
    ...['-map', `[${label}]`, '-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '3', '-map_metadata', '-1'],
    ...['-f', 'image2', '-update', '1', name],
  ];
  return [
    ...['-nostdin', '-hide_banner', '-v', 'error', '-y', '-progress', 'pipe:1', '-stats_period', '0.5'],
    ...INPUT_SAFETY_ARGS,
    ...['-ss', atSeconds.toFixed(3), '-t', String(SEARCH_SECONDS), '-i', `file:${source}`],
    ...['-filter_complex', graph],
    ...output('poster', POSTER_NAME),
    ...output('thumbnail', THUMBNAIL_NAME),
  ];
}

async function isWritten(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.size > 0;
}

/** True when both pictures were made; false when there was no frame to make them of. */
async function tryPictures(args: readonly string[], context: JobContext): Promise<boolean> {
  const { workFolder: folder, signal } = context;
  const paths = [join(folder, POSTER_NAME), join(folder, THUMBNAIL_NAME)];
  for (const path of paths) await rm(path, { force: true });
  try {
    await runFfmpeg({
      ffmpegPath: context.ffmpeg.ffmpegPath,
      args,
      folder,
      expectedFrames: 1,
      fps: 1,
      signal,
    });
  } catch (error) {
    const isAboutTheFile = error instanceof AppError && error.code === 'render_failed';
    if (!isAboutTheFile) throw error;
    context.log.info({ err: error.cause }, 'no picture could be made there');
    return false;
  }
  return (await Promise.all(paths.map(isWritten))).every(Boolean);
}

/**
 * Makes `poster.jpg` and `thumbnail.jpg` in the work folder of the video `source` beside them: upright, with square pixels. Mostly one
 * run; a second, of the very first frame, when the first found none that is not black, or the video breaks off before it.
 * @throws AppError `probe_failed` when not one frame can be decoded, `ffmpeg_missing`, `storage_full`
 */
export async function makePictures(source: string, probe: Probe, context: JobContext): Promise<void> {
  const atSeconds = Math.min(WANTED_SECONDS, probe.durationSeconds * WANTED_FRACTION);
  const tries: readonly Moment[] = [
    { atSeconds, isPickyAboutBlack: true },
    { atSeconds: 0, isPickyAboutBlack: false },
  ];
  for (const moment of tries) if (await tryPictures(pictureArgs(source, probe, moment), context)) return;
  throw new AppError('probe_failed', 'Not one picture of the file can be decoded; it may be damaged');
}
