/** What a job handler is given beside its payload. Handlers touch the world only through it. */
import type { Logger } from 'pino';
import type { Config } from '../src/config/load-config.ts';
import type { MessageId } from '../src/contracts/ids.ts';
import type { Fence, JobKind, JobPayloads, JobProgress, JobResults } from '../src/contracts/jobs.ts';
import type { Storage } from '../src/platform/storage/storage.ts';

export interface JobContext {
  readonly jobId: string;
  readonly fence: Fence;
  /** Aborts on cancel, lost lease, timeout and shutdown. A handler stops its child processes when it fires. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly storage: Storage;
  /** Exists, is private to this attempt, and is removed by the runner afterwards. Absolute path. */
  readonly workFolder: string;
  readonly ffmpeg: Config['ffmpeg'];
  /** Tells the user how far the job is. Throttled by the runner: call it as often as you like. */
  progress(progress: JobProgress): void;
  /** Streams a piece of a chat reply, in order. */
  delta(messageId: MessageId, text: string): void;
}

/** Does the work of one job kind; resolves with its result, rejects with AppError for expected failures. */
export type JobHandler<K extends JobKind> = (
  payload: JobPayloads[K],
  context: JobContext,
) => Promise<JobResults[K]>;
