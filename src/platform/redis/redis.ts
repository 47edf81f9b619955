/**
 * The one way to Redis. Commands fail fast (no offline queue, 500 ms): a caller with a request at hand must not wait for a
 * Redis that is gone, nor pile up commands in memory. Blocking reads and subscriptions get connections of their own.
 */
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from '../../config/load-config.ts';
import { AppError } from '../../contracts/errors.ts';
import { createEmbeddedServer, type EmbeddedServer } from './embedded-server.ts';

export type { Redis } from 'ioredis';

export interface RedisHandle {
  /** For commands: rejects within 500 ms when Redis does not answer. */
  readonly client: Redis;
  /**
   * A connection of its own for blocking reads or a subscription; it reconnects for ever and subscribes anew. Whoever asked for it may
   * `disconnect()` it; `close` does so in any case.
   */
  duplicate(purpose: string): Redis;
  /** False from the moment a lost or silent connection is noticed (at the latest after two seconds). */
  isUp(): boolean;
  /** Calls the listener whenever the connection is up again. Returns how to stop that. */
  onUp(listener: () => void): () => void;
  /** Closes every connection, and the embedded server if this process owns it. */
  close(): Promise<void>;
}

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 2_000;
const PING_INTERVAL_MS = 1_000;
const RECONNECT_MAX_MS = 1_000;

const reconnectDelayMs = (times: number): number => Math.min(times * 50, RECONNECT_MAX_MS);

/** The address without its password, for messages and logs. */
function shownAddress(target: string): string {
  if (!URL.canParse(target)) return target;
  const url = new URL(target);
  if (url.password !== '') url.password = 'hidden';
  return url.href;
}

type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

function openClient(target: string, options: ClientOptions): Redis {
  return URL.canParse(target) ? new Redis(target, options) : new Redis({ ...options, path: target });
}

async function connectOnce(client: Redis, target: string): Promise<void> {
  // `connect` itself only says that the connection was closed; the reason comes as an event before.
  let reason: Error | undefined;
  client.on('error', (error: Error) => {
    reason ??= error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    client.disconnect();
    const given = reason ?? cause;
    const words = given instanceof Error ? given.message : String(given);
    throw new AppError(
      'queue_unavailable',
      `Redis does not answer at ${shownAddress(target)} (REDIS_URL): ${words}`,
      { cause },
    );
  }
}

/**
 * A TCP connection that was cut without a word looks open for minutes. A ping each second finds out, and a connection that
 * does not answer is thrown away.
 */
function watchPulse(client: Redis, onChange: (isAnswering: boolean) => void): () => void {
  let isPinging = false;
  const timer = setInterval(() => {
    if (isPinging || client.status !== 'ready') return;
    isPinging = true;
    client
      .ping()
      .then(() => onChange(true))
      .catch(() => {
        onChange(false);
        if (client.status === 'ready') client.disconnect(true);
      })
      .finally(() => {
        isPinging = false;
      });
  }, PING_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Starts the embedded server again when its connection is lost: it may have died, or its owner may have left. */
function reviveOnLoss(client: Redis, server: EmbeddedServer, log: Logger): () => void {
  let isClosing = false;
  client.on('close', () => {
    if (isClosing) return;
    server
      .ensure()
      .catch((error: unknown) => log.error({ err: error }, 'the embedded Redis cannot be revived'));
  });
  return () => {
    isClosing = true;
  };
}

/**
 * Connects to `REDIS_URL`, or to the embedded server of the data folder, which is started if none runs.
 * @throws AppError `queue_unavailable` naming the address (password hidden) or what keeps the embedded server from starting
 */
export async function connectRedis(
  config: Pick<Config, 'redisUrl' | 'redisServerPath' | 'dataDir'>,
  log: Logger,
): Promise<RedisHandle> {
  const embedded =
    config.redisUrl === undefined
      ? createEmbeddedServer({ dataDir: config.dataDir, serverPath: config.redisServerPath, log })
      : undefined;
  await embedded?.ensure().catch(async (error: unknown) => {
    await embedded.stop();
    throw error;
  });
  const target = config.redisUrl ?? embedded?.path ?? '';
  let hasStarted = false;
  const client = openClient(target, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: 'commands',
    // At start a Redis that is not there is an error to report at once; later it is waited for.
    retryStrategy: (times) => (hasStarted ? reconnectDelayMs(times) : null),
  });
  client.on('error', (error: Error) => log.debug({ err: error }, 'redis connection'));
  try {
    await connectOnce(client, target);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  hasStarted = true;
  return createHandle({ client, target, embedded, log });
}

interface HandleParts {
  readonly client: Redis;
  readonly target: string;
  readonly embedded: EmbeddedServer | undefined;
  readonly log: Logger;
}

function createHandle({ client, target, embedded, log }: HandleParts): RedisHandle {
  const duplicates = new Set<Redis>();
  let isAnswering = true;
  let isClosing = false;
  client.on('close', () => {
    if (isAnswering && !isClosing) log.warn({ address: shownAddress(target) }, 'Redis is lost; reconnecting');
    isAnswering = false;
  });
  client.on('ready', () => {
    if (!isAnswering) log.info({ address: shownAddress(target) }, 'Redis is back');
    isAnswering = true;
  });
  const stopPulse = watchPulse(client, (answers) => {
    isAnswering = answers;
  });
  const stopReviving = embedded === undefined ? undefined : reviveOnLoss(client, embedded, log);
  return {
    client,
    duplicate: (purpose) => {
      const copy = openClient(target, {
        maxRetriesPerRequest: null,
        connectTimeout: CONNECT_TIMEOUT_MS,
        connectionName: purpose,
        retryStrategy: reconnectDelayMs,
      });
      copy.on('error', (error: Error) => log.debug({ err: error, purpose }, 'redis connection'));
      copy.on('end', () => duplicates.delete(copy));
      duplicates.add(copy);
      return copy;
    },
    isUp: () => isAnswering && client.status === 'ready',
    onUp: (listener) => {
      client.on('ready', listener);
      return () => client.off('ready', listener);
    },
    close: async () => {
      isClosing = true;
      stopPulse();
      stopReviving?.();
      for (const copy of duplicates) copy.disconnect();
      client.disconnect();
      await embedded?.stop();
    },
  };
}
