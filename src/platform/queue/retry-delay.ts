/** Exponential backoff with full jitter: a random share of a bound that doubles, so that jobs that failed together return apart. */
const BASE_MS = 1_000;
const CAP_MS = 300_000;

/**
 * Milliseconds to wait before the next attempt.
 * @param failedAttempts attempts that have failed, from 1
 * @param random 0…1, exclusive of 1
 */
export function retryDelayMs(failedAttempts: number, random: number): number {
  const bound = Math.min(CAP_MS, BASE_MS * 2 ** Math.max(0, failedAttempts - 1));
  return Math.floor(random * bound);
}
