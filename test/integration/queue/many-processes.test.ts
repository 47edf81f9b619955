import { afterEach, beforeEach, expect, test } from 'bun:test';
import { queueKeys } from '../../../src/platform/queue/keys.ts';
import type { JobMessage } from '../../../src/contracts/jobs.ts';
import {
  createScripted,
  type JobsBench,
  openJobsBench,
  readJob,
  untilState,
} from '../../fixtures/jobs-bench.ts';
import { until } from '../../fixtures/until.ts';

let bench: JobsBench;
beforeEach(async () => {
  bench = await openJobsBench();
});
afterEach(async () => bench.close());

test('two APIs and two workers end each of 200 jobs once', async () => {
  const apis = [await bench.openApi(), await bench.openApi()] as const;
  await Promise.all([bench.openWorker(8), bench.spawnWorker({ WORKER_CONCURRENCY: '8' })]);
  const jobIds = await Promise.all(
    Array.from({ length: 200 }, async (_, at) => createScripted(at % 2 === 0 ? apis[0] : apis[1], [])),
  );
  for (const jobId of jobIds) await untilState(apis[0], jobId, 'completed');
  await until('no report is left', async () => (await apis[0].jobs.backlog()).events === 0);
  const ended = apis.flatMap(({ frames }) =>
    frames.filter(({ type }) => type === 'job.completed').map(({ data }) => String(data['jobId'])),
  );
  expect(ended.sort()).toEqual([...jobIds].sort());
  const { streams } = await apis[0].jobs.backlog();
  expect(streams.filter(({ length }) => length > 0)).toEqual([]);
}, 60_000);

test('when the API that reads the reports goes, the other goes on where it stopped', async () => {
  const first = await bench.openApi();
  await bench.openWorker(2);
  await untilState(first, await createScripted(first, []), 'completed');
  const second = await bench.openApi();
  const jobIds = await Promise.all(
    Array.from({ length: 20 }, async () => createScripted(second, ['sleep 30'])),
  );
  await until('some are done', () => first.jobs.counters.completed > 3);
  await first.close();
  for (const jobId of jobIds) await untilState(second, jobId, 'completed');
  expect(first.jobs.counters.completed - 1 + second.jobs.counters.completed).toBe(20);
}, 30_000);

test('reports that a dead reader had taken but not applied are applied by the next', async () => {
  const dead = await bench.openApi({ isStarted: false });
  const jobId = await createScripted(dead, []);
  const keys = queueKeys('local');
  const job = await readJob(dead, jobId);
  const report = {
    jobId,
    kind: job.kind,
    userId: job.userId,
    type: 'completed',
    result: { deletedCount: 0 },
    fence: { generation: 1, delivery: 1 },
    workerId: 'w',
    region: 'local',
    requestId: 'r',
    at: '',
  };
  await dead.redis.client.xadd(keys.events, '*', 'event', JSON.stringify(report));
  await dead.redis.client.xgroup('CREATE', keys.events, 'api', '0');
  await dead.redis.client.xreadgroup('GROUP', 'api', 'reader', 'COUNT', 10, 'STREAMS', keys.events, '>');
  await dead.redis.client.set(keys.eventReader, 'a-dead-process', 'PX', 500);

  const next = await bench.openApi();
  await untilState(next, jobId, 'completed');
}, 30_000);

test('a job that was sent twice, and one of an old generation, run no job twice', async () => {
  const api = await bench.openApi();
  const jobId = await createScripted(api, ['sleep 50']);
  const streamId = await until('it is on the stream', async () => (await readJob(api, jobId)).streamId);
  const stream = queueKeys('local').jobs('cleanup', 'bulk');
  const [[, fields] = ['', []]] = await api.redis.client.xrange(stream, streamId, streamId);
  const message = JSON.parse(String(fields[1])) as JobMessage;
  for (const generation of [1, 1, 0])
    await api.redis.client.xadd(stream, '*', 'job', JSON.stringify({ ...message, generation }));
  await bench.openWorker(4);
  await untilState(api, jobId, 'completed');
  await until('everything is drained', async () => {
    const { streams, events } = await api.jobs.backlog();
    return events === 0 && streams.every(({ length }) => length === 0);
  });
  expect(api.frames.filter(({ type }) => type === 'job.completed')).toHaveLength(1);
  expect(api.jobs.counters.ended + api.jobs.counters.stale).toBeGreaterThan(0);
}, 30_000);

test('a report that can never be applied is put aside, fails its job, and blocks nobody', async () => {
  const api = await bench.openApi({
    outcomes: {
      completed: async (job) => {
        if (job.payload.keys.includes('progress 1')) throw new TypeError('a bug of the module');
        return [];
      },
    },
  });
  await bench.openWorker();
  const poison = await createScripted(api, ['progress 1']);
  const good = await createScripted(api, []);
  await untilState(api, good, 'completed');
  expect(await untilState(api, poison, 'failed')).toMatchObject({ failure: { code: 'internal' } });
  await until(
    'it is put aside',
    async () => (await api.redis.client.xlen(queueKeys('local').deadEvents)) === 1,
  );
  expect(api.jobs.counters.dead).toBe(1);
}, 30_000);
