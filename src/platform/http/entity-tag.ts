/** Conditional requests for JSON resources (RFC 9110 §13): the tag is a hash of what the client sees, so it cannot go stale. */
import { Type } from '@sinclair/typebox';
import { AppError } from '../../contracts/errors.ts';
import { ok, type Success } from './responses.ts';

interface Exchange {
  readonly request: Request;
  readonly set: { headers: Record<string, string | number | string[] | undefined> };
}

/** The strong tag of a value that is sent as JSON: equal values have equal tags. */
export function entityTag(value: unknown): string {
  const hash = new Bun.CryptoHasher('sha256').update(JSON.stringify(value)).digest('base64url');
  return `"${hash.slice(0, 22)}"`;
}

/** The response of a conditional GET, for the `response` option. */
export const NotModified = { 304: Type.Void({ description: 'The copy you have is still right' }) };

/** True when the header (`If-Match`, `If-None-Match`) lists the tag, or is `*`. */
function lists(header: string, tag: string): boolean {
  return header.split(',').some((part) => {
    const given = part.trim();
    return given === '*' || given.replace(/^W\//, '') === tag;
  });
}

/**
 * The answer with its `ETag`, or 304 without a body when the client's copy is the same. Typed as the full answer; a `Response`
 * passes through Elysia as it is.
 */
export function okOrNotModified<T>({ request, set }: Exchange, data: T): Success<T> {
  const tag = entityTag(data);
  const headers = { etag: tag, 'cache-control': 'private, no-cache' };
  const known = request.headers.get('if-none-match');
  if (known !== null && lists(known, tag))
    return new Response(null, { status: 304, headers }) as unknown as Success<T>;
  Object.assign(set.headers, headers);
  return ok(data);
}

/** The answer with its `ETag`, so that the client need not read again what it has just changed. */
export function okWithTag<T>({ set }: Pick<Exchange, 'set'>, data: T): Success<T> {
  set.headers['etag'] = entityTag(data);
  return ok(data);
}

/**
 * Holds a request to its `If-Match`, if it has one.
 * @param read the resource as the client would see it now
 * @throws AppError `precondition_failed` when the client's copy is another
 */
export async function checkIfMatch<T>(request: Request, read: () => Promise<T>): Promise<T | undefined> {
  const header = request.headers.get('if-match');
  if (header === null) return undefined;
  const current = await read();
  if (!lists(header, entityTag(current)))
    throw new AppError('precondition_failed', 'The resource has changed since you read it; read it again');
  return current;
}
