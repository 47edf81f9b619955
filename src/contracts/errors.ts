/**
 * The closed list of error codes: what went wrong, its HTTP status, and what the reader can do.
 * A new failure gets a line here, not a free text elsewhere. No HTTP types in this file.
 */
interface ErrorKind {
  readonly status: number;
  readonly title: string;
  /** True when the same request may succeed later without a change. */
  readonly retryable: boolean;
}

const kind = (status: number, title: string, retryable = false): ErrorKind => ({ status, title, retryable });

export const ERROR_KINDS = {
  bad_request: kind(400, 'The request cannot be read'),
  invalid_json: kind(400, 'The body is not valid JSON'),
  unauthenticated: kind(401, 'Authentication is required'),
  invalid_credentials: kind(401, 'Email or password is wrong'),
  token_expired: kind(401, 'The token has expired'),
  token_invalid: kind(401, 'The token is not valid'),
  refresh_token_reused: kind(401, 'The refresh token was used before'),
  forbidden: kind(403, 'Not allowed'),
  origin_not_allowed: kind(403, 'This origin is not allowed'),
  not_found: kind(404, 'Not found'),
  method_not_allowed: kind(405, 'The method is not allowed here'),
  conflict: kind(409, 'The request conflicts with the current state'),
  email_taken: kind(409, 'The email is already registered'),
  username_taken: kind(409, 'The username is already taken'),
  revision_conflict: kind(409, 'The project has changed meanwhile'),
  nothing_to_undo: kind(409, 'There is nothing to undo'),
  nothing_to_redo: kind(409, 'There is nothing to redo'),
  video_not_ready: kind(409, 'The video is not ready yet'),
  render_not_ready: kind(409, 'The render is not ready yet'),
  job_finished: kind(409, 'The job has already ended'),
  idempotency_in_flight: kind(409, 'A request with this Idempotency-Key is still running', true),
  precondition_failed: kind(412, 'The resource is not in the state the request names'),
  request_timeout: kind(408, 'The request took too long to arrive', true),
  payload_too_large: kind(413, 'The body is too large'),
  unsupported_media_type: kind(415, 'The content type is not supported'),
  range_not_satisfiable: kind(416, 'The range cannot be satisfied'),
  misdirected_request: kind(421, 'This host is not served here'),
  validation_failed: kind(422, 'The input is not valid'),
  idempotency_mismatch: kind(422, 'The Idempotency-Key was used with another request'),
  empty_file: kind(422, 'The file is empty'),
  not_a_video: kind(422, 'The file is not a video'),
  invalid_operation: kind(422, 'An edit operation is not valid'),
  rate_limited: kind(429, 'Too many requests', true),
  internal: kind(500, 'Something went wrong on our side', true),
  unavailable: kind(503, 'The service is temporarily unavailable', true),
  queue_unavailable: kind(503, 'The job queue is temporarily unavailable', true),
  database_unavailable: kind(503, 'The database is temporarily unavailable', true),
  storage_full: kind(507, 'The storage is full', true),

  // Reasons a job can fail with. They reach the client inside the job and its events.
  probe_failed: kind(422, 'The file could not be read as a video'),
  no_video_stream: kind(422, 'The file has no picture, only sound or data'),
  source_missing: kind(410, 'The source file is gone'),
  render_failed: kind(500, 'FFmpeg could not render the plan', true),
  ffmpeg_missing: kind(503, 'FFmpeg is not installed where the worker runs', true),
  output_invalid: kind(500, 'The rendered file did not pass its check', true),
  planner_failed: kind(500, 'The request could not be planned', true),
  worker_lost: kind(500, 'The worker stopped answering', true),
  deadline_exceeded: kind(504, 'The job took longer than allowed'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

/** One problem with one place of the input. `path` is a JSON pointer (`/operations/2/end`). */
export interface FieldIssue {
  readonly path: string;
  readonly message: string;
}

export interface AppErrorOptions {
  readonly issues?: readonly FieldIssue[];
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/**
 * An expected failure: safe to show to the client. Everything else that is thrown is a bug and becomes `internal`
 * without its message.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly issues: readonly FieldIssue[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail?: string, options: AppErrorOptions = {}) {
    super(
      detail ?? ERROR_KINDS[code].title,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.issues = options.issues ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERROR_KINDS[this.code].status;
  }

  get title(): string {
    return ERROR_KINDS[this.code].title;
  }

  /** True when the same request or job may succeed later without a change. */
  get isRetryable(): boolean {
    return ERROR_KINDS[this.code].retryable;
  }
}
