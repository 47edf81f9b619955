import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';

import { ObjectId } from './bson.ts';
import type { Engine, EngineTransaction } from './engine.ts';
import { engineError } from './errors.ts';

/** One run of a `withTransaction` callback. */
interface Attempt {
  readonly session: ClientSession;
  /** Why this run's transaction is gone; code of the callback that still runs must not write outside it. */
  failure: unknown;
}

/** The run of `withTransaction` that the calling code belongs to. */
const activeAttempt = new AsyncLocalStorage<Attempt>();

/** How long `withTransaction` keeps trying after errors labelled transient. */
const RETRY_WINDOW_MS = 30_000;

type State = 'none' | 'starting' | 'open' | 'ended';

function labelled(error: unknown, label: string): boolean {
  if (!(error instanceof Error) || !('hasErrorLabel' in error)) return false;
  const { hasErrorLabel } = error;
  return typeof hasErrorLabel === 'function' && Boolean(hasErrorLabel.call(error, label));
}

/**
 * A session in the shape of the MongoDB driver's (Mongoose recognises it by this very class name). The writer is taken by the
 * first operation of a transaction, and held until commit, abort or expiry.
 */
export class ClientSession extends EventEmitter {
  readonly id = { id: new ObjectId().toHexString() };
  readonly #engine: Engine;
  #state: State = 'none';
  #transaction: Promise<EngineTransaction> | null = null;
  #current: EngineTransaction | null = null;
  /** Tells one transaction of this session from the next. */
  #token: object = {};
  #hasEnded = false;
  #onFailure: ((reason: Error) => void) | null = null;

  constructor(engine: Engine) {
    super();
    this.#engine = engine;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get engine(): Engine {
    return this.#engine;
  }

  inTransaction(): boolean {
    return this.#state === 'starting' || this.#state === 'open';
  }

  /** @throws MongoServerError when the session ended or already has a transaction */
  startTransaction(_options?: unknown): void {
    if (this.#hasEnded) throw engineError('Cannot use a session that has ended', { code: 'ESESSION' });
    if (this.inTransaction()) throw engineError('Transaction already in progress', { code: 'ESESSION' });
    const outer = activeAttempt.getStore()?.session;
    if (outer !== undefined && outer !== this && outer.#engine === this.#engine && outer.inTransaction()) {
      throw engineError(
        'a transaction cannot start inside another one of the same database: it would wait for the outer one for ever. ' +
          'Use the outer session, or call after the outer transaction ended',
        { code: 'ENESTED' },
      );
    }
    this.#state = 'starting';
    this.#token = {};
    this.#transaction = null;
    this.#current = null;
  }

  /** The transaction to run operations in; begins it on first use. @throws when it has been rolled back */
  async transaction(): Promise<EngineTransaction> {
    this.#transaction ??= this.#begin();
    const transaction = await this.#transaction;
    if (!transaction.isOpen) throw this.#abortedError(transaction);
    return transaction;
  }

  async #begin(): Promise<EngineTransaction> {
    const token = this.#token;
    const transaction = await this.#engine.beginTransaction((reason) => this.#onFailure?.(reason));
    // It may have been aborted, or even started again, while this waited for the writer.
    if (this.#state !== 'starting' || this.#token !== token) {
      transaction.rollback();
      throw engineError('the transaction ended before its first operation could run', { code: 251 });
    }
    this.#state = 'open';
    this.#current = transaction;
    return transaction;
  }

  #abortedError(transaction: EngineTransaction | null): Error {
    const reason = transaction?.failure;
    return engineError(
      `the transaction has been rolled back${reason === undefined ? '' : `: ${reason.message}`}`,
      { code: 251, codeName: 'NoSuchTransaction', cause: reason },
    );
  }

  /** @throws when there is none, or when an error or its time limit rolled it back */
  async commitTransaction(): Promise<void> {
    if (!this.inTransaction()) throw engineError('No transaction started', { code: 'ESESSION' });
    const transaction = this.#current;
    this.#state = 'ended';
    if (transaction === null) return;
    if (!transaction.isOpen) throw this.#abortedError(transaction);
    transaction.commit();
  }

  /** Undoes everything since `startTransaction`. @throws when there is none */
  async abortTransaction(): Promise<void> {
    if (!this.inTransaction()) throw engineError('No transaction started', { code: 'ESESSION' });
    this.#state = 'ended';
    this.#current?.rollback();
  }

  /** Ends the session; an open transaction is undone. */
  async endSession(): Promise<void> {
    if (this.#hasEnded) return;
    if (this.inTransaction()) await this.abortTransaction();
    this.#hasEnded = true;
    this.emit('ended', this);
  }

  /**
   * Runs `work` in a transaction: commits when it resolves, rolls back when it throws, and runs it again when the error is
   * labelled transient (the database was busy and nothing was written).
   * @throws what `work` throws, or the reason why the transaction was rolled back, be `work` still pending
   */
  async withTransaction<T>(work: (session: ClientSession) => Promise<T>, options?: unknown): Promise<T> {
    const startedMs = performance.now();
    for (let attempt = 0; ; attempt++) {
      this.startTransaction(options);
      const run: Attempt = { session: this, failure: undefined };
      try {
        const result = await this.#runOrExpire(run, work);
        // The callback may have committed or aborted by itself.
        if (this.inTransaction()) await this.commitTransaction();
        return result;
      } catch (error) {
        run.failure = error;
        if (this.inTransaction()) await this.abortTransaction();
        const retry = labelled(error, 'TransientTransactionError');
        if (!retry || performance.now() - startedMs > RETRY_WINDOW_MS) throw error;
        await Bun.sleep(Math.random() * Math.min(100, 5 * 2 ** Math.min(attempt, 5)));
      }
    }
  }

  async #runOrExpire<T>(run: Attempt, work: (session: ClientSession) => Promise<T>): Promise<T> {
    const expired = new Promise<never>((_resolve, reject) => {
      this.#onFailure = reject;
    });
    expired.catch(() => undefined);
    try {
      return await Promise.race([activeAttempt.run(run, async () => work(this)), expired]);
    } finally {
      this.#onFailure = null;
    }
  }

  /** As the driver's own: a session is no data. */
  toBSON(): never {
    throw engineError('ClientSession cannot be serialized to BSON', { code: 'ESESSION' });
  }
}

/**
 * Refuses what must not run beside the transaction that the calling code belongs to: anything at all once that transaction was
 * rolled back under it, and a write that bypasses it, which would wait for the writer that the transaction holds while the
 * transaction waits for it.
 * @param bypass the operation is a write without the transaction's session
 */
export function assertFitsTransaction(engine: Engine, bypass: boolean): void {
  const attempt = activeAttempt.getStore();
  if (attempt === undefined || attempt.session.engine !== engine) return;
  if (attempt.failure !== undefined) {
    const reason = attempt.failure instanceof Error ? `: ${attempt.failure.message}` : '';
    throw engineError(`the transaction of this call has been rolled back${reason}`, {
      code: 251,
      codeName: 'NoSuchTransaction',
      cause: attempt.failure,
    });
  }
  if (bypass && attempt.session.inTransaction()) {
    throw engineError(
      'a write inside a transaction must take part in it: pass { session }, or set transactionAsyncLocalStorage',
      { code: 'ENESTED' },
    );
  }
}
