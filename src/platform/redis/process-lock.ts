/** A lock between processes of one machine that the kernel frees when its holder dies, however it dies. */
import { Database } from 'bun:sqlite';

export interface ProcessLock {
  release(): void;
}

/**
 * Takes the lock, or returns `undefined` when another process (or another holder in this one) has it. An SQLite file is
 * used for its portable file lock only: a lock file with a pid in it would outlive a killed process.
 */
export function tryProcessLock(file: string): ProcessLock | undefined {
  const db = new Database(file, { create: true });
  try {
    db.run('PRAGMA busy_timeout = 0');
    db.run('BEGIN EXCLUSIVE');
  } catch {
    db.close();
    return undefined;
  }
  return { release: () => db.close() };
}
