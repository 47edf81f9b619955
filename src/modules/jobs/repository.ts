/** Jobs and their owed dispatches in the database. */
import type { JobId, UserId } from '../../contracts/ids.ts';
import { JOB_STATES, type JobKind, type JobState, TERMINAL_STATES } from '../../contracts/jobs.ts';
import type { Database } from '../../platform/db/database.ts';
import type { JobRecord, OutboxRecord } from '../../platform/db/models/job.ts';
import { anyOf, greaterThan, lessThan } from '../../platform/db/operators.ts';
import { afterCursor, type ListRange } from '../../platform/http/pagination.ts';

const OPEN_STATES: readonly JobState[] = JOB_STATES.filter((state) => !TERMINAL_STATES.includes(state));

/** Fields of a job that may change after its creation. `undefined` removes the field. */
export type JobChanges = {
  readonly [
    F in
      | 'state'
      | 'progress'
      | 'attempts'
      | 'crashes'
      | 'fence'
      | 'workerId'
      | 'streamId'
      | 'lastSeenAt'
      | 'result'
      | 'failure'
      | 'startedAt'
      | 'finishedAt'
  ]?: JobRecord[F] | undefined;
};

export type NewDispatch = Pick<OutboxRecord, 'jobId' | 'generation' | 'dueAt'>;

/** A dispatch that was sent (`streamId`) or turned out to be owed no more. */
export interface SettledDispatch {
  readonly row: OutboxRecord;
  readonly streamId?: string;
}

interface JobFilter {
  readonly state?: JobState;
  readonly kind?: JobKind;
}

export interface JobListing extends ListRange {
  readonly userId: UserId;
  readonly filter: JobFilter;
}

export interface JobRepository {
  insert<K extends JobKind>(job: Omit<JobRecord<K>, 'createdAt' | 'updatedAt'>): Promise<JobRecord<K>>;
  find(jobId: JobId): Promise<JobRecord | undefined>;
  findMany(jobIds: readonly JobId[]): Promise<JobRecord[]>;
  findOwn(userId: UserId, jobId: JobId): Promise<JobRecord | undefined>;
  list(listing: JobListing): Promise<JobRecord[]>;
  count(userId: UserId, filter: JobFilter): Promise<number>;
  /** Changes the job unless it has ended or changed its state since it was read; returns it as it is then, or undefined. */
  move(job: JobRecord, changes: JobChanges): Promise<JobRecord | undefined>;
  /** Open jobs not written to since the time, by id after `afterId`. */
  listQuiet(quietSince: Date, afterId: JobId | undefined, limit: number): Promise<JobRecord[]>;

  addDispatch(dispatch: NewDispatch): Promise<void>;
  /** Dispatches whose time has come, oldest first. */
  listDue(now: Date, limit: number): Promise<OutboxRecord[]>;
  /** When the next dispatch is due, if one is owed. */
  nextDueAt(): Promise<Date | undefined>;
  hasDispatch(jobId: JobId): Promise<boolean>;
  /** Removes dispatches that are owed no more, and notes where the sent ones went. In the caller's transaction. */
  settleDispatches(dispatches: readonly SettledDispatch[]): Promise<void>;
  removeDispatches(jobId: JobId): Promise<void>;
  countOverdue(before: Date): Promise<number>;
}

function updateOf(changes: JobChanges) {
  const entries = Object.entries(changes);
  const removed = entries.filter(([, value]) => value === undefined);
  return {
    $set: Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    ...(removed.length === 0
      ? {}
      : { $unset: Object.fromEntries(removed.map(([field]): [string, 1] => [field, 1])) }),
  };
}

function jobQueries({ Job }: Database['models']) {
  return {
    insert: async <K extends JobKind>(job: Omit<JobRecord<K>, 'createdAt' | 'updatedAt'>) => {
      const record: Omit<JobRecord, 'createdAt' | 'updatedAt'> = job;
      const created = new Job(record);
      await created.save();
      return created.toObject() as JobRecord as JobRecord<K>;
    },
    find: async (jobId: JobId) => (await Job.findById(jobId).lean<JobRecord>()) ?? undefined,
    findMany: async (jobIds: readonly JobId[]) => Job.find({ _id: anyOf(jobIds) }).lean<JobRecord[]>(),
    findOwn: async (userId: UserId, jobId: JobId) =>
      (await Job.findOne({ _id: jobId, userId }).lean<JobRecord>()) ?? undefined,
    list: async ({ userId, filter, cursor, limit, skip }: JobListing) => {
      const place = cursor === undefined ? {} : afterCursor('createdAt', cursor);
      const conditions: Record<string, unknown> = { userId, ...filter, ...place };
      return Job.find(conditions)
        .sort({ createdAt: -1, _id: -1 })
        .skip(skip ?? 0)
        .limit(limit)
        .lean<JobRecord[]>();
    },
    count: async (userId: UserId, filter: JobFilter) => Job.countDocuments({ userId, ...filter }),
    move: async (job: JobRecord, changes: JobChanges) => {
      if (TERMINAL_STATES.includes(job.state)) return undefined;
      const moved = await Job.findOneAndUpdate({ _id: job._id, state: job.state }, updateOf(changes), {
        returnDocument: 'after',
      }).lean<JobRecord>();
      return moved ?? undefined;
    },
    listQuiet: async (quietSince: Date, afterId: JobId | undefined, limit: number) =>
      Job.find({
        ...(afterId === undefined ? {} : { _id: greaterThan(afterId) }),
        state: anyOf(OPEN_STATES),
        updatedAt: lessThan(quietSince),
      })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<JobRecord[]>(),
  };
}

function outboxQueries({ Job, Outbox }: Database['models']) {
  return {
    addDispatch: async ({ jobId, generation, dueAt }: NewDispatch) => {
      await new Outbox({ _id: `${jobId}:${generation}`, jobId, generation, dueAt }).save();
    },
    listDue: async (now: Date, limit: number) =>
      Outbox.find({ dueAt: lessThan(new Date(now.getTime() + 1)) })
        .sort({ dueAt: 1 })
        .limit(limit)
        .lean<OutboxRecord[]>(),
    nextDueAt: async () => (await Outbox.findOne({}).sort({ dueAt: 1 }).lean<OutboxRecord>())?.dueAt,
    hasDispatch: async (jobId: JobId) => (await Outbox.exists({ jobId })) !== null,
    settleDispatches: async (dispatches: readonly SettledDispatch[]) => {
      for (const { row, streamId } of dispatches) {
        const { jobId, generation } = row;
        if (streamId !== undefined)
          await Job.updateOne({ _id: jobId, 'fence.generation': generation }, { $set: { streamId } });
      }
      await Outbox.deleteMany({ _id: anyOf(dispatches.map(({ row }) => row._id)) });
    },
    removeDispatches: async (jobId: JobId) => {
      await Outbox.deleteMany({ jobId });
    },
    countOverdue: async (before: Date) => Outbox.countDocuments({ dueAt: lessThan(before) }),
  };
}

export function createJobRepository(models: Database['models']): JobRepository {
  return { ...jobQueries(models), ...outboxQueries(models) };
}
