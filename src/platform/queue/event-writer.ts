/** A worker's reports that end nothing: started, heartbeat, progress, deltas. */
import type { WorkerEvent } from '../../contracts/jobs.ts';
import type { Redis } from '../redis/redis.ts';
import { queueKeys } from './keys.ts';

export interface EventWriter {
  /** Appends the event. Events of one caller keep their order. Rejects when Redis does not answer. */
  write(event: WorkerEvent): Promise<void>;
}

export function createEventWriter(client: Redis, region: string): EventWriter {
  const { events } = queueKeys(region);
  return {
    write: async (event) => {
      await client.xadd(events, '*', 'event', JSON.stringify(event));
    },
  };
}
