import { engineError, translateSqliteError } from './errors.ts';
import type { Access } from './access.ts';

interface QueuedWork {
  readonly kind: 'work';
  readonly run: (access: Access) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly enqueuedMs: number;
  cancelTimer(): void;
}

interface QueuedTransaction {
  readonly kind: 'transaction';
  readonly resolve: (release: () => void) => void;
  readonly reject: (error: unknown) => void;
  readonly enqueuedMs: number;
  cancelTimer(): void;
}

type Entry = QueuedWork | QueuedTransaction;

interface QueueOptions {
  readonly path: string;
  readonly lockTimeoutMs: number;
  readonly busyTimeoutMs: number;
  readonly access: Access;
  /** BEGIN IMMEDIATE with retries until the deadline (on the `performance.now()` clock). */
  readonly begin: (deadlineMs: number) => Promise<void>;
}

/** Works that share one commit: bounds how long the event loop is held. */
const MAX_BATCH = 64;

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** First in, first out access to the writer connection: transactions alone, single writes in shared commits. */
export class WriteQueue {
  readonly #options: QueueOptions;
  readonly #entries: Entry[] = [];
  #pumping = false;
  #transactionOpen = false;
  #idle: Promise<void> = Promise.resolve();

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Queues work; resolves with its result after the commit. */
  async submit<T>(run: (access: Access) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#add({
        kind: 'work',
        run,
        resolve: (value) => resolve(value as T),
        reject,
        enqueuedMs: performance.now(),
        cancelTimer: () => undefined,
      });
    });
  }

  /** Waits for the writer inside a begun transaction. @returns the function that gives it back */
  async acquire(): Promise<() => void> {
    return new Promise((resolve, reject) => {
      this.#add({
        kind: 'transaction',
        resolve,
        reject,
        enqueuedMs: performance.now(),
        cancelTimer: () => undefined,
      });
    });
  }

  /** Resolves when nothing is queued or running. */
  async drain(): Promise<void> {
    while (this.#pumping) await this.#idle;
  }

  #add(entry: Entry): void {
    // Only a transaction of this process can keep the queue waiting long: other waits are bounded where they happen.
    if (this.#transactionOpen || this.#entries.some((other) => other.kind === 'transaction')) {
      const timer = setTimeout(() => this.#giveUp(entry), this.#options.lockTimeoutMs);
      entry.cancelTimer = () => clearTimeout(timer);
    }
    this.#entries.push(entry);
    if (this.#pumping) return;
    this.#pumping = true;
    this.#idle = new Promise((resolve) => {
      // One turn of the event loop later, so that writes issued together share a commit.
      setImmediate(() => void this.#pump().finally(resolve));
    });
  }

  #giveUp(entry: Entry): void {
    const position = this.#entries.indexOf(entry);
    if (position === -1) return;
    this.#entries.splice(position, 1);
    entry.reject(
      engineError(
        `a write on ${this.#options.path} waited ${this.#options.lockTimeoutMs} ms behind transactions of this process`,
        { code: 24, codeName: 'LockTimeout', labels: ['RetryableWriteError', 'TransientTransactionError'] },
      ),
    );
  }

  async #pump(): Promise<void> {
    for (;;) {
      const [head] = this.#entries;
      if (head === undefined) {
        this.#pumping = false;
        return;
      }
      if (head.kind === 'transaction') await this.#serveTransaction(head);
      else await this.#serveBatch();
      // The loop must yield between commits, or a busy writer would starve timers and sockets.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #beginFor(head: Entry): Promise<boolean> {
    const startedMs = performance.now();
    try {
      await this.#options.begin(startedMs + this.#options.busyTimeoutMs);
      return true;
    } catch (error) {
      // Whoever queued before this wait began has now waited at least as long: their turn would only repeat it.
      const failed = this.#entries.filter((entry) => entry === head || entry.enqueuedMs <= startedMs);
      for (const entry of failed) {
        this.#entries.splice(this.#entries.indexOf(entry), 1);
        entry.cancelTimer();
        entry.reject(error);
      }
      return false;
    }
  }

  async #serveTransaction(head: QueuedTransaction): Promise<void> {
    if (!(await this.#beginFor(head))) return;
    const position = this.#entries.indexOf(head);
    if (position === -1) {
      this.#options.access.handle.run('ROLLBACK');
      return;
    }
    this.#entries.splice(position, 1);
    head.cancelTimer();
    this.#transactionOpen = true;
    await new Promise<void>((release) => {
      head.resolve(release);
    });
    this.#transactionOpen = false;
  }

  async #serveBatch(): Promise<void> {
    const [head] = this.#entries;
    if (head === undefined || !(await this.#beginFor(head))) return;
    let count = 0;
    while (count < MAX_BATCH && this.#entries[count]?.kind === 'work') count++;
    const batch = this.#entries.splice(0, count).filter((entry) => entry.kind === 'work');
    for (const entry of batch) entry.cancelTimer();
    if (this.#commitTogether(batch)) return;
    // The shared commit failed (a full disk): each by itself, so that one large write does not fail its neighbours.
    for (const entry of batch) {
      try {
        await this.#options.begin(performance.now() + this.#options.busyTimeoutMs);
        this.#commitTogether([entry], true);
      } catch (error) {
        entry.reject(error);
      }
    }
  }

  /** @returns false when nothing was committed or settled, and the works may be tried one by one */
  #commitTogether(batch: readonly QueuedWork[], last = batch.length === 1): boolean {
    const { handle, catalog } = this.#options.access;
    const outcomes: Outcome[] = [];
    try {
      for (const entry of batch) outcomes.push(this.#runOne(entry, batch.length > 1));
      if (handle.inTransaction) handle.run('COMMIT');
      else if (outcomes.some((outcome) => outcome.ok)) throw new Error('the transaction ended early');
    } catch (error) {
      if (handle.inTransaction) handle.run('ROLLBACK');
      catalog.invalidate();
      if (!last) return false;
      for (const entry of batch) entry.reject(translateSqliteError(error, this.#options.path));
      return true;
    }
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.ok) batch[index]?.resolve(outcome.value);
      else batch[index]?.reject(translateSqliteError(outcome.error, this.#options.path));
    }
    return true;
  }

  /** Runs one work; its failure undoes itself alone. @throws when SQLite ended the whole transaction */
  #runOne(entry: QueuedWork, shared: boolean): Outcome {
    const { handle, catalog } = this.#options.access;
    if (shared) handle.run('SAVEPOINT work');
    try {
      const value = entry.run(this.#options.access);
      if (shared) handle.run('RELEASE work');
      return { ok: true, value };
    } catch (error) {
      // A full disk or an I/O error may have rolled everything back.
      if (!handle.inTransaction) throw error;
      handle.run(shared ? 'ROLLBACK TO work' : 'ROLLBACK');
      if (shared) handle.run('RELEASE work');
      catalog.invalidate();
      if (shared) catalog.refresh();
      return { ok: false, error };
    }
  }
}
