/** Single pictures out of a video, through fluent-ffmpeg; the one file that knows it. */
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import { AppError } from '../../../src/contracts/errors.ts';
import { INPUT_SAFETY_ARGS } from '../../../src/editing/compile.ts';
import { PICTURE_TRACK } from '../../../src/editing/filter-graph.ts';

export interface Still {
  /** Absolute path of the video. */
  readonly inputPath: string;
  /** Absolute path of the JPEG to write; its folder exists. */
  readonly outputPath: string;
  /** Seconds from the start; where the video is shorter, its first picture is taken. */
  readonly atSeconds: number;
  /** Wider pictures are scaled down to this many pixels. */
  readonly maxWidth: number;
}

export interface StillOptions {
  readonly ffmpegPath: string;
  readonly signal: AbortSignal;
}

const TIMEOUT_SECONDS = 60;

/**
 * Writes one picture of the video as JPEG, upright and with square pixels.
 * @throws AppError `ffmpeg_missing`, `probe_failed` (no picture could be decoded); rejects with the signal's reason when aborted
 */
export async function saveStill(still: Still, options: StillOptions): Promise<void> {
  const output = Bun.file(still.outputPath);
  await rm(still.outputPath, { force: true });
  await runStill(still, options);
  if (await output.exists()) return;
  // FFmpeg succeeds without writing anything when it seeks past the last frame.
  await runStill({ ...still, atSeconds: 0 }, options);
  if (!(await output.exists())) throw new AppError('probe_failed', 'No picture of the video can be decoded');
}

async function runStill(still: Still, { ffmpegPath, signal }: StillOptions): Promise<void> {
  signal.throwIfAborted();
  // Asked here, since fluent-ffmpeg throws past its own error event when a binary that it knew is gone.
  const path = Bun.which(ffmpegPath);
  if (path === null)
    throw new AppError('ffmpeg_missing', `${ffmpegPath} is not installed where the worker runs`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const command = ffmpeg({ cwd: dirname(still.inputPath), timeout: TIMEOUT_SECONDS })
    .setFfmpegPath(path)
    .input(`file:${basename(still.inputPath)}`)
    .inputOptions(['-nostdin', ...INPUT_SAFETY_ARGS])
    .seekInput(Math.max(0, still.atSeconds))
    .outputOptions([
      '-map',
      PICTURE_TRACK,
      '-frames:v',
      '1',
      '-q:v',
      '3',
      '-map_metadata',
      '-1',
      '-update',
      '1',
    ])
    .videoFilters([
      `scale=w=trunc(min(${Math.round(still.maxWidth)}\\,iw*sar)/2)*2:h=trunc(ow/dar/2)*2`,
      'setsar=1',
    ])
    .output(still.outputPath)
    .on('end', () => resolve())
    .on('error', (cause: Error) =>
      reject(new AppError('probe_failed', 'No picture of the video can be decoded', { cause })),
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
