/** Tells expected failures from bugs: whatever was thrown becomes an AppError, and bugs lose their inner message. */
import { ParseError, ValidationError } from 'elysia';
import { AppError, type FieldIssue } from '../../contracts/errors.ts';
import { isDiskFullError } from '../db/drivers/sqlite/errors.ts';
import { invalidInput } from './problem.ts';
import { EXPECTED_KEY } from './query-values.ts';

interface Failure {
  readonly error: AppError;
  /** True for a bug or an outage: to be logged with its stack and reported. */
  readonly isUnexpected: boolean;
}

/** Issues named in one answer at most. */
const ISSUES_MAX = 20;
const DISK_RETRY_SECONDS = 60;
const DATABASE_RETRY_SECONDS = 2;

const DATABASE_DOWN = new Set([
  'MongoNotConnectedError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoTopologyClosedError',
  'MongoPoolClearedError',
  'PoolClearedOnNetworkError',
  'DisconnectedError',
]);

/** Sorts what was thrown while a request was served. */
export function failureOf(thrown: unknown): Failure {
  const error = thrown instanceof ParseError && thrown.cause !== undefined ? thrown.cause : thrown;
  if (error instanceof AppError) return { error, isUnexpected: error.status === 500 };
  if (error instanceof ValidationError) return validationFailure(error);
  if (thrown instanceof ParseError)
    return expected(new AppError('bad_request', 'The body cannot be read', { cause: thrown }));
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (code === 'NOT_FOUND') return expected(new AppError('not_found', 'There is nothing at this path'));
  if (code === 'INVALID_COOKIE_SIGNATURE') return expected(new AppError('bad_request'));
  return (
    outage(error) ?? { error: new AppError('internal', undefined, { cause: error }), isUnexpected: true }
  );
}

const expected = (error: AppError): Failure => ({ error, isUnexpected: false });

function outage(error: unknown): Failure | undefined {
  if (isDiskFullError(error))
    return {
      error: new AppError('storage_full', 'There is no space left to store this', {
        cause: error,
        retryAfterSeconds: DISK_RETRY_SECONDS,
      }),
      isUnexpected: true,
    };
  if (error instanceof Error && (DATABASE_DOWN.has(error.name) || isTransientLock(error)))
    return {
      error: new AppError('database_unavailable', undefined, {
        cause: error,
        retryAfterSeconds: DATABASE_RETRY_SECONDS,
      }),
      isUnexpected: true,
    };
  return undefined;
}

/** MongoDB's LockTimeout, which the SQLite engine raises too when another process writes for too long. */
const isTransientLock = (error: Error): boolean => Reflect.get(error, 'code') === 24;

const pointerRoot = (on: string): string => (on === 'query' || on === 'params' ? `/${on}` : '');

function validationFailure(error: ValidationError): Failure {
  // Our own answer broke its schema: the client did nothing wrong and must not see why.
  if (error.type === 'response')
    return {
      error: new AppError('internal', undefined, { cause: new Error(responseFault(error)) }),
      isUnexpected: true,
    };
  return expected(invalidInput(issuesOf(error)));
}

const responseFault = (error: ValidationError): string =>
  `The answer does not match its schema: ${issuesOf(error)
    .map((issue) => `${issue.path} ${issue.message}`)
    .join('; ')}`;

function issuesOf(error: ValidationError): FieldIssue[] {
  const root = pointerRoot(error.type);
  const seen = new Set<string>();
  const issues: FieldIssue[] = [];
  for (const found of error.all) {
    const path = 'path' in found && typeof found.path === 'string' ? found.path : '';
    // A missing property is reported once as missing and once as of the wrong type: the first is enough.
    if (seen.has(path)) continue;
    seen.add(path);
    issues.push({ path: root + path, message: messageOf(found) });
    if (issues.length === ISSUES_MAX) break;
  }
  return issues;
}

function messageOf(found: object): string {
  const schema: unknown = Reflect.get(found, 'schema');
  const expected: unknown =
    typeof schema === 'object' && schema !== null ? Reflect.get(schema, EXPECTED_KEY) : undefined;
  const text: unknown = expected ?? Reflect.get(found, 'message') ?? Reflect.get(found, 'summary');
  return typeof text === 'string' ? text.slice(0, 300) : 'Not valid';
}
