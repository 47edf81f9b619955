/** What is known about a request from its first byte to its last log line, kept beside the `Request` and gone with it. */
import type { Logger } from 'pino';
import type { SessionId, UserId } from '../../contracts/ids.ts';

/** Who is calling, proven by an access token whose session still stands. */
export interface Principal {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly role: 'user' | 'admin';
}

export interface RequestState {
  readonly requestId: string;
  readonly startedAtMs: number;
  /** The pattern that matched (`/api/v1/videos/:id`); undefined while none has. */
  route?: string;
  principal?: Principal;
  /** Bytes that a GET would have sent, told by a handler that answers HEAD without making the body. */
  headSizeBytes?: number;
}

const states = new WeakMap<Request, RequestState>();

const SAFE_REQUEST_ID = /^[A-Za-z0-9._:@/+=-]{1,128}$/;

/** Starts a request's state. A caller's `X-Request-Id` is kept if it is at most 128 harmless characters, else replaced. */
export function beginRequest(request: Request): RequestState {
  const given = request.headers.get('x-request-id');
  const requestId = given !== null && SAFE_REQUEST_ID.test(given) ? given : Bun.randomUUIDv7();
  const state: RequestState = { requestId, startedAtMs: performance.now() };
  states.set(request, state);
  return state;
}

/** The state of a request; one is begun when the request did not come through the edge. */
export function requestState(request: Request): RequestState {
  return states.get(request) ?? beginRequest(request);
}

/** The request's logger: the process' one with `requestId` and, once known, `userId`. */
export function requestLog(log: Logger, state: RequestState): Logger {
  return log.child(
    state.principal === undefined
      ? { requestId: state.requestId }
      : { requestId: state.requestId, userId: state.principal.userId },
  );
}
