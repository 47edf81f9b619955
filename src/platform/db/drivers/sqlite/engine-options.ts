import { resolve } from 'node:path';

import { engineError } from './errors.ts';

export interface EngineOptions {
  /** Absolute path of the database file. */
  readonly path: string;
  /** How long a write or read waits for another process's lock. Default 10 s. */
  readonly busyTimeoutMs: number;
  /** How long a write waits behind transactions of this process. Default 30 s. */
  readonly lockTimeoutMs: number;
  /** A transaction still open after this is rolled back. Default 30 s. */
  readonly transactionTimeoutMs: number;
  /** Upper limit of the file; writes beyond it fail like a full disk. Default none. */
  readonly maxSizeBytes?: number;
}

const DEFAULTS = { busyTimeoutMs: 10_000, lockTimeoutMs: 30_000, transactionTimeoutMs: 30_000 };
const NUMERIC_OPTIONS = ['busyTimeoutMs', 'lockTimeoutMs', 'transactionTimeoutMs', 'maxSizeBytes'] as const;

/**
 * Reads `sqlite:<path>[?busyTimeoutMs=…&lockTimeoutMs=…&transactionTimeoutMs=…&maxSizeBytes=…]`; the path may be relative,
 * absolute, or follow `//`.
 * @throws MongoServerError when the address has another form
 */
export function parseSqliteUri(uri: string): EngineOptions {
  const match = /^sqlite:(?:\/\/(?=\/|\.))?(?<path>[^?]+)(?:\?(?<query>.*))?$/.exec(uri);
  const path = match?.groups?.['path'];
  if (path === undefined || path === ':memory:') {
    throw engineError(
      `'${uri}' is no address of the embedded database: use sqlite:./data/vfxb.db (a file, since reads and writes use two connections)`,
      { code: 2 },
    );
  }
  const options: Partial<Record<(typeof NUMERIC_OPTIONS)[number], number>> = {};
  for (const [name, text] of new URLSearchParams(match?.groups?.['query'] ?? '')) {
    const known = NUMERIC_OPTIONS.find((option) => option === name);
    const value = Number(text);
    if (known === undefined || text === '' || !Number.isFinite(value) || value < 0) {
      throw engineError(
        `database address option ${name}=${text}: expected ${NUMERIC_OPTIONS.join(', ')} as numbers`,
        {
          code: 2,
        },
      );
    }
    options[known] = value;
  }
  return { ...DEFAULTS, ...options, path: resolve(decodeURIComponent(path)) };
}
