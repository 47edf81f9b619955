/** Who reacts to which kind of job. The generic kinds meet their handlers here, in one place. */
import { JOB_KINDS, type JobFailure, type JobKind, type JobResults } from '../../contracts/jobs.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import type { OutgoingFrame } from '../../platform/realtime/realtime.ts';
import type { JobOutcomes } from './service.ts';

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
