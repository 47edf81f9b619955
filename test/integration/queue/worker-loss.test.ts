import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { JobId } from '../../../src/contracts/ids.ts';
import {
  alice,
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

const lines = async (file: string): Promise<string[]> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

/** The row says `active` a moment before the handler begins: these tests need one that is surely in its midst. */
async function untilRunning(jobId: JobId, note: string): Promise<void> {
  await untilState(api, jobId, 'active');
  await until('the handler runs', async () => (await lines(note)).length > 0);
}

const completions = (jobId: JobId) =>
  api.frames.filter(({ type, data }) => type === 'job.completed' && data['jobId'] === jobId).length;

describe('a worker that is lost', () => {
  test('by kill -9 in the middle of a job is followed by another that completes it', async () => {
    const note = join(bench.folder, 'runs');
    const first = await bench.spawnWorker();
    const jobId = await createScripted(api, [`note ${note}`, 'leave half', 'sleep 1500']);
    await untilRunning(jobId, note);
    first.child.kill('SIGKILL');
    await first.child.exited;
    await bench.spawnWorker();

    const job = await untilState(api, jobId, 'completed');
    expect(await lines(note)).toEqual([`${jobId} 1-1`, `${jobId} 1-2`]);
    expect(job).toMatchObject({ crashes: 1, attempts: 0, fence: { generation: 1, delivery: 2 } });
    await until('one completion', () => completions(jobId) === 1);
    // The second worker may have wiped at its start, or the folder of the dead one waits for the next.
    expect(await readdir(join(bench.folder, 'work'))).toEqual([]);
  }, 30_000);

  test('by SIGSTOP wakes as a zombie whose end is refused', async () => {
    const note = join(bench.folder, 'runs');
    const zombie = await bench.spawnWorker();
    const jobId = await createScripted(api, [`note ${note}`, 'sleep 1500', `note ${note}.end`]);
    await untilRunning(jobId, note);
    zombie.child.kill('SIGSTOP');
    await bench.openWorker();
    await untilState(api, jobId, 'completed');
    const before = await readJob(api, jobId);
    zombie.child.kill('SIGCONT');
    // Its clean exit proves that it has come to the end of what it held.
    expect(await zombie.terminate()).toBe(0);

    expect(await lines(note)).toEqual([`${jobId} 1-1`, `${jobId} 1-2`]);
    await until('the backlog', async () => (await api.jobs.backlog()).events === 0);
    expect(await readJob(api, jobId)).toEqual(before);
    expect(completions(jobId)).toBe(1);
  }, 30_000);

  test('again and again condemns the job that kills it, and the other jobs go on', async () => {
    const poison = await api.jobs.service.create({
      kind: 'video.render',
      userId: alice,
      subject: {},
      payload: { script: ['die'] } as never,
      requestId: 'req',
    });
    const victims = [];
    for (let count = 0; count < 3; count += 1) {
      const worker = await bench.spawnWorker();
      victims.push(await worker.child.exited);
    }
    await bench.openWorker();
    const others = await Promise.all([createScripted(api, []), createScripted(api, [])]);
    for (const other of others) await untilState(api, other, 'completed');

    const job = await untilState(api, poison._id, 'failed');
    expect(job.failure).toMatchObject({ code: 'worker_lost', isRetryable: false });
    expect(victims).toHaveLength(3);
  }, 60_000);
});

describe('a worker that is told to go', () => {
  test('finishes what ends in time and exits 0', async () => {
    const worker = await bench.spawnWorker({ DRAIN_MS: '5000' });
    const jobId = await createScripted(api, ['sleep 500']);
    await untilState(api, jobId, 'active');
    expect(await worker.terminate()).toBe(0);
    expect(await untilState(api, jobId, 'completed')).toMatchObject({
      fence: { generation: 1, delivery: 1 },
    });
  }, 30_000);

  test('hands the rest back, which another takes at once and which counts as no crash', async () => {
    const file = join(bench.folder, 'handed');
    const worker = await bench.spawnWorker({ DRAIN_MS: '100', LEASE_MS: '60000' });
    const jobId = await createScripted(api, [`note ${file}`, 'sleep 1000']);
    await untilRunning(jobId, file);
    expect(await worker.terminate()).toBe(0);
    expect(await untilState(api, jobId, 'queued')).toMatchObject({
      progress: { percent: 0, stage: 'waiting' },
    });
    await bench.openWorker();
    const job = await untilState(api, jobId, 'completed');
    expect(job).toMatchObject({ crashes: 0, attempts: 0, fence: { generation: 1, delivery: 2 } });
    expect(await lines(file)).toEqual([`${jobId} 1-1`, `${jobId} 1-2`]);
  }, 30_000);
});

test('a starting worker wipes the work folders of dead workers only', async () => {
  const work = join(bench.folder, 'work', 'job_x');
  await mkdir(join(work, '1-1'), { recursive: true });
  await mkdir(join(work, '1-2'), { recursive: true });
  const dead = { host: hostname(), pid: process.pid, began: '1' };
  await writeFile(join(work, '1-1.owner'), JSON.stringify(dead));
  await writeFile(join(work, '1-2.owner'), JSON.stringify({ ...dead, host: 'elsewhere' }));
  await bench.openWorker();
  expect((await readdir(work)).sort()).toEqual(['1-2', '1-2.owner']);
});
