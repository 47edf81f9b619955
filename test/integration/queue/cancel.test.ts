import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../../../src/contracts/ids.ts';
import { queueKeys } from '../../../src/platform/queue/keys.ts';
import {
  alice,
  type ApiSide,
  createScripted,
  type JobsBench,
  openJobsBench,
  readJob,
  untilState,
} from '../../fixtures/jobs-bench.ts';
import { rejectionOf } from '../../fixtures/rejection.ts';
import { until } from '../../fixtures/until.ts';
import type { Runner } from '../../../workers/runner.ts';

let bench: JobsBench;
let api: ApiSide;
const told: string[] = [];

beforeAll(async () => {
  bench = await openJobsBench();
  api = await bench.openApi({
    outcomes: {
      cancelled: async (job) => {
        told.push(job._id);
        return [{ userId: alice, type: 'video.updated', data: { about: job._id } }];
      },
    },
  });
});
afterAll(async () => bench.close());

const emptyStreams = async () => (await api.jobs.backlog()).streams.every(({ length }) => length === 0);

describe('cancelling', () => {
  test('a job that waits takes it off its stream, tells its module and its owner, and lasts', async () => {
    const note = join(bench.folder, 'waiting');
    const jobId = await createScripted(api, [`note ${note}`]);
    await until('it is on the stream', async () => (await readJob(api, jobId)).streamId);
    expect(await api.jobs.service.cancel(alice, jobId, 'req')).toMatchObject({
      id: jobId,
      state: 'cancelled',
    });
    await until('it is off the stream', emptyStreams);
    expect(told).toContain(jobId);
    const frames = api.frames.filter(({ data }) => data['jobId'] === jobId || data['about'] === jobId);
    expect(frames.map(({ type }) => type)).toEqual(['job.cancelled', 'video.updated']);
    expect(await rejectionOf(api.jobs.service.cancel(alice, jobId, 'req'))).toMatchObject({
      code: 'job_finished',
    });
    expect(await readJob(api, jobId)).toMatchObject({ state: 'cancelled' });
  });

  test('of somebody else’s job or of none says that there is none', async () => {
    const jobId = await createScripted(api, []);
    for (const [user, id] of [
      [newId('user'), jobId],
      [alice, newId('job')],
      [alice, 'nonsense'],
      [alice, '{"$ne":1}'],
    ] as const)
      expect(await rejectionOf(api.jobs.service.cancel(user, id, 'req'))).toMatchObject({
        code: 'not_found',
      });
    await api.jobs.service.cancel(alice, jobId, 'req');
  });

  test('inside a transaction that rolls back cancels nothing and tells nobody', async () => {
    const jobId = await createScripted(api, []);
    const frames = api.frames.length;
    await api.db
      .transaction(async () => {
        await api.jobs.service.cancel(alice, jobId, 'req');
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(await readJob(api, jobId)).toMatchObject({ state: 'queued' });
    expect(api.frames.length).toBe(frames);
    await api.jobs.service.cancel(alice, jobId, 'req');
  });

  describe('a job that runs', () => {
    let worker: Runner;
    beforeAll(async () => {
      worker = await bench.openWorker();
    });

    test('stops its handler within a second and frees its slot', async () => {
      const end = join(bench.folder, 'end');
      const jobId = await createScripted(api, ['sleep 20000', `note ${end}`]);
      await untilState(api, jobId, 'active');
      const started = performance.now();
      await api.jobs.service.cancel(alice, jobId, 'req');
      await until('the slot is free', () => worker.activeCount() === 0);
      expect(performance.now() - started).toBeLessThan(1_000);
      await until('it is off the stream', emptyStreams);
      expect(await readFile(end, 'utf8').catch(() => 'never')).toBe('never');
    });

    test('stops it at the next heartbeat when the message about it was lost', async () => {
      const jobId = await createScripted(api, ['sleep 20000']);
      await untilState(api, jobId, 'active');
      await api.redis.client.set(queueKeys('local').cancel(jobId), '1');
      await until('the slot is free', () => worker.activeCount() === 0, 2_000);
    });

    test('is final: what the worker reports afterwards changes nothing', async () => {
      const jobId = await createScripted(api, ['sleep 20000']);
      const active = await untilState(api, jobId, 'active');
      await api.jobs.service.cancel(alice, jobId, 'req');
      const cancelled = await readJob(api, jobId);
      const late = {
        jobId,
        kind: 'cleanup.objects',
        userId: alice,
        type: 'completed',
        result: { deletedCount: 1 },
        fence: active.fence,
        workerId: 'w',
        region: 'local',
        requestId: 'r',
        at: '',
      };
      const { ended } = { ...api.jobs.counters };
      await api.redis.client.xadd(queueKeys('local').events, '*', 'event', JSON.stringify(late));
      await until('it is ignored', () => api.jobs.counters.ended > ended);
      expect(await readJob(api, jobId)).toEqual(cancelled);
    });
  });
});
