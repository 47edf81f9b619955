/**
 * Names of the queue's keys in Redis. All keys of a region share one hash tag, so that a script may touch several of them and
 * a Redis Cluster keeps them on one node.
 */
import type { JobId } from '../../contracts/ids.ts';
import type { Lane, QueueName } from '../../contracts/jobs.ts';

/** The consumer group of workers on each job stream. */
export const WORKER_GROUP = 'workers';
/** The consumer group of API processes on the events stream, and its one consumer: whoever holds the reader's lease. */
export const EVENT_GROUP = 'api';
export const EVENT_CONSUMER = 'reader';

export interface QueueKeys {
  jobs(queue: QueueName, lane: Lane): string;
  /** Where a job's newest dispatch went: `<generation> <entry id>`. */
  dispatch(jobId: string): string;
  /** Exists while a cancelled job may still be on a stream or running. */
  cancel(jobId: JobId): string;
  readonly events: string;
  readonly deadEvents: string;
  readonly deadJobs: string;
  /** Lease of the one API process that reads the events. */
  readonly eventReader: string;
  /** Pub/sub channel on which workers hear of cancellations. */
  readonly control: string;
}

/** Keys of the region's queue. */
export function queueKeys(region: string): QueueKeys {
  const prefix = `vfxb:{${region}}`;
  return {
    jobs: (queue, lane) => `${prefix}:jobs:${queue}:${lane}`,
    dispatch: (jobId) => `${prefix}:dispatch:${jobId}`,
    cancel: (jobId) => `${prefix}:cancel:${jobId}`,
    events: `${prefix}:events`,
    deadEvents: `${prefix}:events:dead`,
    deadJobs: `${prefix}:jobs:dead`,
    eventReader: `${prefix}:events:reader`,
    control: `${prefix}:control`,
  };
}
