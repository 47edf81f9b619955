/**
 * Writing a file so that it is whole or absent, also after a power cut: bytes are counted as the disk takes them, the
 * file is flushed under a temporary name, renamed, and its folders are flushed too.
 * Never through Bun's FileSink: on a full disk it drops bytes without an error (bun#24032).
 */
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

const RENAME_TRIES = 5;

/** Writes all of `bytes` at the handle's position. @throws the system's error, ENOSPC included */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, offset, bytes.byteLength - offset);
    if (bytesWritten <= 0) throw new Error('The disk took no byte of a write and gave no reason');
    offset += bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, 'r');
  } catch (error) {
    // The object was deleted again, and its empty folder with it: there is nothing left to flush.
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The folders from `folder` up to `root`, the deepest first. */
function foldersUpTo(root: string, folder: string): string[] {
  const folders = [folder];
  for (let at = folder; at !== root && at !== dirname(at); at = dirname(at)) folders.push(dirname(at));
  return folders;
}

/**
 * Gives a flushed file its final name below `root`, making folders on the way, and flushes every folder concerned. An
 * existing file of that name is replaced in one step.
 * @throws the system's error; EXDEV when `from` is on another file system
 */
export async function renameDurably(from: string, to: string, root: string): Promise<void> {
  const folder = dirname(to);
  for (let triesLeft = RENAME_TRIES; ; triesLeft -= 1) {
    await mkdir(folder, { recursive: true });
    try {
      await rename(from, to);
      break;
    } catch (error) {
      // A delete that runs beside us may have taken the folder, empty until this very moment.
      if (errorCode(error) !== 'ENOENT' || triesLeft === 1) throw error;
    }
  }
  for (const each of foldersUpTo(root, folder)) await syncFolder(each);
}

/** The system's error code (`ENOENT`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
