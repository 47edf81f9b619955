/** Optimistic concurrency: a write names the version it read; whoever loses reads again. */
import { AppError } from '../../contracts/errors.ts';
import type { Database } from '../../platform/db/database.ts';

/** Rounds against other writers before giving up. Each round that loses means that another writer won. */
const MAX_ROUNDS = 64;

/** The project was written between our read and our write. */
export class ProjectMoved extends Error {
  override readonly name = 'ProjectMoved';
}

/**
 * Runs `work` in a transaction until it meets no other writer.
 * @throws AppError `revision_conflict` after too many rounds
 */
export async function inRounds<T>(db: Pick<Database, 'transaction'>, work: () => Promise<T>): Promise<T> {
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (!(error instanceof ProjectMoved)) throw error;
    }
  }
  throw new AppError('revision_conflict', 'Too many others are changing this project; try again');
}
