import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../src/contracts/errors.ts';
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
import type { JobScript } from '../../fixtures/scripted-jobs.ts';
import { rejectionOf } from '../../fixtures/rejection.ts';
import { until } from '../../fixtures/until.ts';

let bench: JobsBench;
let api: ApiSide;
const refusals = new Map<string, AppError>();

beforeAll(async () => {
  bench = await openJobsBench();
  api = await bench.openApi({
    outcomes: {
      completed: async (job) => {
        const refusal = refusals.get(job._id);
        refusals.delete(job._id);
        if (refusal === undefined) return [];
        await api.db.models.Outbox.create({
          _id: 'half-done',
          jobId: job._id,
          generation: 99,
          dueAt: new Date(4e12),
        });
        throw refusal;
      },
      viewResult: (job) => ({ deleted: job.result?.deletedCount }),
    },
  });
  await bench.openWorker(4);
});
afterAll(async () => bench.close());

const keys = queueKeys('local');
const framesOf = (jobId: string) => api.frames.filter(({ data }) => data['jobId'] === jobId);

async function createAs(kind: 'ai.chat' | 'video.render', script: JobScript) {
  return api.jobs.service.create({
    kind,
    userId: alice,
    subject: {},
    payload: { script } as never,
    requestId: 'req-test',
  });
}

async function streamsAreEmpty(): Promise<boolean> {
  const { streams, events } = await api.jobs.backlog();
  return events === 0 && streams.every(({ length }) => length === 0);
}

describe('an accepted job', () => {
  test('runs once, reports progress in order, and leaves nothing on the streams', async () => {
    const note = join(bench.folder, 'once');
    const jobId = await createScripted(api, [
      `note ${note}`,
      'progress 10',
      'sleep 300',
      'progress 60',
      'leave x',
    ]);
    const job = await untilState(api, jobId, 'completed');

    expect(job).toMatchObject({
      attempts: 0,
      crashes: 0,
      fence: { generation: 1, delivery: 1 },
      progress: { percent: 100 },
    });
    expect(await readFile(note, 'utf8')).toBe(`${jobId} 1-1\n`);
    await until('the last frame', () => framesOf(jobId).some(({ type }) => type === 'job.completed'));
    const percents = framesOf(jobId).flatMap(({ data }) =>
      typeof data['progress'] === 'number' ? [data['progress']] : [],
    );
    expect(percents).toEqual([0, 10, 60]);
    expect(framesOf(jobId).at(-1)).toMatchObject({ type: 'job.completed', data: { result: { deleted: 5 } } });
    await until('empty streams', streamsAreEmpty);
    expect(await readdir(join(bench.folder, 'work'))).toEqual([]);
    expect(await api.db.models.Outbox.countDocuments({ jobId })).toBe(0);
  });

  test('streams what it says in order, without touching the row for each word', async () => {
    const words = Array.from({ length: 30 }, (_, at) => `w${at}`);
    const job = await createAs(
      'ai.chat',
      words.flatMap((word) => [`say ${word}_`, 'sleep 5']),
    );
    await untilState(api, job._id, 'completed');
    await until('the end', () => framesOf(job._id).some(({ type }) => type === 'job.completed'));
    const deltas = framesOf(job._id).filter(({ type }) => type === 'chat.delta');
    expect(deltas.map(({ data }) => data['text']).join('')).toBe(`${words.join('_')}_`);
    expect(deltas.map(({ data }) => data['index'])).toEqual(deltas.map((_, at) => at));
    expect(deltas.length).toBeLessThan(words.length);
  });

  test('is not accepted when the caller’s transaction rolls back', async () => {
    const jobId = newId('job');
    const refused = api.db.transaction(async () => {
      await api.jobs.service.create({
        kind: 'cleanup.objects',
        userId: alice,
        subject: {},
        payload: { keys: [], prefixes: [] },
        requestId: 'req',
        jobId,
      });
      throw new Error('changed my mind');
    });
    expect(await rejectionOf(refused)).toMatchObject({ message: 'changed my mind' });
    expect(await api.db.models.Job.countDocuments({ _id: jobId })).toBe(0);
    expect(await api.db.models.Outbox.countDocuments({ jobId })).toBe(0);
  });
});

describe('a failing job', () => {
  test('is tried again after a backoff and may then succeed', async () => {
    const jobId = await createScripted(api, [`fail-once ${join(bench.folder, 'flaky')} storage_full`]);
    const job = await untilState(api, jobId, 'completed');
    expect(job).toMatchObject({ attempts: 1, fence: { generation: 2, delivery: 1 } });
    expect(job.failure).toBeUndefined();
    expect(framesOf(jobId).some(({ data }) => data['state'] === 'retrying')).toBe(true);
  });

  test('that cannot pass fails at once with its reason', async () => {
    const jobId = await createScripted(api, ['fail not_a_video']);
    const job = await untilState(api, jobId, 'failed');
    expect(job).toMatchObject({ attempts: 1, failure: { code: 'not_a_video' } });
    expect(await api.jobs.service.get(alice, jobId)).toMatchObject({
      state: 'failed',
      error: { code: 'not_a_video', message: 'The file is not a video' },
    });
  });

  test('fails for good after its last attempt', async () => {
    const job = await createAs('video.render', []);
    const ended = await untilState(api, job._id, 'failed');
    expect(ended).toMatchObject({
      attempts: 3,
      fence: { generation: 3 },
      failure: { code: 'render_failed' },
    });
  });

  test('by a bug of ours tells its owner nothing of our insides', async () => {
    const { _id: jobId } = await createAs('ai.chat', ['bug']);
    const job = await untilState(api, jobId, 'failed');
    expect(job.failure).toEqual({
      code: 'internal',
      message: 'Something went wrong on our side',
      isRetryable: true,
    });
    expect(JSON.stringify(framesOf(jobId))).not.toContain('secret internals');
  });

  test('whose result its module refuses fails with the module’s reason, and nothing half done stays', async () => {
    const jobId = await createScripted(api, ['sleep 100']);
    refusals.set(jobId, new AppError('revision_conflict', 'Somebody was faster'));
    const job = await untilState(api, jobId, 'failed');
    expect(job.failure).toEqual({
      code: 'revision_conflict',
      message: 'Somebody was faster',
      isRetryable: false,
    });
    expect(job.result).toBeUndefined();
    expect(await api.db.models.Outbox.countDocuments({ _id: 'half-done' })).toBe(0);
  });

  test('whose result its module refuses for now is tried again', async () => {
    const jobId = await createScripted(api, ['sleep 100']);
    refusals.set(jobId, new AppError('storage_full'));
    expect(await untilState(api, jobId, 'completed')).toMatchObject({ attempts: 1 });
  });
});

describe('garbage on the streams', () => {
  test('is put aside and blocks nobody', async () => {
    const { client } = api.redis;
    await client.xadd(keys.events, '*', 'event', '{not json');
    await client.xadd(keys.events, '*', 'nothing', 'here');
    await client.xadd(keys.jobs('cleanup', 'bulk'), '*', 'job', '{"jobId":1}');
    await client.xadd(keys.jobs('cleanup', 'bulk'), '*', 'no', 'job');
    const jobId = await createScripted(api, []);
    await untilState(api, jobId, 'completed');
    await until('both asides', async () => {
      const lengths = [await client.xlen(keys.deadEvents), await client.xlen(keys.deadJobs)];
      return lengths.join() === '2,2';
    });
    await until('empty streams', streamsAreEmpty);
  });

  test('reports of unknown jobs and old fences change nothing and are counted', async () => {
    const jobId = await createScripted(api, []);
    const before = await untilState(api, jobId, 'completed');
    const { ended, unknown } = { ...api.jobs.counters };
    const report = (id: string) =>
      JSON.stringify({
        jobId: id,
        kind: 'cleanup.objects',
        userId: alice,
        type: 'failed',
        failure: { code: 'internal', message: 'late', isRetryable: false },
        fence: { generation: 1, delivery: 9 },
        workerId: 'w',
        region: 'local',
        requestId: 'r',
        at: '',
      });
    await api.redis.client.xadd(keys.events, '*', 'event', report(jobId));
    await api.redis.client.xadd(keys.events, '*', 'event', report(newId('job')));
    await until('both counted', () => api.jobs.counters.ended > ended && api.jobs.counters.unknown > unknown);
    expect(await readJob(api, jobId)).toEqual(before);
  });
});
