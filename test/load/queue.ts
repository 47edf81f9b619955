/**
 * What the queue costs: `bun test/load/queue.ts [jobs]`. Real Redis, real database, API side and worker in this one process, handlers
 * that do nothing. Prints jobs/s from acceptance to recorded end, and the time from acceptance to the handler's start.
 */
import { scriptedRegistry } from '../fixtures/scripted-jobs.ts';
import { alice, createScripted, openJobsBench } from '../fixtures/jobs-bench.ts';
import { until } from '../fixtures/until.ts';
import type { JobRegistry } from '../../workers/job-registry.ts';

const jobCount = Number(process.argv[2] ?? 2_000);
const LATENCY_JOBS = 300;
const PACE_MS = 20;

const startedAt = new Map<string, number>();
const registry: JobRegistry = {
  ...scriptedRegistry,
  'cleanup.objects': async (_payload, context) => {
    startedAt.set(context.jobId, performance.now());
    return { deletedCount: 0 };
  },
};

const percentile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);

const bench = await openJobsBench();
const api = await bench.openApi();
await bench.openWorker(16, registry);

const delaysMs: number[] = [];
for (let at = 0; at < LATENCY_JOBS; at += 1) {
  const before = performance.now();
  const jobId = await createScripted(api, [], alice);
  const accepted = performance.now();
  delaysMs.push((await until('the start', () => startedAt.get(jobId))) - before);
  await Bun.sleep(Math.max(0, PACE_MS - (performance.now() - accepted)));
}
delaysMs.sort((a, b) => a - b);
console.log(
  `enqueue→start, one job each ${PACE_MS} ms: p50 ${percentile(delaysMs, 0.5)} ms, p99 ${percentile(delaysMs, 0.99)} ms (${LATENCY_JOBS} jobs)`,
);

await until('an idle queue', () => api.jobs.counters.completed >= LATENCY_JOBS);
const before = performance.now();
const cpuBefore = process.cpuUsage();
await Promise.all(Array.from({ length: jobCount }, async () => createScripted(api, [], alice)));
const acceptedSeconds = (performance.now() - before) / 1000;
await until('every end', () => api.jobs.counters.completed >= LATENCY_JOBS + jobCount, 300_000);
const seconds = (performance.now() - before) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
console.log(
  `${jobCount} jobs: accepted at ${Math.round(jobCount / acceptedSeconds)}/s, done at ${Math.round(jobCount / seconds)}/s (API and worker share one process), ${((user + system) / 1000 / jobCount).toFixed(2)} ms CPU each`,
);
await bench.close();
process.exit(0);
