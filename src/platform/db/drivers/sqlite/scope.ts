import type { SqliteDatabase } from './database-facade.ts';
import type { Access } from './engine.ts';
import { engineError } from './errors.ts';
import { assertNotInsideOtherTransaction, ClientSession } from './session.ts';

export interface SessionOptions {
  readonly session?: unknown;
}

/** Decides where an operation runs: on committed data, in the shared write queue, or in its session's transaction. */
export class Scope {
  readonly #database: () => Promise<SqliteDatabase>;

  constructor(database: () => Promise<SqliteDatabase>) {
    this.#database = database;
  }

  #sessionOf(options: SessionOptions | undefined, database: SqliteDatabase): ClientSession | null {
    const session = options?.session;
    if (session === undefined || session === null) return null;
    if (!(session instanceof ClientSession) || session.engine !== database.engine) {
      throw engineError('the session belongs to another connection', { code: 'ESESSION' });
    }
    if (session.hasEnded) throw engineError('Cannot use a session that has ended', { code: 'ESESSION' });
    return session.inTransaction() ? session : null;
  }

  /** Runs a read; inside a transaction it sees the transaction's own writes. */
  async read<T>(options: SessionOptions | undefined, work: (access: Access) => T): Promise<T> {
    const database = await this.#database();
    const session = this.#sessionOf(options, database);
    if (session === null) return database.engine.read(work);
    return (await session.transaction()).run(work);
  }

  /**
   * Runs a write.
   * @param failureOf when the work reports failures in its result instead of throwing: what a transaction must fail with
   */
  async write<T>(
    options: SessionOptions | undefined,
    work: (access: Access) => T,
    failureOf: () => Error | null = () => null,
  ): Promise<T> {
    const database = await this.#database();
    const session = this.#sessionOf(options, database);
    if (session === null) {
      assertNotInsideOtherTransaction(database.engine);
      return database.engine.write(work);
    }
    return (await session.transaction()).run((access) => {
      const result = work(access);
      const failure = failureOf();
      if (failure !== null) throw failure;
      return result;
    });
  }
}
