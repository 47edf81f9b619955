/**
 * What every routes file stands on: `.use(http)` gives each handler its `requestId`, reads bodies under the gate's
 * rules, and asks every route for a `policy`. A guard belongs to the route, never to the text of the URL (M1).
 */
import { type DocumentDecoration, Elysia } from 'elysia';
import { AppError } from '../../contracts/errors.ts';
import type { Config } from '../../config/load-config.ts';
import { createIdempotency, type IdempotencyStore } from './idempotency.ts';
import { readJsonBody } from './json-body.ts';
import { invalidInput } from './problem.ts';
import { type Principal, requestState } from './request-state.ts';

export type { Principal } from './request-state.ts';

/** Who may call a route: anyone, a signed-in user, an admin. */
export type Policy = 'public' | 'user' | 'admin';

/** Marks in a route's OpenAPI operation; the document's finishing step reads and removes them. */
export const POLICY_KEY = 'x-policy';
export const IDEMPOTENT_KEY = 'x-idempotent';

/** A specification extension (`x-…`) on an operation. */
const mark = (key: `x-${string}`, value: unknown): DocumentDecoration => ({ [key]: value });

export interface HttpBaseDeps {
  readonly config: Pick<Config, 'environment'>;
  /** @throws AppError unauthenticated, token_invalid, token_expired */
  readonly authenticate: (token: string) => Promise<Principal>;
  readonly idempotency: IdempotencyStore;
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]{1,4096}=*)$/i;

/**
 * The token of `Authorization: Bearer …`.
 * @throws AppError unauthenticated without one, bad_request for several, token_invalid for another form
 */
export function bearerToken(headers: Headers): string {
  const given = headers.get('authorization');
  if (given === null || given === '')
    throw new AppError('unauthenticated', 'Send Authorization: Bearer <accessToken>');
  const token = BEARER.exec(given)?.[1];
  if (token !== undefined) return token;
  if (/^Bearer .*,/i.test(given)) throw new AppError('bad_request', 'Send one Authorization header');
  throw new AppError('token_invalid', 'Authorization must be: Bearer <accessToken>');
}

/**
 * The plugin that routes files use. Options it adds to a route:
 * - `policy` (mandatory): `public`, `user` or `admin`; the last two give the handler a `principal` and answer 401 or 403.
 *   On a public route `principal` is absent, whatever its type says.
 * - `idempotent: true`: gives the handler `once(work)`, which runs `work` in a transaction and repeats its answer when the
 *   same `Idempotency-Key` comes again, and `onceLong(work)` for what is too long for a transaction.
 *
 * A body is JSON unless the route says `parse: 'none'` and reads `request.body` itself.
 */
export function createHttpBase(deps: HttpBaseDeps) {
  const { authenticate } = deps;
  const idempotency = createIdempotency(deps.idempotency);

  const admit = async (request: Request, policy: Policy): Promise<void> => {
    if (policy === 'public') return;
    const principal = await authenticate(bearerToken(request.headers));
    requestState(request).principal = principal;
    if (policy === 'admin' && principal.role !== 'admin')
      throw new AppError('forbidden', 'Only an admin may do this');
  };

  return new Elysia({ name: 'vfxb.http' })
    .derive({ as: 'scoped' }, ({ request, route }) => {
      const state = requestState(request);
      state.route = route;
      return { requestId: state.requestId };
    })
    .macro({
      policy: (policy: Policy) => {
        let takesBody = false;
        return {
          introspect: (route: object) => {
            takesBody = Reflect.get(route, 'body') !== undefined;
          },
          detail: {
            ...mark(POLICY_KEY, policy),
            ...(policy === 'public' ? { security: [] } : { security: [{ bearer: [] }] }),
          },
          parse: async ({ request, route }) => {
            requestState(request).route = route;
            const body = await readJsonBody(request);
            if (!takesBody && body !== undefined && JSON.stringify(body) !== '{}')
              throw invalidInput([{ path: '', message: 'This route takes no body' }]);
            return body;
          },
          transform: async ({ request }) => admit(request, policy),
          resolve: ({ request }) => ({ principal: requestState(request).principal as Principal }),
        };
      },
      idempotent: {
        detail: mark(IDEMPOTENT_KEY, true),
        resolve: ({ request, route, body, set }) =>
          idempotency({
            request,
            route,
            body,
            set,
            userId: requestState(request).principal?.userId ?? 'anonymous',
          }),
      },
    });
}
export type HttpBase = ReturnType<typeof createHttpBase>;
