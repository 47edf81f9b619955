/** Every failure becomes a problem document here and nowhere else. */
import { AppError, ERROR_KINDS, type ErrorCode, type FieldIssue } from '../../contracts/errors.ts';
import type { Problem } from './responses.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

interface ProblemPlace {
  readonly requestId: string;
  /** Path without query: a query may hold what should not be echoed. */
  readonly instance: string;
}

/** The document that tells a client of the failure. */
export function problemOf(error: AppError, place: ProblemPlace): Problem {
  return {
    type: `urn:vfxb:problem:${error.code}`,
    title: error.title,
    status: error.status,
    detail: error.message,
    instance: place.instance,
    success: false,
    code: error.code,
    message: error.message,
    requestId: place.requestId,
    ...(error.issues.length > 0
      ? { errors: error.issues.map(({ path, message }) => ({ path, message })) }
      : {}),
  };
}

/** The document as an answer, with `Retry-After` (seconds) where waiting helps and `WWW-Authenticate` on 401. */
export function problemResponse(error: AppError, place: ProblemPlace): Response {
  const headers: Record<string, string> = { 'content-type': PROBLEM_CONTENT_TYPE };
  const retryAfterSeconds =
    error.retryAfterSeconds ?? (error.status === 503 || error.status === 429 ? 1 : undefined);
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(retryAfterSeconds));
  if (error.status === 401) headers['www-authenticate'] = challenge(error.code);
  return new Response(JSON.stringify(problemOf(error, place)), { status: error.status, headers });
}

/** RFC 6750: the error is named only when a token was given. */
function challenge(code: ErrorCode): string {
  return code === 'token_expired' || code === 'token_invalid'
    ? `Bearer realm="vfxb", error="invalid_token", error_description="${ERROR_KINDS[code].title}"`
    : 'Bearer realm="vfxb"';
}

/** A `validation_failed` error with its issues. */
export function invalidInput(issues: readonly FieldIssue[]): AppError {
  const first = issues[0];
  const detail =
    first === undefined
      ? 'The input is not valid'
      : `${first.path === '' ? 'The input' : first.path}: ${first.message}`;
  return new AppError('validation_failed', detail, { issues });
}
