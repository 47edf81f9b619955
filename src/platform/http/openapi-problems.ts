/** The failures a route has by its nature, so that no route needs to list what every route of its kind shares. */
import { AppError, ERROR_KINDS, type ErrorCode } from '../../contracts/errors.ts';
import type { Policy } from './http-base.ts';
import type { Json } from './openapi-schema.ts';
import { PROBLEM_CONTENT_TYPE, problemOf } from './problem.ts';

/** What is known of a route besides the failures it lists. */
export interface RouteNature {
  readonly method: string;
  readonly policy: Policy;
  readonly hasJsonBody: boolean;
  readonly hasRawBody: boolean;
  readonly hasParameters: boolean;
  readonly isIdempotent: boolean;
}

const EVERY_ROUTE: readonly ErrorCode[] = ['misdirected_request', 'internal'];
const GUARDED: readonly ErrorCode[] = ['unauthenticated', 'token_invalid', 'token_expired', 'bad_request'];
const WRITES: readonly ErrorCode[] = ['origin_not_allowed', 'storage_full'];
const BODIES: readonly ErrorCode[] = [
  'invalid_json',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
  'request_timeout',
];
const IDEMPOTENT: readonly ErrorCode[] = ['bad_request', 'idempotency_in_flight', 'idempotency_mismatch'];

/** Codes a route may answer with beside its own. */
export function sharedCodes(nature: RouteNature): ErrorCode[] {
  const isWrite = nature.method !== 'get' && nature.method !== 'head';
  return [
    ...EVERY_ROUTE,
    ...(nature.policy === 'public' ? [] : GUARDED),
    ...(nature.policy === 'admin' ? (['forbidden'] as const) : []),
    ...(isWrite ? WRITES : []),
    ...(nature.policy === 'public' && !isWrite ? [] : (['database_unavailable', 'unavailable'] as const)),
    // A route without a body refuses one, so the rules of bodies hold for every write.
    ...(nature.hasJsonBody || (isWrite && !nature.hasRawBody) ? BODIES : []),
    ...(nature.hasParameters ? (['validation_failed'] as const) : []),
    ...(nature.isIdempotent ? IDEMPOTENT : []),
  ];
}

const exampleProblem = (code: ErrorCode): Json => ({
  summary: ERROR_KINDS[code].title,
  value: problemOf(
    new AppError(code, undefined, {
      ...(code === 'validation_failed' || code === 'invalid_operation'
        ? { issues: [{ path: '/name', message: 'Expected string' }] }
        : {}),
    }),
    { requestId: '0193b5c0-7e1a-7c3e-9d52-3f7a1c0de000', instance: '/api/v1/example' },
  ),
});

/** The problem answers for a set of codes, by status, with an example for each code. */
export function problemAnswers(codes: readonly ErrorCode[]): Json {
  const byStatus = Map.groupBy(new Set(codes), (code) => String(ERROR_KINDS[code].status));
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => ERROR_KINDS[code].title).join('; '),
        content: {
          [PROBLEM_CONTENT_TYPE]: {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(group.map((code) => [code, exampleProblem(code)])),
          },
        },
      },
    ]),
  );
}
