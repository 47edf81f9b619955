import { busyError, engineError, isBusy, notConnectedError, translateSqliteError } from './errors.ts';
import type { Access } from './access.ts';
import { Catalog } from './catalog.ts';
import type { EngineOptions } from './engine-options.ts';
import { SqliteHandle } from './sqlite-handle.ts';
import { WriteQueue } from './write-queue.ts';

/** A transaction that spans awaits. It owns the writer until it ends. */
export interface EngineTransaction {
  /** Runs synchronous work inside the transaction. An error rolls the whole transaction back, as MongoDB does. */
  run<T>(work: (access: Access) => T): T;
  commit(): void;
  rollback(reason?: Error): void;
  readonly isOpen: boolean;
  /** Why the transaction ended before commit or rollback was called, if it did. */
  readonly failure: Error | undefined;
}

const WAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024;

/** Waits that grow from 1 to about 20 ms with jitter, so that competing processes do not march in step. */
function backoffMs(attempt: number): number {
  return Math.random() * Math.min(20, 1 + attempt) + 1;
}

/**
 * SQLite file with one writer and one reader connection. Writes go one at a time through a queue; reads use the other connection
 * and see only what is committed. Nothing here blocks the event loop while another process holds the lock.
 */
export class Engine {
  readonly path: string;
  readonly #options: EngineOptions;
  readonly #writer: Access;
  readonly #reader: Access;
  readonly #queue: WriteQueue;
  #closing = false;
  #closed = false;

  private constructor(options: EngineOptions, writer: SqliteHandle, reader: SqliteHandle) {
    this.path = options.path;
    this.#options = options;
    this.#writer = { handle: writer, catalog: new Catalog(writer) };
    this.#reader = { handle: reader, catalog: new Catalog(reader) };
    this.#queue = new WriteQueue({
      path: options.path,
      lockTimeoutMs: options.lockTimeoutMs,
      busyTimeoutMs: options.busyTimeoutMs,
      begin: async (deadlineMs) => this.#begin(deadlineMs),
      access: this.#writer,
    });
  }

  /**
   * Opens or creates the file.
   * @throws MongoServerError naming the path when the file is damaged, is no database, or stays locked.
   */
  static async open(options: EngineOptions): Promise<Engine> {
    const handles: SqliteHandle[] = [];
    try {
      return await retryWhileBusy(options, () => {
        for (const handle of handles.splice(0)) handle.close();
        const writer = SqliteHandle.open(options.path);
        handles.push(writer);
        writer.once('PRAGMA busy_timeout = 0');
        writer.once('PRAGMA journal_mode = WAL');
        writer.once('PRAGMA synchronous = FULL');
        writer.once(`PRAGMA journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}`);
        if (options.maxSizeBytes !== undefined) {
          const pageSize = Number(writer.scalar('PRAGMA page_size'));
          writer.once(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxSizeBytes / pageSize))}`);
        }
        writer.once('BEGIN IMMEDIATE');
        try {
          Catalog.createTables(writer);
          writer.once('COMMIT');
        } catch (error) {
          if (writer.inTransaction) writer.once('ROLLBACK');
          throw error;
        }
        const reader = SqliteHandle.open(options.path);
        handles.push(reader);
        reader.once('PRAGMA busy_timeout = 0');
        reader.once('PRAGMA query_only = ON');
        return new Engine(options, writer, reader);
      });
    } catch (error) {
      for (const handle of handles) handle.close();
      throw translateOpenError(error, options.path);
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  #assertWritable(): void {
    if (this.#closing) throw notConnectedError(`database ${this.path} is closing`);
  }

  #assertOpen(): void {
    if (this.#closed) throw notConnectedError(`database ${this.path} is closed`);
  }

  /** Runs synchronous work on committed data, all of it as of one moment. */
  async read<T>(work: (access: Access) => T): Promise<T> {
    try {
      return this.#readOnce(work);
    } catch (error) {
      if (!isBusy(error)) throw translateSqliteError(error, this.path);
    }
    return retryWhileBusy(this.#options, () => this.#readOnce(work));
  }

  #readOnce<T>(work: (access: Access) => T): T {
    this.#assertOpen();
    return this.#reader.handle.snapshot(() => {
      this.#reader.catalog.refresh();
      return work(this.#reader);
    });
  }

  /**
   * Runs synchronous work in one transaction, durable when the promise resolves. Works that wait together share one commit; the
   * failure of one undoes only itself. `work` may run more than once, so it must not change anything outside the database.
   */
  async write<T>(work: (access: Access) => T): Promise<T> {
    this.#assertWritable();
    return this.#queue.submit(work);
  }

  /**
   * Waits for the writer and begins a transaction. It is rolled back by itself after `transactionTimeoutMs`.
   * @param onExpired called when that happens
   */
  async beginTransaction(onExpired: (reason: Error) => void): Promise<EngineTransaction> {
    this.#assertWritable();
    const release = await this.#queue.acquire();
    return this.#openTransaction(release, onExpired);
  }

  async #begin(deadlineMs: number): Promise<void> {
    const startedMs = performance.now();
    for (let attempt = 0; ; attempt++) {
      this.#assertOpen();
      try {
        this.#writer.handle.run('BEGIN IMMEDIATE');
        this.#writer.catalog.refresh();
        return;
      } catch (error) {
        if (this.#writer.handle.inTransaction) this.#writer.handle.run('ROLLBACK');
        if (!isBusy(error)) throw translateSqliteError(error, this.path);
        if (performance.now() >= deadlineMs) {
          throw busyError(this.path, Math.round(performance.now() - startedMs), error);
        }
        await Bun.sleep(backoffMs(attempt));
      }
    }
  }

  #openTransaction(release: () => void, onExpired: (reason: Error) => void): EngineTransaction {
    const { handle, catalog } = this.#writer;
    const { path } = this;
    let open = true;
    let failure: Error | undefined;
    const end = (sql: 'COMMIT' | 'ROLLBACK', reason?: Error): void => {
      if (!open) return;
      open = false;
      failure = reason;
      clearTimeout(timer);
      try {
        if (sql === 'COMMIT' || handle.inTransaction) handle.run(sql);
      } catch (error) {
        if (handle.inTransaction) handle.run('ROLLBACK');
        catalog.invalidate();
        throw translateSqliteError(error, path);
      } finally {
        if (sql === 'ROLLBACK') catalog.invalidate();
        release();
      }
    };
    const timeoutMs = this.#options.transactionTimeoutMs;
    const timer = setTimeout(() => {
      const reason = engineError(
        `transaction on ${path} was rolled back: it did not end within ${timeoutMs} ms`,
        { code: 290, codeName: 'TransactionExceededLifetimeLimitSeconds' },
      );
      end('ROLLBACK', reason);
      onExpired(reason);
    }, timeoutMs);
    return {
      run: (work) => {
        if (!open) throw failure ?? engineError('the transaction has ended', { code: 251 });
        try {
          return work({ handle, catalog });
        } catch (error) {
          const translated = translateSqliteError(error, path);
          end('ROLLBACK', translated instanceof Error ? translated : new Error(String(translated)));
          throw translated;
        }
      },
      commit: () => end('COMMIT'),
      rollback: (reason) => end('ROLLBACK', reason),
      get isOpen() {
        return open;
      },
      get failure() {
        return failure;
      },
    };
  }

  /** Lets the running write finish, checkpoints, and releases every statement and file handle. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#queue.drain();
    if (this.#closed) return;
    this.#closed = true;
    this.#reader.handle.close();
    try {
      this.#writer.handle.once('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // A busy or full disk leaves the WAL in place; the next opening replays it.
    }
    this.#writer.handle.close();
  }
}

/** Tries until the database is not busy. @throws MongoServerError: what else goes wrong, or that it stayed busy for too long */
async function retryWhileBusy<T>(options: EngineOptions, attemptOnce: () => T): Promise<T> {
  const startedMs = performance.now();
  for (let attempt = 0; ; attempt++) {
    try {
      return attemptOnce();
    } catch (error) {
      const waitedMs = performance.now() - startedMs;
      if (!isBusy(error)) throw translateSqliteError(error, options.path);
      if (waitedMs >= options.busyTimeoutMs) throw busyError(options.path, Math.round(waitedMs), error);
      await Bun.sleep(backoffMs(attempt));
    }
  }
}

function translateOpenError(error: unknown, path: string): unknown {
  const translated = translateSqliteError(error, path);
  if (translated instanceof Error && !translated.message.includes(path)) {
    return engineError(`database ${path} cannot be opened: ${translated.message}`, {
      code: 'EOPEN',
      cause: error,
    });
  }
  return translated;
}
