/** Who reacts to which kind of job. The generic kinds meet their handlers here, in one place. */
import { JOB_KINDS, type JobFailure, type JobKind, type JobResults } from '../../contracts/jobs.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import type { OutgoingFrame } from '../../platform/realtime/realtime.ts';

/**
 * What a module does when a job of its kind moves. Each runs INSIDE the transaction that moves the job, and returns frames to
 * publish after the commit. It may run again when the transaction is repeated: touch nothing but the database.
 */
export interface JobOutcomes<K extends JobKind> {
  started?(job: JobRecord<K>): Promise<readonly OutgoingFrame[]>;
  /** A thrown AppError undoes what it wrote, and the job fails (or is tried again, if the code is retryable) with that error. */
  completed(job: JobRecord<K>, result: JobResults[K]): Promise<readonly OutgoingFrame[]>;
  /** Only the final failure. */
  failed(job: JobRecord<K>, failure: JobFailure): Promise<readonly OutgoingFrame[]>;
  cancelled(job: JobRecord<K>): Promise<readonly OutgoingFrame[]>;
  /** The part of the result that the owner may see (no storage keys). Default: nothing. */
  viewResult?(job: JobRecord<K>): Record<string, unknown> | undefined;
}

type Frames = Promise<readonly OutgoingFrame[]>;

export interface OutcomeRegistry {
  /** @throws Error when the kind has its handlers already */
  register<K extends JobKind>(kind: K, handlers: JobOutcomes<K>): void;
  /** Kinds that nobody reacts to. */
  missing(): JobKind[];
  started(job: JobRecord): Frames;
  completed(job: JobRecord, result: JobResults[JobKind]): Frames;
  failed(job: JobRecord, failure: JobFailure): Frames;
  cancelled(job: JobRecord): Frames;
  readonly viewResult: (job: JobRecord) => Record<string, unknown> | undefined;
}

export function createOutcomeRegistry(): OutcomeRegistry {
  const registered = new Map<JobKind, JobOutcomes<JobKind>>();
  const none: Frames = Promise.resolve([]);
  return {
    register: (kind, handlers) => {
      if (registered.has(kind)) throw new Error(`The outcomes of ${kind} are registered twice`);
      // A row of a kind carries that kind's payload and result: the repository wrote them together.
      registered.set(kind, handlers);
    },
    missing: () => (Object.keys(JOB_KINDS) as JobKind[]).filter((kind) => !registered.has(kind)),
    started: async (job) => registered.get(job.kind)?.started?.(job) ?? none,
    completed: async (job, result) => registered.get(job.kind)?.completed(job, result) ?? none,
    failed: async (job, failure) => registered.get(job.kind)?.failed(job, failure) ?? none,
    cancelled: async (job) => registered.get(job.kind)?.cancelled(job) ?? none,
    viewResult: (job) => registered.get(job.kind)?.viewResult?.(job),
  };
}
