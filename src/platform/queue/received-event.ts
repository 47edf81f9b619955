/** Entries of the events stream, read and thinned out. */
import { compareFences, type WorkerEvent } from '../../contracts/jobs.ts';
import type { StreamEntry } from './reply.ts';

export interface ReceivedEvent {
  readonly id: string;
  /** Absent when the entry has been deleted (nothing to do) or is no event (see `problem`). */
  readonly event?: WorkerEvent;
  readonly problem?: string;
}

export interface OrderedEvent extends ReceivedEvent {
  /** Entries that this one makes needless. */
  readonly supersedes: readonly string[];
}

const TYPES = new Set(['started', 'heartbeat', 'progress', 'delta', 'completed', 'failed', 'released']);

function isEvent(value: unknown): value is WorkerEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { jobId, type, fence } = value as Record<string, unknown>;
  if (typeof jobId !== 'string' || typeof type !== 'string' || !TYPES.has(type)) return false;
  if (typeof fence !== 'object' || fence === null) return false;
  const { generation, delivery } = fence as Record<string, unknown>;
  return Number.isSafeInteger(generation) && Number.isSafeInteger(delivery);
}

/** Reads an entry; one that cannot be read carries its problem. */
export function parseEvent({ id, fields }: StreamEntry): ReceivedEvent {
  if (fields.size === 0) return { id };
  try {
    const value: unknown = JSON.parse(fields.get('event') ?? '');
    return isEvent(value) ? { id, event: value } : { id, problem: 'it has not the form of a job report' };
  } catch {
    return { id, problem: 'it is not JSON' };
  }
}

const isSuperseded = (event: WorkerEvent, next: WorkerEvent | undefined): boolean => {
  if (next === undefined || compareFences(event.fence, next.fence) !== 0) return false;
  return event.type === 'heartbeat' || (event.type === 'progress' && next.type === 'progress');
};

/** Leaves out what the next report of the same delivery says anew: a progress before a progress, a heartbeat before anything. */
export function withoutSuperseded(events: readonly ReceivedEvent[]): OrderedEvent[] {
  const kept: OrderedEvent[] = [];
  let superseded: string[] = [];
  for (const [at, received] of events.entries()) {
    if (received.event !== undefined && isSuperseded(received.event, events[at + 1]?.event)) {
      superseded.push(received.id);
      continue;
    }
    kept.push({ ...received, supersedes: superseded });
    superseded = [];
  }
  return kept;
}
