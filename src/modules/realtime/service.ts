/** Sockets of this process: who is connected, what their frames do, when they are closed. */
import { AppError, ERROR_KINDS } from '../../contracts/errors.ts';
import type { UserId } from '../../contracts/ids.ts';
import { CLOSE_CODES, type ServerFrame } from '../../contracts/realtime.ts';
import { Connection, type SocketPeer } from './connection.ts';
import type { Principal, SocketServiceDeps } from './deps.ts';
import { createFrameHandlers } from './frame-handlers.ts';
import { readFrame } from './frame-reader.ts';

export type { SocketPeer } from './connection.ts';
export type { Principal, SocketServiceDeps } from './deps.ts';

/** What the route knows of one socket. */
export interface SocketHandle {
  /** A text message came. Handles messages one after the other. Never rejects. */
  receive(message: unknown): Promise<void>;
  /** The peer has taken all that waited for it. */
  drained(): void;
  /** The peer is gone. */
  gone(): void;
}

export interface SocketService {
  /** @throws AppError token_invalid, token_expired */
  redeemTicket(ticket: string): Promise<Principal>;
  /** Takes over a new socket; `principal` when a ticket opened it. */
  open(peer: SocketPeer, principal?: Principal): SocketHandle;
  /** Sockets open now. */
  count(): number;
  /** Asks every client to reconnect elsewhere (close 1012), and takes no new sockets. */
  drain(): void;
}

const AUTH_TIMEOUT_MS = 5_000;
/** Together with the two seconds that another process' logout may go unseen, a dead session's socket closes within 5 s. */
const RECHECK_MS = 2_500;
const SOCKETS_PER_USER = 20;
/** Frames that may wait while the one before is handled. */
const WAITING_FRAMES_MAX = 100;
const SERVICE_RESTART = 1012;

class Sockets implements SocketService {
  readonly #deps: SocketServiceDeps;
  readonly #connections = new Set<Connection>();
  readonly #handle: ReturnType<typeof createFrameHandlers>;
  #isDraining = false;
  #recheckTimer: ReturnType<typeof setInterval> | undefined;

  constructor(deps: SocketServiceDeps) {
    this.#deps = deps;
    this.#handle = createFrameHandlers({
      ...deps,
      authenticate: async (connection, token, id) => this.#authenticate(connection, token, id),
    });
  }

  async redeemTicket(ticket: string): Promise<Principal> {
    return this.#deps.auth.redeemTicket(ticket);
  }

  count(): number {
    return this.#connections.size;
  }

  open(peer: SocketPeer, principal?: Principal): SocketHandle {
    const connection = new Connection(peer, Date.now());
    this.#connections.add(connection);
    this.#watch();
    const timeoutMs = this.#deps.tuning?.authTimeoutMs ?? AUTH_TIMEOUT_MS;
    const timer = setTimeout(() => {
      if (connection.principal === undefined)
        connection.close(CLOSE_CODES.authTimeout, 'no auth frame came in time');
    }, timeoutMs);
    let queue: Promise<void> =
      principal === undefined ? Promise.resolve() : this.#admit(connection, principal);
    let waiting = 0;
    if (this.#isDraining) connection.close(SERVICE_RESTART, 'the server restarts');
    return {
      receive: async (message) => {
        waiting += 1;
        if (waiting > WAITING_FRAMES_MAX)
          connection.close(CLOSE_CODES.tooManyErrors, 'too many frames at once');
        queue = queue.then(async () => {
          waiting -= 1;
          await this.#receive(connection, message);
        });
        await queue;
      },
      drained: () => connection.drained(),
      gone: () => {
        clearTimeout(timer);
        this.#connections.delete(connection);
        connection.forget();
      },
    };
  }

  drain(): void {
    this.#isDraining = true;
    clearInterval(this.#recheckTimer);
    this.#recheckTimer = undefined;
    for (const connection of this.#connections) connection.close(SERVICE_RESTART, 'the server restarts');
  }

  /** Never rejects: Bun would swallow it without a word (M9). */
  async #receive(connection: Connection, message: unknown): Promise<void> {
    if (connection.isClosed) return;
    if (!connection.admitsFrame(Date.now())) {
      const error = new AppError('rate_limited', 'Frames come too fast');
      this.#refuse(connection, error, undefined);
      connection.noteBadFrame(Date.now());
      return;
    }
    const read = readFrame(message);
    if (!read.ok) {
      this.#refuse(connection, read.error, read.id);
      connection.noteBadFrame(Date.now());
      return;
    }
    try {
      await this.#handle(connection, read.frame);
    } catch (error) {
      this.#failed(connection, error, read.frame.id);
    }
  }

  #failed(connection: Connection, error: unknown, id: string | undefined): void {
    if (error instanceof AppError && error.code !== 'internal') {
      this.#refuse(connection, error, id);
      return;
    }
    const { userId } = connection;
    this.#deps.log.error({ err: error, userId, connectionId: connection.id }, 'a socket frame failed');
    this.#refuse(connection, new AppError('internal', ERROR_KINDS.internal.title), id);
  }

  #refuse(connection: Connection, { code, message }: AppError, id: string | undefined): void {
    connection.answer({ type: 'error', ...(id === undefined ? {} : { id }), data: { code, message } });
  }

  async #authenticate(connection: Connection, token: string, id: string | undefined): Promise<void> {
    try {
      const principal = await this.#deps.auth.authenticate(token);
      if (connection.userId !== undefined && connection.userId !== principal.userId)
        throw new AppError('token_invalid', 'The token belongs to another user than the socket');
      connection.token = token;
      await this.#admit(connection, principal, id);
    } catch (error) {
      this.#failed(connection, error, id);
      connection.close(CLOSE_CODES.unauthenticated, 'not authenticated');
    }
  }

  /** The socket is the principal's from here on; a second `auth` only renews the token. */
  async #admit(connection: Connection, principal: Principal, id?: string): Promise<void> {
    const { realtime } = this.#deps;
    const { userId } = principal;
    const isFirst = connection.principal === undefined;
    if (isFirst && this.#isCrowded(userId)) {
      this.#refuse(connection, new AppError('rate_limited', 'Too many sockets of one user'), id);
      connection.close(CLOSE_CODES.tooManyErrors, 'too many sockets of one user');
      return;
    }
    connection.principal = principal;
    if (isFirst) {
      connection.unsubscribe = realtime.subscribe(userId, (frame, origin) => {
        if (origin !== connection.id) connection.deliver(frame);
      });
      await realtime.listening(userId);
    }
    const seq = await realtime.position(userId);
    const ready: ServerFrame = {
      type: 'ready',
      ...(id === undefined ? {} : { id }),
      data: { userId, seq },
    };
    if (connection.isClosed) connection.forget();
    else if (isFirst) connection.begin(ready);
    else connection.answer(ready);
  }

  #isCrowded(userId: UserId): boolean {
    const own = [...this.#connections].filter((other) => other.userId === userId && !other.isClosed);
    return own.length >= SOCKETS_PER_USER;
  }

  #watch(): void {
    if (this.#recheckTimer !== undefined || this.#isDraining) return;
    this.#recheckTimer = setInterval(() => {
      if (this.#connections.size === 0) {
        clearInterval(this.#recheckTimer);
        this.#recheckTimer = undefined;
      }
      for (const connection of this.#connections) void this.#recheck(connection);
    }, this.#deps.tuning?.recheckMs ?? RECHECK_MS);
    this.#recheckTimer.unref();
  }

  /** Closes a socket whose token ran out or whose session ended. An outage of the database closes none. */
  async #recheck(connection: Connection): Promise<void> {
    const { principal, token } = connection;
    if (principal === undefined || connection.isClosed) return;
    const { auth } = this.#deps;
    try {
      connection.principal = await (token === undefined ? auth.confirm(principal) : auth.authenticate(token));
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 401) return;
      this.#refuse(connection, error, undefined);
      connection.close(CLOSE_CODES.unauthenticated, 'the session has ended');
    }
  }
}

export function createSocketService(deps: SocketServiceDeps): SocketService {
  return new Sockets(deps);
}
