/** Runs one FFmpeg to its end, with progress, cancellation and a watchdog. */
import { AppError } from '../../../src/contracts/errors.ts';
import { killMediaProcess, readTail, startMediaProcess } from './media-process.ts';
import { ProgressParser, type RenderProgress } from './progress.ts';

export interface FfmpegRun {
  readonly ffmpegPath: string;
  /** With `-progress pipe:1`; file names relative to `folder`. */
  readonly args: readonly string[];
  /** Absolute path; FFmpeg works in it. */
  readonly folder: string;
  readonly expectedFrames: number;
  readonly fps: number;
  /** Aborting kills FFmpeg and its children at once. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RenderProgress) => void;
  /** Without a step forward for this long, FFmpeg counts as hung. */
  readonly stallTimeoutMs?: number;
}

export interface FfmpegResult {
  /** The end of what FFmpeg said on stderr. */
  readonly log: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

const STALL_TIMEOUT_MS = 60_000;
const LOG_TAIL_BYTES = 8192;
const NO_SPACE = /No space left on device|Disk quota exceeded/;

/** True when FFmpeg's messages say that the disk is full. */
export const isOutOfSpace = (messages: string): boolean => NO_SPACE.test(messages);

/**
 * Resolves when FFmpeg succeeded. Rejects with the signal's reason when it was aborted.
 * @throws AppError `ffmpeg_missing`, `storage_full`, `render_failed` (FFmpeg refused, crashed or hung)
 */
export async function runFfmpeg(run: FfmpegRun): Promise<FfmpegResult> {
  run.signal.throwIfAborted();
  const startedAt = performance.now();
  const child = startMediaProcess(run.ffmpegPath, run.args, run.folder);
  const stop = (): void => killMediaProcess(child);
  const stallMs = run.stallTimeoutMs ?? STALL_TIMEOUT_MS;
  let isStalled = false;
  const watchdog = setTimeout(() => {
    isStalled = true;
    stop();
  }, stallMs);
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    const [log, exitCode] = await Promise.all([
      readTail(child.stderr, LOG_TAIL_BYTES),
      child.exited,
      followProgress(child.stdout, run, () => watchdog.refresh()),
    ]);
    run.signal.throwIfAborted();
    if (isStalled) throw new AppError('render_failed', `FFmpeg made no progress for ${stallMs / 1000} s`);
    if (exitCode !== 0) throw failure(exitCode, child.signalCode, log);
    const usage = child.resourceUsage();
    return {
      log,
      wallSeconds: (performance.now() - startedAt) / 1000,
      cpuSeconds: Number(usage?.cpuTime.total ?? 0) / 1e6,
    };
  } finally {
    clearTimeout(watchdog);
    run.signal.removeEventListener('abort', stop);
    // A failure above (a throwing listener, for one) must not leave FFmpeg running.
    if (child.exitCode === null && child.signalCode === null) stop();
  }
}

/** Tells `onStep` only of real steps: a hung FFmpeg may go on reporting the same frame. */
async function followProgress(
  stdout: ReadableStream<Uint8Array>,
  run: FfmpegRun,
  onStep: () => void,
): Promise<void> {
  const parser = new ProgressParser(run.expectedFrames, run.fps);
  const decoder = new TextDecoder();
  let furthest = -1;
  for await (const chunk of stdout) {
    for (const progress of parser.push(decoder.decode(chunk, { stream: true }))) {
      if (progress.percent > furthest) {
        furthest = progress.percent;
        onStep();
      }
      run.onProgress?.(progress);
    }
  }
}

function failure(exitCode: number, signalCode: string | number | null, log: string): AppError {
  // FFmpeg's words may hold paths: they are the cause, for logs, and not the message.
  const cause = new Error(log.trim() || 'FFmpeg said nothing');
  if (isOutOfSpace(log))
    return new AppError('storage_full', 'The worker has no room for the render', { cause });
  const how = signalCode === null ? `exited with ${exitCode}` : `was killed by ${signalCode}`;
  return new AppError('render_failed', `FFmpeg ${how}`, { cause });
}
