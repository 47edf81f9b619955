import { SQLiteError } from 'bun:sqlite';
import mongoose from 'mongoose';

import type { Doc } from './bson.ts';

const { MongoServerError, MongoError, MongoNotConnectedError } = mongoose.mongo;

/** How long a caller may wait before it tries again, as labels of the MongoDB driver: these mean "nothing was written". */
const RETRYABLE_LABELS = ['RetryableWriteError', 'TransientTransactionError'];

interface ErrorDetails {
  /** MongoDB's numeric error code, or a text code where MongoDB has none (`ENOSPC`). */
  readonly code: number | string;
  readonly codeName?: string;
  readonly labels?: readonly string[];
  readonly cause?: unknown;
  readonly extra?: Doc;
}

/** An error of the engine in the shape that the MongoDB driver gives its own: `name` MongoServerError, `code`, labels. */
export function engineError(message: string, details: ErrorDetails): Error {
  const error = new MongoServerError({
    message,
    errmsg: message,
    code: details.code,
    ...(details.codeName === undefined ? {} : { codeName: details.codeName }),
    ...(details.labels === undefined ? {} : { errorLabels: [...details.labels] }),
    ...details.extra,
  });
  if (details.cause !== undefined) Object.defineProperty(error, 'cause', { value: details.cause });
  return error;
}

/** The engine was closed or never opened. */
export function notConnectedError(message: string): Error {
  return new MongoNotConnectedError(message);
}

/** Nothing was written because another writer held the database for the whole wait. Retryable. */
export function busyError(path: string, waitedMs: number, cause?: unknown): Error {
  return engineError(
    `database ${path} stayed locked by another writer for ${waitedMs} ms: nothing was written, try again`,
    { code: 24, codeName: 'LockTimeout', labels: RETRYABLE_LABELS, cause },
  );
}

/** True when SQLite refused because another connection holds a lock. */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof SQLiteError &&
    (error.code?.startsWith('SQLITE_BUSY') === true || error.code?.startsWith('SQLITE_LOCKED') === true)
  );
}

/** True when an operation failed because the disk, or the size set for the database, is full. */
export function isDiskFullError(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'ENOSPC';
}

const FULL_CODES = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']);
const CORRUPT_CODES = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

/** An error of bun:sqlite as callers shall see it: with the file's path, a readable cause, and a stable code. */
export function translateSqliteError(error: unknown, path: string): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const code = error.code ?? 'SQLITE_ERROR';
  if (FULL_CODES.has(code)) {
    return engineError(`database ${path} is full: ${error.message}`, {
      code: 'ENOSPC',
      codeName: 'OutOfDiskSpace',
      cause: error,
    });
  }
  if (CORRUPT_CODES.some((prefix) => code.startsWith(prefix))) {
    return engineError(`database file ${path} is damaged or is no SQLite database: ${error.message}`, {
      code: 'ECORRUPT',
      cause: error,
    });
  }
  if (isBusy(error)) return busyError(path, 0, error);
  const translated = new MongoError(`database ${path}: ${error.message} (${code})`, { cause: error });
  Object.assign(translated, { code });
  return translated;
}
