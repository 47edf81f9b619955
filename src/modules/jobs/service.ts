/**
 * Jobs as other modules see them: create one, hear of its end, look at it, cancel it. The row in the database is the truth;
 * the outbox row beside it makes sure that a worker gets the job, whatever happens to Redis.
 */
import { AppError } from '../../contracts/errors.ts';
import { isId, type JobId, newId, type UserId } from '../../contracts/ids.ts';
import {
  JOB_KINDS,
  type JobKind,
  type JobKindPolicy,
  type JobPayloads,
  type Lane,
} from '../../contracts/jobs.ts';
import type { Database } from '../../platform/db/database.ts';
import type { JobRecord, JobSubject } from '../../platform/db/models/job.ts';
import { byCreation, type Page, readPage } from '../../platform/http/pagination.ts';
import type { Realtime } from '../../platform/realtime/realtime.ts';
import type { JobOutcomes, OutcomeRegistry } from './outcome-registry.ts';
import type { JobRepository } from './repository.ts';
import type { JobListQuery, JobView } from './schema.ts';
import { jobFrame, viewJob } from './view.ts';

export type { JobOutcomes } from './outcome-registry.ts';
export { type JobView, JobViewSchema } from './schema.ts';

export interface NewJob<K extends JobKind> {
  readonly kind: K;
  readonly userId: UserId;
  readonly subject: JobSubject;
  readonly payload: JobPayloads[K];
  readonly requestId: string;
  readonly jobId?: JobId;
  /** Default: the kind's own. */
  readonly lane?: Lane;
}

export interface JobService {
  /**
   * Accepts a job, inside the caller's transaction if there is one: job row and outbox row. It is dispatched after the commit; a
   * Redis that is down delays that, nothing else.
   */
  create<K extends JobKind>(job: NewJob<K>): Promise<JobRecord<K>>;
  /** Registered once for each kind by the module that owns it, before jobs start to run. */
  onOutcome<K extends JobKind>(kind: K, outcomes: JobOutcomes<K>): void;
  /** The job as its owner sees it. */
  view(job: JobRecord): JobView;
  /** @throws AppError `not_found`, also for a job of somebody else */
  get(userId: UserId, jobId: string): Promise<JobView>;
  list(userId: UserId, query: JobListQuery): Promise<Page<JobView>>;
  /**
   * Ends the job as cancelled, at once and for good; whoever works on it is told to stop.
   * @throws AppError `not_found`, `job_finished` when it has already ended
   */
  cancel(userId: UserId, jobId: string, requestId: string): Promise<JobView>;
  /** As `cancel`, for whoever drops what the job is for: false when the job has ended by itself, or is gone, which is as good. */
  cancelOpen(userId: UserId, jobId: string, requestId: string): Promise<boolean>;
}

export interface JobServiceDeps {
  readonly db: Pick<Database, 'transaction' | 'afterCommit'>;
  readonly repository: JobRepository;
  readonly outcomes: OutcomeRegistry;
  readonly realtime: Pick<Realtime, 'publish'>;
  /** Region whose workers get new jobs. */
  readonly region: string;
  /** Dispatches what is due; called after a commit that made something due. */
  readonly wakeRelay: () => void;
  /** Tells the workers that the job is cancelled. Never throws; may fail to reach them. */
  readonly signalCancel: (job: JobRecord) => void;
}

function newRecord<K extends JobKind>(
  job: NewJob<K>,
  region: string,
): Omit<JobRecord<K>, 'createdAt' | 'updatedAt'> {
  const policy: JobKindPolicy = JOB_KINDS[job.kind];
  return {
    _id: job.jobId ?? newId('job'),
    userId: job.userId,
    kind: job.kind,
    queue: policy.queue,
    lane: job.lane ?? policy.lane,
    region,
    state: 'queued',
    subject: job.subject,
    payload: job.payload,
    progress: { percent: 0, stage: 'waiting' },
    attempts: 0,
    crashes: 0,
    fence: { generation: 1, delivery: 0 },
    requestId: job.requestId,
  };
}

function knownId(jobId: string): JobId {
  if (!isId('job', jobId)) throw new AppError('not_found', 'There is no such job');
  return jobId;
}

/** Ends jobs as cancelled: one row, its owed dispatches and what its module makes of it, in one transaction. */
function createCancelling({
  db,
  repository,
  outcomes,
  realtime,
  signalCancel,
}: JobServiceDeps): Pick<JobService, 'cancel' | 'cancelOpen'> {
  async function cancelRow(userId: UserId, jobId: JobId) {
    return db.transaction(async () => {
      const job = await repository.findOwn(userId, jobId);
      if (job === undefined) throw new AppError('not_found', 'There is no such job');
      const cancelled = await repository.move(job, { state: 'cancelled', finishedAt: new Date() });
      if (cancelled === undefined) throw new AppError('job_finished', `The job has already ${job.state}`);
      await repository.removeDispatches(jobId);
      return { job: cancelled, frames: await outcomes.cancelled(cancelled) };
    });
  }

  const cancel: JobService['cancel'] = async (userId, jobId) => {
    const { job, frames } = await cancelRow(userId, knownId(jobId));
    db.afterCommit(() => {
      signalCancel(job);
      for (const frame of [jobFrame(job, outcomes.viewResult), ...frames]) void realtime.publish(frame);
    });
    return viewJob(job, outcomes.viewResult);
  };

  return {
    cancel,
    cancelOpen: async (userId, jobId, requestId) => {
      try {
        await cancel(userId, jobId, requestId);
        return true;
      } catch (error) {
        if (error instanceof AppError && ['job_finished', 'not_found'].includes(error.code)) return false;
        throw error;
      }
    },
  };
}

export function createJobService(deps: JobServiceDeps): JobService {
  const { db, repository, outcomes } = deps;
  const view = (job: JobRecord): JobView => viewJob(job, outcomes.viewResult);

  async function create<K extends JobKind>(job: NewJob<K>): Promise<JobRecord<K>> {
    const created = await db.transaction(async () => {
      const record = await repository.insert(newRecord(job, deps.region));
      await repository.addDispatch({ jobId: record._id, generation: 1, dueAt: new Date() });
      return record;
    });
    db.afterCommit(deps.wakeRelay);
    return created;
  }

  return {
    create,
    onOutcome: (kind, handlers) => outcomes.register(kind, handlers),
    view,
    get: async (userId, jobId) => {
      const job = await repository.findOwn(userId, knownId(jobId));
      if (job === undefined) throw new AppError('not_found', 'There is no such job');
      return view(job);
    },
    list: async (userId, query) => {
      const filter = {
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(query.kind === undefined ? {} : { kind: query.kind }),
      };
      const { items, pagination } = await readPage(query, {
        rows: async (range) => repository.list({ userId, filter, ...range }),
        count: async () => repository.count(userId, filter),
        place: byCreation,
      });
      return { items: items.map(view), pagination };
    },
    ...createCancelling(deps),
  };
}
