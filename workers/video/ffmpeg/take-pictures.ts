/** Pictures out of a video by one FFmpeg run, built and watched by fluent-ffmpeg; the one file that knows it. */
import { basename } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import { AppError } from '../../../src/contracts/errors.ts';
import { INPUT_SAFETY_ARGS } from '../../../src/editing/compile.ts';
import { isOutOfSpace } from './run-ffmpeg.ts';

export interface PictureRun {
  /** The video's name in `folder`. */
  readonly inputName: string;
  /** Absolute path of the folder that holds the video and gets the pictures. */
  readonly folder: string;
  /** Seconds into the video at which reading begins. */
  readonly atSeconds: number;
  /** Seconds that are read at most. */
  readonly readSeconds: number;
  /** Filter graph from `[0:V:0]` to one label an output; made of numbers and names of ours only. */
  readonly graph: string;
  /** JPEG files to write, each from one of the graph's labels. */
  readonly outputs: readonly { readonly label: string; readonly name: string }[];
}

export interface PictureRunOptions {
  readonly ffmpegPath: string;
  readonly signal: AbortSignal;
}

const TIMEOUT_SECONDS = 60;

const pictureOptions = (label: string): string[] => [
  ...['-map', `[${label}]`, '-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '3', '-map_metadata', '-1'],
  ...['-f', 'image2', '-update', '1'],
];

function buildCommand(run: PictureRun, path: string): ffmpeg.FfmpegCommand {
  const command = ffmpeg({ cwd: run.folder, timeout: TIMEOUT_SECONDS })
    .setFfmpegPath(path)
    .input(`file:${basename(run.inputName)}`)
    .inputOptions(['-nostdin', ...INPUT_SAFETY_ARGS, '-t', String(run.readSeconds)])
    .seekInput(Math.max(0, run.atSeconds))
    .complexFilter(run.graph);
  for (const { label, name } of run.outputs) command.output(name).outputOptions(pictureOptions(label));
  return command;
}

/**
 * Writes the pictures. FFmpeg succeeds without writing one when nothing was left to take it from: look for the files.
 * @throws AppError `ffmpeg_missing`, `storage_full`, `probe_failed` (nothing can be decoded there); rejects with the signal's reason
 */
export async function takePictures(
  run: PictureRun,
  { ffmpegPath, signal }: PictureRunOptions,
): Promise<void> {
  signal.throwIfAborted();
  // Asked here, since fluent-ffmpeg throws past its own error event when a binary that it knew is gone.
  const path = Bun.which(ffmpegPath);
  if (path === null)
    throw new AppError('ffmpeg_missing', `${basename(ffmpegPath)} is not installed where the worker runs`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const command = buildCommand(run, path)
    .on('end', () => resolve())
    .on('error', (cause: Error, _stdout: unknown, stderr: unknown) =>
      reject(
        isOutOfSpace(String(stderr))
          ? new AppError('storage_full', 'The worker has no room for the pictures', { cause })
          : new AppError('probe_failed', 'No picture of the video can be decoded', { cause }),
      ),
    );
  const stop = (): void => void command.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  try {
    command.run();
    await promise;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
