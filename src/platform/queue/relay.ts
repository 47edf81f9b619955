/**
 * Sends what is owed. One loop: it runs when it is woken and when the next dispatch falls due, never twice at once in a
 * process. Several processes may relay the same row; the stream takes it once.
 */
import type { Logger } from '../telemetry/log.ts';

export interface RelayOptions {
  /** Sends what is due now; resolves with the time when more is due, if known. */
  readonly sendDue: () => Promise<Date | undefined>;
  /** Longest time between two looks in milliseconds. Default 1000. */
  readonly pollMs?: number;
  readonly log: Logger;
}

export interface Relay {
  start(): void;
  /** Looks at once. Cheap, and never throws. */
  wake(): void;
  /** Resolves when the pass under way has ended. */
  stop(): Promise<void>;
}

const DEFAULT_POLL_MS = 1_000;

class WakingRelay implements Relay {
  readonly #options: RelayOptions;
  #woken = Promise.withResolvers<void>();
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  wake(): void {
    this.#woken.resolve();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      this.#woken = Promise.withResolvers<void>();
      const pauseMs = await this.#pass();
      const timer = setTimeout(this.#woken.resolve, pauseMs);
      await this.#woken.promise;
      clearTimeout(timer);
    }
  }

  /** Milliseconds until the next pass. */
  async #pass(): Promise<number> {
    const { sendDue, log, pollMs = DEFAULT_POLL_MS } = this.#options;
    try {
      const nextDueAt = await sendDue();
      return nextDueAt === undefined
        ? pollMs
        : Math.min(pollMs, Math.max(0, nextDueAt.getTime() - Date.now()));
    } catch (error) {
      log.warn({ err: error }, 'jobs cannot be dispatched at the moment; they will be');
      return pollMs;
    }
  }
}

/** A relay; it does nothing before `start`. */
export function createRelay(options: RelayOptions): Relay {
  return new WakingRelay(options);
}
