/**
 * Starts ffmpeg and ffprobe. Each gets a process group of its own, which is killed as a whole, no standard input, and one
 * folder to work in.
 */
import type { Subprocess } from 'bun';
import { basename } from 'node:path';
import { AppError } from '../../../src/contracts/errors.ts';

export type MediaProcess = Subprocess<'ignore', 'pipe', 'pipe'>;

/** Linux kills the child when the worker dies, however the worker dies; elsewhere the child ends with its work. */
const PARENT_DEATH_WRAPPER = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;
const hasParentDeathSignal = process.platform === 'linux' && Bun.which(PARENT_DEATH_WRAPPER[0]) !== null;

/**
 * Starts a binary by name or path.
 * @throws AppError `ffmpeg_missing` when there is no such binary
 */
export function startMediaProcess(binary: string, args: readonly string[], folder: string): MediaProcess {
  const path = Bun.which(binary);
  // The path is the operator's business; the owner of the video reads this.
  if (path === null)
    throw new AppError('ffmpeg_missing', `${basename(binary)} is not installed where the worker runs`);
  return Bun.spawn([...(hasParentDeathSignal ? PARENT_DEATH_WRAPPER : []), path, ...args], {
    cwd: folder,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
  });
}

/** Kills the process and its children at once; harmless when it is gone. */
export function killMediaProcess(child: MediaProcess): void {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** Reads a stream to its end, keeping only the last `maxBytes`, however much there is. */
export async function readTail(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const chunk of stream) {
    tail = Buffer.concat([tail, chunk]);
    if (tail.length > maxBytes) tail = Buffer.from(tail.subarray(-maxBytes));
  }
  return tail.toString('utf8');
}
