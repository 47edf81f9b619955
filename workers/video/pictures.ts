/** A poster and a thumbnail of a video, made by one FFmpeg run. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../src/contracts/errors.ts';
import type { Probe } from '../../src/contracts/media.ts';
import type { JobContext } from '../job-context.ts';
import { type PictureRun, takePictures } from './ffmpeg/take-pictures.ts';

export const POSTER_NAME = 'poster.jpg';
export const THUMBNAIL_NAME = 'thumbnail.jpg';

const OUTPUTS: PictureRun['outputs'] = [
  { label: 'poster', name: POSTER_NAME },
  { label: 'thumbnail', name: THUMBNAIL_NAME },
];

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

function pictureGraph(probe: Probe, isPickyAboutBlack: boolean): string {
  const poster = fitted(probe, POSTER_BOX);
  const thumbnail = fitted(probe, THUMBNAIL_BOX);
  const notBlack = isPickyAboutBlack
    ? `,signalstats,metadata=mode=select:key=lavfi.signalstats.YAVG:value=${BLACK_LUMA}:function=greater`
    : '';
  return (
    `[0:V:0]scale=${poster.width}:${poster.height}:out_range=tv,setsar=1,format=yuv420p${notBlack},` +
    `scale=out_range=pc,format=yuvj420p,split[poster][large];` +
    `[large]scale=${thumbnail.width}:${thumbnail.height}[thumbnail]`
  );
}

async function isWritten(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.size > 0;
}

/** True when both pictures were made; false when there was no frame to make them of. */
async function tryPictures(run: PictureRun, context: JobContext): Promise<boolean> {
  const { ffmpeg, signal, log } = context;
  const paths = run.outputs.map(({ name }) => join(run.folder, name));
  for (const path of paths) await rm(path, { force: true });
  try {
    await takePictures(run, { ffmpegPath: ffmpeg.ffmpegPath, signal });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'probe_failed')) throw error;
    log.info({ err: error.cause }, 'no picture could be made there');
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
  for (const { atSeconds: begin, isPickyAboutBlack } of tries) {
    const graph = pictureGraph(probe, isPickyAboutBlack);
    const place = {
      inputName: source,
      folder: context.workFolder,
      atSeconds: begin,
      readSeconds: SEARCH_SECONDS,
    };
    if (await tryPictures({ ...place, graph, outputs: OUTPUTS }, context)) return;
  }
  throw new AppError('probe_failed', 'Not one picture of the file can be decoded; it may be damaged');
}
