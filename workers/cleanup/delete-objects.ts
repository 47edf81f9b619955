/** The job `cleanup.objects`: removes what a deleted video, render or project left in storage. */
import type { JobPayloads, JobResults } from '../../src/contracts/jobs.ts';
import type { JobContext } from '../job-context.ts';

/** Deletes keys and prefixes. What is already gone is no error, so that the job may run any number of times. */
export async function deleteObjects(
  { keys, prefixes }: JobPayloads['cleanup.objects'],
  { storage, signal, log }: JobContext,
): Promise<JobResults['cleanup.objects']> {
  let deletedCount = 0;
  for (const key of keys) {
    signal.throwIfAborted();
    if (await storage.delete(key)) deletedCount += 1;
  }
  for (const prefix of prefixes) {
    signal.throwIfAborted();
    deletedCount += await storage.deletePrefix(prefix);
  }
  log.info({ deletedCount, keys: keys.length, prefixes }, 'deleted stored objects');
  return { deletedCount };
}
