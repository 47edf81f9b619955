/** What the contracts of the repositories are run on. */
import type { Database } from '../../src/platform/db/database.ts';

export interface Engine {
  /** The database under test; there from the first test on. */
  readonly db: Database;
  /** Another connection to the same data, as a second process has. The caller closes it. */
  connectAgain(): Promise<Database>;
}

/** How many of the promises resolved, and the codes with which the others were rejected. */
export async function outcomesOf(
  work: readonly Promise<unknown>[],
): Promise<{ resolved: number; codes: unknown[] }> {
  const settled = await Promise.allSettled(work);
  const reasons = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  return {
    resolved: settled.length - reasons.length,
    codes: reasons.map((reason: unknown) => (reason instanceof Error ? Reflect.get(reason, 'code') : reason)),
  };
}
