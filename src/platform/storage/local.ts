/**
 * Objects as files below one folder. Uploads grow under `.incoming`, on the same file system, and appear under their key
 * by a rename once they are flushed.
 */
import { type Dirent, type Stats, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  open,
  readdir,
  rm,
  rmdir,
  statfs,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../../contracts/errors.ts';
import { errorCode, renameDurably, writeAll } from './durable-file.ts';
import { storageKey, storagePrefix } from './storage-key.ts';
import type { ByteRange, Storage, StoredObject } from './storage.ts';

export interface LocalStorageOptions {
  /** Folder of all objects; made when it is missing. */
  readonly root: string;
  /** Space that is never used: a write that would go below it is refused, so that the rest of the machine lives on. */
  readonly minFreeBytes: number;
}

/** A leading dot, which no key can have. */
const INCOMING = '.incoming';
/** A temporary file nobody wrote to for this long belongs to a process that died. */
const STALE_AFTER_MS = 24 * 3_600_000;
/** How much is written between two looks at the free space. */
const FREE_CHECK_BYTES = 4 * 1024 ** 2;
/** Stored objects are never changed in place; hard links handed to workers share this mode. */
const OBJECT_MODE = 0o440;

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Storage on a local disk. Removes temporary files that a crash left behind more than a day ago. */
export function createLocalStorage(options: LocalStorageOptions): Storage {
  mkdirSync(join(options.root, INCOMING), { recursive: true });
  const root = realpathSync(resolve(options.root));
  sweepStaleFiles(join(root, INCOMING));
  return new LocalStorage(root, options.minFreeBytes);
}

function sweepStaleFiles(folder: string): void {
  const staleBefore = Date.now() - STALE_AFTER_MS;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && found.mtimeMs < staleBefore) rmSync(path, { recursive: true, force: true });
  }
}

const storageFull = (cause?: unknown): AppError =>
  new AppError('storage_full', 'There is not enough space left to store this file', { cause });

/** The system's complaint of a full disk or quota in our words; everything else as it is. */
const translated = (error: unknown): unknown =>
  FULL.has(errorCode(error) ?? '') ? storageFull(error) : error;

class LocalStorage implements Storage {
  readonly #root: string;
  readonly #minFreeBytes: number;

  constructor(root: string, minFreeBytes: number) {
    this.#root = root;
    this.#minFreeBytes = minFreeBytes;
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    const path = this.#pathOf(key);
    try {
      // A link planted in the storage folder must not lead out of it: every part has to be what it seems.
      for (let at = dirname(path); at !== this.#root; at = dirname(at))
        if (!(await lstat(at)).isDirectory()) return undefined;
      const found = await lstat(path);
      return found.isFile() ? { key, sizeBytes: found.size, modifiedAt: found.mtime } : undefined;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
      throw error;
    }
  }

  async read(key: string, range?: ByteRange): Promise<Blob> {
    if ((await this.stat(key)) === undefined) throw new AppError('not_found', 'The stored file is gone');
    const file = Bun.file(this.#pathOf(key));
    return range === undefined ? file : file.slice(range.start, range.end + 1);
  }

  async write(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes?: number } = {},
  ): Promise<StoredObject> {
    return this.#viaIncoming(key, async (file) => {
      const maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
      let sizeBytes = 0;
      let allowance = 0;
      for await (const chunk of body) {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > maxBytes)
          throw new AppError('payload_too_large', `The file is larger than ${maxBytes} bytes`);
        allowance -= chunk.byteLength;
        if (allowance < 0) {
          const freeBytes = await this.freeBytes();
          if (freeBytes < chunk.byteLength) throw storageFull();
          allowance = Math.min(FREE_CHECK_BYTES, freeBytes - chunk.byteLength);
        }
        await writeAll(file, chunk);
      }
      return sizeBytes;
    });
  }

  async fetchToFile(key: string, path: string): Promise<void> {
    const source = this.#pathOf(key);
    if ((await this.stat(key)) === undefined)
      throw new AppError('source_missing', 'The source file is gone from storage');
    try {
      await rm(path, { force: true });
      // A hard link costs nothing, and keeps the bytes readable should the object be deleted meanwhile.
      await link(source, path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') throw new AppError('source_missing', undefined, { cause: error });
      await this.#copyOut(source, path);
    }
  }

  async publishFile(path: string, key: string): Promise<StoredObject> {
    const file = await open(path, 'r+');
    let found: Stats;
    try {
      await file.chmod(OBJECT_MODE);
      await file.sync();
      found = await file.stat();
    } catch (error) {
      throw translated(error);
    } finally {
      await file.close();
    }
    try {
      await renameDurably(path, this.#pathOf(key), this.#root);
      return { key, sizeBytes: found.size, modifiedAt: found.mtime };
    } catch (error) {
      if (errorCode(error) !== 'EXDEV') throw translated(error);
    }
    const copied = await this.#viaIncoming(key, async (copy) => this.#copyInto(copy, path));
    await unlink(path);
    return copied;
  }

  async delete(key: string): Promise<boolean> {
    const path = this.#pathOf(key);
    try {
      await unlink(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error) ?? '')) return false;
      throw error;
    }
    await this.#removeEmptyFolders(dirname(path));
    return true;
  }

  async deletePrefix(prefix: string): Promise<number> {
    let deletedCount = 0;
    for await (const object of this.list(prefix)) if (await this.delete(object.key)) deletedCount += 1;
    return deletedCount;
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const folder = storagePrefix(prefix);
    for (const entry of await this.#entries(folder)) {
      const key = `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* this.list(`${key}/`);
      const found = entry.isFile() ? await this.stat(key) : undefined;
      if (found !== undefined) yield found;
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#root);
    return Math.max(0, bavail * bsize - this.#minFreeBytes);
  }

  #pathOf(key: string): string {
    return join(this.#root, storageKey(key));
  }

  /** Fills a temporary file, checks that every byte counted is there, flushes it and moves it to the key. */
  async #viaIncoming(key: string, fill: (file: FileHandle) => Promise<number>): Promise<StoredObject> {
    const path = this.#pathOf(key);
    const incoming = join(this.#root, INCOMING, crypto.randomUUID());
    try {
      let written: Stats;
      const file = await open(incoming, 'wx', 0o600);
      try {
        const sizeBytes = await fill(file);
        await file.chmod(OBJECT_MODE);
        await file.sync();
        written = await file.stat();
        if (written.size !== sizeBytes)
          throw new Error(`The disk holds ${written.size} of ${sizeBytes} bytes written`);
      } finally {
        await file.close();
      }
      await renameDurably(incoming, path, this.#root);
      return { key, sizeBytes: written.size, modifiedAt: written.mtime };
    } catch (error) {
      await rm(incoming, { force: true });
      throw translated(error);
    }
  }

  async #copyInto(copy: FileHandle, path: string): Promise<number> {
    let sizeBytes = 0;
    for await (const chunk of Bun.file(path).stream()) {
      await writeAll(copy, chunk);
      sizeBytes += chunk.byteLength;
    }
    return sizeBytes;
  }

  async #copyOut(source: string, path: string): Promise<void> {
    try {
      await copyFile(source, path);
    } catch (error) {
      await rm(path, { force: true });
      if (errorCode(error) === 'ENOENT') throw new AppError('source_missing', undefined, { cause: error });
      throw translated(error);
    }
  }

  async #entries(folder: string): Promise<Dirent[]> {
    try {
      return await readdir(join(this.#root, folder), { withFileTypes: true });
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
      throw error;
    }
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at !== this.#root; at = dirname(at)) {
      try {
        await rmdir(at);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') continue;
        return;
      }
    }
  }
}
