/** Which handler does which kind of job. */
import type { JobKind } from '../src/contracts/jobs.ts';
import type { JobHandler } from './job-context.ts';

/** A handler for every kind; the compiler finds the one that is missing. */
export type JobRegistry = { readonly [K in JobKind]: JobHandler<K> };

/** The kind's handler; undefined for a kind that only a newer API knows. */
export function handlerOf(registry: JobRegistry, kind: JobKind): JobHandler<JobKind> | undefined {
  // Payload and kind come from the same message, which the compiler cannot tie together.
  return Object.hasOwn(registry, kind) ? (registry[kind] as unknown as JobHandler<JobKind>) : undefined;
}
