/**
 * Finds accepted jobs that Redis has forgotten (it was emptied, or lost its tail) and dispatches them anew under a higher
 * generation. A job is forgotten when nobody has said anything about it for longer than the lease, nothing is owed to it, it is on no
 * stream, and no report about it waits to be applied.
 */
import type { JobId } from '../../contracts/ids.ts';
import { compareFences } from '../../contracts/jobs.ts';
import type { Database } from '../../platform/db/database.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import type { EventBacklog } from '../../platform/queue/event-backlog.ts';
import type { JobDispatcher } from '../../platform/queue/job-dispatcher.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { JobCounters } from './counters.ts';
import { routeOf } from './dispatch-due.ts';
import type { JobRepository } from './repository.ts';

export interface ReconcilerDeps {
  readonly db: Pick<Database, 'transaction'>;
  readonly repository: JobRepository;
  readonly dispatcher: JobDispatcher;
  readonly backlog: EventBacklog;
  readonly counters: JobCounters;
  readonly log: Logger;
  readonly wakeRelay: () => void;
  readonly leaseMs: number;
  /** Default 15000. */
  readonly intervalMs?: number | undefined;
}

export interface Reconciler {
  start(): void;
  /** One look over all open jobs; resolves with how many were dispatched anew. Rejects when Redis or the database is away. */
  reconcile(): Promise<number>;
  stop(): Promise<void>;
}

const DEFAULT_INTERVAL_MS = 15_000;
const PAGE = 200;
const BACKLOG_POLL_MS = 50;
const BACKLOG_PATIENCE_MS = 5_000;
const OVERDUE_MS = 30_000;

class DatabaseReconciler implements Reconciler {
  readonly #deps: ReconcilerDeps;
  #timer: ReturnType<typeof setInterval> | undefined;
  #running: Promise<number> | undefined;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#tick();
    this.#timer ??= setInterval(() => this.#tick(), this.#deps.intervalMs ?? DEFAULT_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async reconcile(): Promise<number> {
    const { repository, counters, log, wakeRelay, leaseMs } = this.#deps;
    const quietSince = new Date(Date.now() - leaseMs);
    let recovered = 0;
    let afterId: JobId | undefined;
    for (;;) {
      const jobs = await repository.listQuiet(quietSince, afterId, PAGE);
      recovered += await this.#recover(jobs);
      afterId = jobs.at(-1)?._id;
      if (jobs.length < PAGE) break;
    }
    counters.recovered += recovered;
    if (recovered > 0) log.warn({ recovered }, 'jobs that Redis had lost were dispatched anew');
    const overdue = await repository.countOverdue(new Date(Date.now() - OVERDUE_MS));
    if (overdue > 0) log.warn({ overdue }, 'jobs wait to be dispatched');
    if (recovered > 0 || overdue > 0) wakeRelay();
    return recovered;
  }

  #tick(): void {
    this.#running ??= this.reconcile()
      .catch((error: unknown) => {
        this.#deps.log.debug({ err: error }, 'jobs cannot be reconciled at the moment');
        return 0;
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #recover(jobs: readonly JobRecord[]): Promise<number> {
    let recovered = 0;
    const forgotten = await this.#forgottenAmong(jobs);
    for (const [region, group] of Map.groupBy(forgotten, (job) => job.region)) {
      if (!(await this.#reportsAreRead(region))) continue;
      for (const job of group) {
        if (!(await this.#dispatchAnew(job))) continue;
        recovered += 1;
        const facts = { jobId: job._id, kind: job.kind, generation: job.fence.generation + 1 };
        this.#deps.log.warn(facts, 'job was lost by Redis');
      }
    }
    return recovered;
  }

  async #forgottenAmong(jobs: readonly JobRecord[]): Promise<JobRecord[]> {
    const { repository, dispatcher } = this.#deps;
    const verdicts = await Promise.all(
      jobs.map(async (job) => {
        if (await repository.hasDispatch(job._id)) return false;
        return !(await dispatcher.isPresent(routeOf(job), job.fence.generation));
      }),
    );
    return jobs.filter((_job, at) => verdicts[at] === true);
  }

  /** The missing entry may have ended a moment ago, its report still unread: that must be applied first. */
  async #reportsAreRead(region: string): Promise<boolean> {
    const { backlog } = this.#deps;
    const mark = await backlog.mark(region);
    const deadline = performance.now() + BACKLOG_PATIENCE_MS;
    while (!(await backlog.isPast(region, mark))) {
      if (performance.now() > deadline) return false;
      await Bun.sleep(BACKLOG_POLL_MS);
    }
    return true;
  }

  async #dispatchAnew(seen: JobRecord): Promise<boolean> {
    const { db, repository } = this.#deps;
    return db.transaction(async () => {
      const job = await repository.find(seen._id);
      const isUnchanged =
        job !== undefined &&
        job.state === seen.state &&
        compareFences(job.fence, seen.fence) === 0 &&
        job.lastSeenAt?.getTime() === seen.lastSeenAt?.getTime();
      if (!isUnchanged || (await repository.hasDispatch(job._id))) return false;
      const generation = job.fence.generation + 1;
      const moved = await repository.move(job, {
        state: job.state === 'retrying' ? 'retrying' : 'queued',
        fence: { generation, delivery: 0 },
        progress: { percent: 0, stage: 'waiting' },
        workerId: undefined,
        streamId: undefined,
      });
      if (moved === undefined) return false;
      await repository.addDispatch({ jobId: job._id, generation, dueAt: new Date() });
      return true;
    });
  }
}

/** A reconciler; it does nothing before `start`. */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  return new DatabaseReconciler(deps);
}
