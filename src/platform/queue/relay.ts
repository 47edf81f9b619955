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

export function createRelay({ sendDue, pollMs = DEFAULT_POLL_MS, log }: RelayOptions): Relay {
  let woken = Promise.withResolvers<void>();
  let isStopping = false;
  let running: Promise<void> | undefined;

  async function pass(): Promise<number> {
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

  async function run(): Promise<void> {
    while (!isStopping) {
      woken = Promise.withResolvers<void>();
      const pauseMs = await pass();
      const timer = setTimeout(woken.resolve, pauseMs);
      await woken.promise;
      clearTimeout(timer);
    }
  }

  return {
    start: () => {
      running ??= run();
    },
    wake: () => woken.resolve(),
    stop: async () => {
      isStopping = true;
      woken.resolve();
      await running;
    },
  };
}
