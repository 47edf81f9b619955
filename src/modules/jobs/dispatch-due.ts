/** One pass of the relay: every outbox row whose time has come goes to its job's stream. */
import type { JobMessage } from '../../contracts/jobs.ts';
import { TERMINAL_STATES } from '../../contracts/jobs.ts';
import type { JobRecord, OutboxRecord } from '../../platform/db/models/job.ts';
import type { JobDispatcher } from '../../platform/queue/job-dispatcher.ts';
import type { JobCounters } from './counters.ts';
import type { JobRepository } from './repository.ts';

export interface DispatchDueDeps {
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

/** Sends everything that is due; resolves with the time of the next. Rejects when Redis or the database does not answer. */
export async function dispatchDue({
  repository,
  dispatcher,
  counters,
}: DispatchDueDeps): Promise<Date | undefined> {
  async function send(row: OutboxRecord): Promise<void> {
    const job = await repository.find(row.jobId);
    const isOwed =
      job !== undefined && !TERMINAL_STATES.includes(job.state) && job.fence.generation === row.generation;
    if (isOwed) {
      const streamId = await dispatcher.dispatch(routeOf(job), messageOf(job));
      counters.dispatched += 1;
      await repository.setStreamId(row, streamId);
    }
    await repository.removeDispatch(row._id);
  }

  for (;;) {
    const rows = await repository.listDue(new Date(), BATCH);
    await Promise.all(rows.map(send));
    if (rows.length < BATCH) return repository.nextDueAt();
  }
}
