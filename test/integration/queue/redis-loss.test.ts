import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobId } from '../../../src/contracts/ids.ts';
import {
  type ApiSide,
  createScripted,
  type JobsBench,
  openJobsBench,
  readJob,
  untilState,
} from '../../fixtures/jobs-bench.ts';
import { until } from '../../fixtures/until.ts';

let bench: JobsBench;
let api: ApiSide;

beforeEach(async () => {
  bench = await openJobsBench();
  api = await bench.openApi();
});
afterEach(async () => bench.close());

const ends = (jobIds: readonly JobId[]) => {
  const ended = api.frames.filter(({ type }) => type === 'job.completed').map(({ data }) => data['jobId']);
  return jobIds.map((jobId) => ended.filter((id) => id === jobId).length);
};
const ones = (jobIds: readonly JobId[]) => jobIds.map(() => 1);

describe('while Redis is down', () => {
  test('jobs are accepted at once, and done when it is back', async () => {
    await bench.openWorker();
    await bench.redis.kill9();
    const started = performance.now();
    const jobIds = await Promise.all(Array.from({ length: 20 }, async () => createScripted(api, [])));
    expect(performance.now() - started).toBeLessThan(1_000);
    await until('the loss is noticed', () => !api.redis.isUp());
    for (const jobId of jobIds) expect(await readJob(api, jobId)).toMatchObject({ state: 'queued' });

    await bench.redis.restart();
    for (const jobId of jobIds) await untilState(api, jobId, 'completed');
    expect(ends(jobIds)).toEqual(ones(jobIds));
    expect(api.redis.isUp()).toBe(true);
  }, 30_000);

  test('a cancellation counts, and its job never runs', async () => {
    const note = join(bench.folder, 'ran');
    await bench.redis.kill9();
    const jobId = await createScripted(api, [`note ${note}`]);
    const job = await readJob(api, jobId);
    expect(await api.jobs.service.cancel(job.userId, jobId, 'req')).toMatchObject({ state: 'cancelled' });
    await bench.redis.restart();
    await bench.openWorker();
    await untilState(api, await createScripted(api, []), 'completed');
    expect(await readFile(note, 'utf8').catch(() => 'never')).toBe('never');
  }, 30_000);
});

test('a Redis killed and started again in the middle of running jobs costs none of them', async () => {
  await bench.openWorker(5);
  const jobIds = await Promise.all(
    Array.from({ length: 30 }, async () => createScripted(api, ['sleep 150'])),
  );
  await until('some run', () => api.jobs.counters.completed >= 5);
  await bench.redis.kill9();
  await bench.redis.restart();
  for (const jobId of jobIds) await untilState(api, jobId, 'completed');
  expect(ends(jobIds)).toEqual(ones(jobIds));
}, 40_000);

test('a Redis that is emptied in the middle of everything costs no job and doubles none', async () => {
  const flaky = join(bench.folder, 'flaky');
  await bench.openWorker(3);
  const jobIds = await Promise.all(
    Array.from({ length: 25 }, async (_, at) =>
      createScripted(api, at < 4 ? [`fail-once ${flaky}-${at} storage_full`] : ['sleep 150']),
    ),
  );
  await until('some run', () => api.jobs.counters.completed >= 3);
  await bench.redis.flushAll();
  for (const jobId of jobIds) await untilState(api, jobId, 'completed');
  expect(ends(jobIds)).toEqual(ones(jobIds));
  expect(api.jobs.counters.recovered).toBeGreaterThan(0);
}, 60_000);

test('a Redis that hangs is noticed within seconds, and work goes on when it answers again', async () => {
  await bench.openWorker();
  await untilState(api, await createScripted(api, []), 'completed');
  bench.redis.freeze();
  try {
    await until('the silence is noticed', () => !api.redis.isUp(), 5_000);
    const started = performance.now();
    await api.redis.client.ping().catch(() => undefined);
    expect(performance.now() - started).toBeLessThan(1_000);
  } finally {
    bench.redis.thaw();
  }
  await untilState(api, await createScripted(api, []), 'completed');
}, 30_000);
