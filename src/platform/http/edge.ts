/**
 * The outermost shell of the API: one root app that every request enters and every answer leaves through. It refuses what
 * no route should see (foreign hosts and origins), stamps what every answer carries, and writes the access log.
 */
import { Elysia, type ElysiaConfig } from 'elysia';
import { AppError } from '../../contracts/errors.ts';
import type { Config } from '../../config/load-config.ts';
import type { Logger } from '../telemetry/log.ts';
import { createCors } from './cors.ts';
import { failureOf } from './failures.ts';
import { createHostCheck } from './host-check.ts';
import { problemResponse } from './problem.ts';
import { beginRequest, type RequestState, requestLog, requestState } from './request-state.ts';

/** What was served, for metrics. `route` is the matched pattern, or `unmatched`. */
export interface ServedRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface EdgeDeps {
  readonly config: Pick<Config, 'environment' | 'http' | 'uploads'>;
  readonly log: Logger;
  /** Settings of every WebSocket; Bun takes them only here. */
  readonly websocket?: NonNullable<ElysiaConfig<''>['websocket']>;
  readonly onServed?: (served: ServedRequest) => void;
  /** Told of each bug and outage, beside the log. */
  readonly onUnexpected?: (error: unknown, context: { requestId: string; userId?: string }) => void;
}

/** Seconds without a byte after which a connection is closed. */
const IDLE_TIMEOUT_SECONDS = 60;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Path of a URL text without query: what goes into answers and logs. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const query = url.indexOf('?', start);
  return start === -1 ? '/' : url.slice(start, query === -1 ? undefined : query);
}

const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'DENY'],
];
/** Set where the route has not said otherwise: answers are private, and a JSON answer has nothing to load. */
const HEADER_DEFAULTS: readonly (readonly [name: string, value: string])[] = [
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
];

type Next = (request: Request) => unknown;

/** Turns what was thrown into an answer; bugs and outages are logged and reported on the way. */
function createProblems({ log, onUnexpected }: EdgeDeps) {
  return (thrown: unknown, request: Request): Response => {
    const state = requestState(request);
    const { error, isUnexpected } = failureOf(thrown);
    if (isUnexpected) {
      const cause = error.cause ?? error;
      requestLog(log, state).error({ err: cause, code: error.code }, 'request failed');
      onUnexpected?.(cause, {
        requestId: state.requestId,
        ...(state.principal === undefined ? {} : { userId: state.principal.userId }),
      });
    }
    return problemResponse(error, { requestId: state.requestId, instance: pathOf(request.url) });
  };
}

function createAccessLog({ log, onServed }: EdgeDeps) {
  return (request: Request, state: RequestState, status: number): void => {
    const durationMs = performance.now() - state.startedAtMs;
    const route = state.route ?? 'unmatched';
    onServed?.({ method: request.method, route, status, durationMs });
    log.info(
      {
        requestId: state.requestId,
        userId: state.principal?.userId,
        method: request.method,
        route,
        status,
        ms: Math.round(durationMs * 10) / 10,
      },
      'request',
    );
  };
}

function createShell(deps: EdgeDeps, problem: (thrown: unknown, request: Request) => Response) {
  const isHostServed = createHostCheck(deps.config);
  const cors = createCors(deps.config);
  const logServed = createAccessLog(deps);
  const isSecure = deps.config.http.publicUrl?.startsWith('https:') === true;

  const finish = (request: Request, state: RequestState, response: Response): Response => {
    const { headers } = response;
    headers.set('x-request-id', state.requestId);
    for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
    for (const [name, value] of HEADER_DEFAULTS) if (!headers.has(name)) headers.set(name, value);
    // Elysia answers HEAD by running GET and counting its body.
    if (state.headSizeBytes !== undefined) headers.set('content-length', String(state.headSizeBytes));
    if (isSecure) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
    cors.stamp(request, headers);
    logServed(request, state, response.status);
    return response;
  };

  return async (next: Next, request: Request): Promise<Response | undefined> => {
    const state = beginRequest(request);
    try {
      if (!isHostServed(request)) throw new AppError('misdirected_request');
      const response = cors.check(request) ?? (await next(request));
      if (response instanceof Response) return finish(request, state, response);
      // A socket that was upgraded has no answer.
      logServed(request, state, 101);
      return undefined;
    } catch (thrown) {
      return finish(request, state, problem(thrown, request));
    }
  };
}

interface Router {
  readonly static: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly http: { find(method: string, path: string): unknown };
}

/** Methods under which the path of an unmatched request would have matched. */
function otherMethods(router: Router, request: Request): string[] {
  if (requestState(request).route !== undefined) return [];
  const path = pathOf(request.url);
  return METHODS.filter(
    (method) => router.static[path]?.[method] !== undefined || router.http.find(method, path) !== null,
  );
}

/**
 * The root app. Mount modules on it with `.use()` or `.group('/api/v1', …)` and serve it with `listen`.
 * Unknown fields are refused rather than dropped (`normalize: false`), and the path is read after any host (M1).
 */
export function createEdge(deps: EdgeDeps) {
  const problem = createProblems(deps);
  const shell = createShell(deps, problem);
  const app = new Elysia({
    name: 'vfxb.edge',
    normalize: false,
    systemRouter: false,
    handler: { standardHostname: false },
    ...(deps.websocket === undefined ? {} : { websocket: deps.websocket }),
    serve: {
      // Every reader of a body counts it, and answers in words; Bun would answer 413 with an empty body.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      reusePort: false,
      development: false,
    },
  });
  return app
    .wrap((next) => async (request: Request) => shell(next, request))
    .onError(({ error, request }) => {
      const isUnmatched = failureOf(error).error.code === 'not_found';
      const allowed = isUnmatched ? otherMethods(app.router, request) : [];
      if (allowed.length === 0) return problem(error, request);
      const refused = new AppError('method_not_allowed', `Allowed here: ${allowed.join(', ')}`);
      const response = problem(refused, request);
      response.headers.set('allow', allowed.join(', '));
      return response;
    });
}
