/**
 * Frames to users, wherever their sockets are. A frame gets the user's next number, is kept for `resume`, and reaches each
 * API process that has a listener of that user through Redis pub/sub, in the order of the numbers.
 */
import type { Redis } from 'ioredis';
import type { UserId } from '../../contracts/ids.ts';
import type { ServerFrame, ServerFrameType } from '../../contracts/realtime.ts';
import type { Logger } from '../telemetry/log.ts';
import { createResumeLog, frameChannel, type Missed } from './resume-log.ts';
import { type FrameListener, UserChannel } from './user-channel.ts';

export type { Missed } from './resume-log.ts';
export type { FrameListener } from './user-channel.ts';

/** A frame on its way to a user; it has no number yet. */
export interface OutgoingFrame {
  readonly userId: UserId;
  readonly type: ServerFrameType;
  readonly data: Record<string, unknown>;
}

export interface Realtime {
  /**
   * Numbers the frame, keeps it for `resume`, and hands it to the user's listeners in every process. Frames of one caller keep
   * their order, also when it does not wait in between. Never rejects: while Redis is down the frame reaches this process'
   * listeners, without a number.
   */
  publish(frame: OutgoingFrame): Promise<void>;
  /** As `publish`, but neither numbered nor kept: for what is only true now, such as typing. */
  signal(frame: OutgoingFrame, origin?: string): Promise<void>;
  /** Listens in this process. Returns the function that stops it. Await `listening` before relying on it. */
  subscribe(userId: UserId, listener: FrameListener): () => void;
  /** Resolves once frames published from now on reach this process' listeners of the user, or Redis is known to be down. */
  listening(userId: UserId): Promise<void>;
  /** The number given out last; 0 while Redis is down. Never rejects. */
  position(userId: UserId): Promise<number>;
  /** What was published after the number. Never rejects: incomplete and empty while Redis is down. */
  since(userId: UserId, after: number): Promise<Missed>;
  close(): Promise<void>;
}

/** The part of the Redis connection that realtime needs. */
export interface RealtimeRedis {
  readonly client: Redis;
  duplicate(purpose: string): Redis;
}

interface Presence {
  readonly userId: UserId;
  readonly channel: UserChannel;
  listening: Promise<void>;
}

interface WireSignal extends ServerFrame {
  readonly origin?: string;
}

const UNKNOWN: Missed = { frames: [], complete: false, seq: 0 };

class RedisRealtime implements Realtime {
  readonly #log: Logger;
  readonly #redis: RealtimeRedis;
  readonly #subscriber: Redis;
  readonly #resumeLog: ReturnType<typeof createResumeLog>;
  readonly #presences = new Map<string, Presence>();
  #isDegraded = false;

  constructor(redis: RealtimeRedis, log: Logger) {
    this.#redis = redis;
    this.#log = log;
    this.#resumeLog = createResumeLog(redis.client);
    this.#subscriber = redis.duplicate('realtime');
    this.#subscriber.on('message', (channel: string, json: string) => this.#receive(channel, json));
    this.#subscriber.on('ready', () => this.#resubscribe());
    this.#subscriber.on('error', () => undefined);
  }

  async publish(frame: OutgoingFrame): Promise<void> {
    const { userId, type, data } = frame;
    await this.#orLocally(frame, async () => this.#resumeLog.append(userId, { type, data }));
  }

  async signal(frame: OutgoingFrame, origin?: string): Promise<void> {
    const { userId, type, data } = frame;
    const json = JSON.stringify({ type, data, ...(origin !== undefined && { origin }) });
    await this.#orLocally(
      frame,
      async () => {
        await this.#redis.client.publish(frameChannel(userId), json);
      },
      origin,
    );
  }

  subscribe(userId: UserId, listener: FrameListener): () => void {
    const key = frameChannel(userId);
    const presence = this.#presences.get(key) ?? this.#appear(userId);
    presence.channel.add(listener);
    return () => {
      presence.channel.remove(listener);
      if (presence.channel.isEmpty) this.#disappear(key, presence);
    };
  }

  async listening(userId: UserId): Promise<void> {
    await this.#presences.get(frameChannel(userId))?.listening;
  }

  async position(userId: UserId): Promise<number> {
    return this.#attempt(async () => this.#resumeLog.position(userId), 0);
  }

  async since(userId: UserId, after: number): Promise<Missed> {
    return this.#attempt(async () => this.#resumeLog.since(userId, after), UNKNOWN);
  }

  async close(): Promise<void> {
    this.#presences.clear();
    this.#subscriber.disconnect();
    await Promise.resolve();
  }

  #appear(userId: UserId): Presence {
    const channel = new UserChannel({
      since: async (after) => this.since(userId, after),
      onListenerError: (error) => this.#log.error({ err: error, userId }, 'a realtime listener threw'),
    });
    const presence: Presence = { userId, channel, listening: Promise.resolve() };
    this.#presences.set(frameChannel(userId), presence);
    presence.listening = this.#listen(presence);
    return presence;
  }

  #disappear(key: string, presence: Presence): void {
    if (this.#presences.get(key) !== presence) return;
    this.#presences.delete(key);
    // Ordered behind a SUBSCRIBE that is still under way; a failure means the connection is gone, and with it the subscription.
    void presence.listening.then(async () => {
      if (!this.#presences.has(key)) await this.#subscriber.unsubscribe(key).catch(() => undefined);
    });
  }

  /** Position first, then the subscription, then what fell between the two: so no frame is missed. */
  async #listen(presence: Presence): Promise<void> {
    const position = await this.position(presence.userId);
    if (position > 0) presence.channel.startAfter(position);
    try {
      await this.#subscriber.subscribe(frameChannel(presence.userId));
      await presence.channel.catchUp();
    } catch (error) {
      this.#degrade(error);
    }
  }

  /** After a lost connection: subscribes again (ioredis may have done so; it is idempotent) and fetches what was missed. */
  #resubscribe(): void {
    for (const presence of this.#presences.values()) presence.listening = this.#listen(presence);
  }

  #receive(key: string, json: string): void {
    const channel = this.#presences.get(key)?.channel;
    if (channel === undefined) return;
    const { origin, ...frame } = JSON.parse(json) as WireSignal;
    if (frame.seq === undefined) channel.deliver(frame, origin);
    else channel.receive(frame);
  }

  async #orLocally(frame: OutgoingFrame, send: () => Promise<void>, origin?: string): Promise<void> {
    try {
      await send();
      this.#recover();
    } catch (error) {
      this.#degrade(error);
      const { type, data } = frame;
      this.#presences.get(frameChannel(frame.userId))?.channel.deliver({ type, data }, origin);
    }
  }

  async #attempt<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      const answer = await ask();
      this.#recover();
      return answer;
    } catch (error) {
      this.#degrade(error);
      return otherwise;
    }
  }

  /** Once per outage, not once per frame. */
  #degrade(error: unknown): void {
    if (!this.#isDegraded)
      this.#log.warn({ err: error }, 'realtime without Redis: frames stay in this process');
    this.#isDegraded = true;
  }

  #recover(): void {
    if (this.#isDegraded) this.#log.info('realtime has Redis again');
    this.#isDegraded = false;
  }
}

/** Realtime over Redis. Opens one connection of its own for subscriptions; `close` ends it. */
export function createRealtime(deps: { readonly redis: RealtimeRedis; readonly log: Logger }): Realtime {
  return new RedisRealtime(deps.redis, deps.log);
}
