/** One pass of the relay: every outbox row whose time has come goes to its job's stream. */
import type { JobMessage } from '../../contracts/jobs.ts';
import { TERMINAL_STATES } from '../../contracts/jobs.ts';
import type { Database } from '../../platform/db/database.ts';
import type { JobRecord, OutboxRecord } from '../../platform/db/models/job.ts';
import type { JobDispatcher } from '../../platform/queue/job-dispatcher.ts';
import type { JobCounters } from './counters.ts';
import type { JobRepository, SettledDispatch } from './repository.ts';

export interface DispatchDueDeps {
  readonly db: Pick<Database, 'transaction'>;
  readonly repository: JobRepository;
  readonly dispatcher: JobDispatcher;
  readonly counters: JobCounters;
}

const BATCH = 64;

/** Which stream the job belongs on. */
export const routeOf = (job: JobRecord) => ({
  jobId: job._id,
  region: job.region,
  queue: job.queue,
  lane: job.lane,
});

function messageOf(job: JobRecord): JobMessage {
  return {
    jobId: job._id,
    kind: job.kind,
    userId: job.userId,
    generation: job.fence.generation,
    payload: job.payload,
    requestId: job.requestId,
    enqueuedAt: new Date().toISOString(),
  };
}

/**
 * Sends everything that is due; resolves with the time of the next. Rejects when Redis or the database does not answer; what was sent
 * till then stays sent.
 */
export async function dispatchDue(deps: DispatchDueDeps): Promise<Date | undefined> {
  const { db, repository, dispatcher, counters } = deps;

  async function send(row: OutboxRecord, job: JobRecord | undefined): Promise<SettledDispatch> {
    const isOwed =
      job !== undefined && !TERMINAL_STATES.includes(job.state) && job.fence.generation === row.generation;
    if (!isOwed) return { row };
    const streamId = await dispatcher.dispatch(routeOf(job), messageOf(job));
    counters.dispatched += 1;
    return { row, streamId };
  }

  for (;;) {
    const rows = await repository.listDue(new Date(), BATCH);
    const jobs = new Map(
      (await repository.findMany(rows.map(({ jobId }) => jobId))).map((job) => [job._id, job]),
    );
    const results = await Promise.allSettled(rows.map(async (row) => send(row, jobs.get(row.jobId))));
    const settled = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (settled.length > 0) await db.transaction(async () => repository.settleDispatches(settled));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (rows.length < BATCH) return repository.nextDueAt();
  }
}
