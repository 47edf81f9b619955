/**
 * Waits for news on streams. Waiting is only a signal: entries are taken by scripts afterwards, so that a process that is
 * stopped in mid-wait holds nothing. A blocked read can hang for ever after a reconnect (bullmq#4479), so each wait has a watchdog
 * that throws the connection away.
 */
import type { Redis, RedisHandle } from '../redis/redis.ts';

export interface StreamWatch {
  /**
   * Resolves when one of the streams has an entry after its id, when the time is up, when Redis is lost, or on `close`. Never
   * rejects.
   */
  wait(lastIds: ReadonlyMap<string, string>, timeoutMs: number): Promise<void>;
  /** Ends the wait under way and every later one at once. */
  close(): void;
}

/** How long beyond its own timeout a blocked read may stay silent. */
const WATCHDOG_MS = 1_000;
/** Pause before the next look when Redis is not there. */
const DOWN_PAUSE_MS = 200;

/** A watch on a connection of its own. */
export function createStreamWatch(redis: Pick<RedisHandle, 'duplicate'>, purpose: string): StreamWatch {
  let connection: Redis | undefined;
  const closed = Promise.withResolvers<void>();
  let isClosed = false;

  async function blockedRead(lastIds: ReadonlyMap<string, string>, timeoutMs: number): Promise<void> {
    connection ??= redis.duplicate(purpose);
    const used = connection;
    // BLOCK takes whole milliseconds, and 0 would mean for ever.
    const blockMs = Math.max(1, Math.ceil(timeoutMs));
    // The reply of a read whose connection was lost may never come, not even as an error.
    const lost = Promise.withResolvers<never>();
    const onLoss = (): void => lost.reject(new Error('the connection was lost'));
    const watchdog = setTimeout(onLoss, blockMs + WATCHDOG_MS);
    used.once('close', onLoss);
    try {
      const reply = used.xread(
        'COUNT',
        1,
        'BLOCK',
        blockMs,
        'STREAMS',
        ...lastIds.keys(),
        ...lastIds.values(),
      );
      await Promise.race([reply, lost.promise]);
    } catch {
      used.disconnect();
      if (connection === used) connection = undefined;
      await Bun.sleep(DOWN_PAUSE_MS);
    } finally {
      clearTimeout(watchdog);
      used.off('close', onLoss);
    }
  }

  return {
    wait: async (lastIds, timeoutMs) => {
      if (isClosed) return;
      await Promise.race([blockedRead(lastIds, timeoutMs), closed.promise]);
    },
    close: () => {
      isClosed = true;
      closed.resolve();
      connection?.disconnect();
    },
  };
}
