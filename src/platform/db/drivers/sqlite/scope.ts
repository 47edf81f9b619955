import type { Engine } from './engine.ts';
import type { Access } from './access.ts';
import { engineError } from './errors.ts';
import { assertFitsTransaction, ClientSession } from './session.ts';

export interface SessionOptions {
  readonly session?: unknown;
  /** Refused: ignoring it would change what a query means. */
  readonly collation?: unknown;
}

/** Decides where an operation runs: on committed data, in the shared write queue, or in its session's transaction. */
export class Scope {
  readonly #engine: () => Engine | Promise<Engine>;

  constructor(engine: () => Engine | Promise<Engine>) {
    this.#engine = engine;
  }

  #sessionOf(options: SessionOptions | undefined, engine: Engine): ClientSession | null {
    if (options?.collation !== undefined && options.collation !== null) {
      throw engineError('collations are not supported by the embedded engine', { code: 2 });
    }
    assertFitsTransaction(engine, false);
    const session = options?.session;
    if (session === undefined || session === null) return null;
    if (!(session instanceof ClientSession) || session.engine !== engine) {
      throw engineError('the session belongs to another connection', { code: 'ESESSION' });
    }
    if (session.hasEnded) throw engineError('Cannot use a session that has ended', { code: 'ESESSION' });
    return session.inTransaction() ? session : null;
  }

  /** Runs a read; inside a transaction it sees the transaction's own writes. */
  async read<T>(options: SessionOptions | undefined, work: (access: Access) => T): Promise<T> {
    const ready = this.#engine();
    const engine = ready instanceof Promise ? await ready : ready;
    const session = this.#sessionOf(options, engine);
    if (session === null) return engine.read(work);
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
    const engine = await this.#engine();
    const session = this.#sessionOf(options, engine);
    if (session === null) {
      assertFitsTransaction(engine, true);
      return engine.write(work);
    }
    return (await session.transaction()).run((access) => {
      const result = work(access);
      const failure = failureOf();
      if (failure !== null) throw failure;
      return result;
    });
  }
}
