/** Renews a lease on a timer, and notices when it is ours no longer. */
import type { JobClaim } from '../src/platform/queue/job-claims.ts';

export interface LeaseOptions {
  readonly claim: Pick<JobClaim, 'heartbeat'>;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** Called after each renewal. */
  readonly onBeat: () => void;
  /** Called when the lease is lost or its job is cancelled. */
  readonly onEnd: (reason: 'lost' | 'cancelled') => void;
}

/**
 * Starts renewing; returns the function that stops it. A lease that could not be renewed for its whole length counts as lost: by
 * then another worker may run the job.
 */
export function keepLease({ claim, heartbeatMs, leaseMs, onBeat, onEnd }: LeaseOptions): () => void {
  let renewedAt = performance.now();
  let isBeating = false;

  async function beat(): Promise<void> {
    if (isBeating) return;
    isBeating = true;
    const askedAt = performance.now();
    try {
      const state = await claim.heartbeat();
      if (state === 'held') {
        renewedAt = askedAt;
        onBeat();
      } else {
        onEnd(state);
      }
    } catch {
      if (performance.now() - renewedAt > leaseMs) onEnd('lost');
    } finally {
      isBeating = false;
    }
  }

  const timer = setInterval(() => void beat(), heartbeatMs);
  return () => clearInterval(timer);
}
