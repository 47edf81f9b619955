/** What becomes of a render when its user changes their mind or its worker dies. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { EditingSession, type ProjectAnswer } from '../fixtures/editing-session.ts';
import { run } from '../fixtures/footage.ts';
import { type Stack, type StackProcess, startStack } from '../fixtures/stack.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { until } from '../fixtures/until.ts';

const folder = tempFolder();
const source = join(folder.path, 'long.mp4');
let stack: Stack;
let session: EditingSession;
let project: ProjectAnswer;

beforeAll(async () => {
  [stack] = await Promise.all([
    startStack({ workers: 2 }),
    run([
      ...['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=d=8:s=1280x720:r=25'],
      ...['-f', 'lavfi', '-i', 'sine=d=8:r=48000', '-c:v', 'libx264', '-preset', 'ultrafast'],
      ...['-pix_fmt', 'yuv420p', '-c:a', 'aac', source],
    ]),
  ]);
  session = await EditingSession.open(stack.apiUrl, folder.path);
  project = await session.edit(await session.projectOver(source), [{ op: 'filter', name: 'sharpen' }]);
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  folder[Symbol.dispose]();
}, 60_000);

const encoders = (): StackProcess[] =>
  stack.processes().filter(({ command }) => /(^|\/| )ffmpeg /.test(command) && command.includes('-progress'));

const filesBelow = (pattern: string): string[] => [
  ...new Bun.Glob(pattern).scanSync({ cwd: stack.dataDir, dot: true }),
];

test('cancelling stops FFmpeg within a second and leaves no process and no file', async () => {
  const job = await session.startRender(project, { quality: 'high' });
  await session.rendering(job.id);
  expect(encoders()).toHaveLength(1);

  const askedAt = performance.now();
  const cancelled = await session.api.json<{ state: string }>('POST', `/jobs/${job.id}/cancel`);
  await until('FFmpeg to stop', () => encoders().length === 0);
  expect(performance.now() - askedAt).toBeLessThan(1_000);
  expect(cancelled.state).toBe('cancelled');

  await until('the work folder to be gone', () => filesBelow(`work/${job.id}/**`).length === 0);
  expect((await session.job(job.id)).state).toBe('cancelled');
  expect(filesBelow(`storage/renders/${job.renderId}/**`)).toEqual([]);
  expect((await session.api.problem('GET', `/renders/${job.renderId}/download`)).code).toBe(
    'render_not_ready',
  );
  expect((await session.api.problem('POST', `/jobs/${job.id}/cancel`)).code).toBe('job_finished');
}, 120_000);

test('a worker killed in the middle of a render is followed by another that completes it, once', async () => {
  const job = await session.startRender(project, { quality: 'high' });
  await session.rendering(job.id);
  const [encoder] = encoders();
  const killed = stack.workerPids.findIndex((pid) => pid === encoder?.parentPid);
  expect(killed).toBeGreaterThanOrEqual(0);
  await stack.stopWorker(killed, 'SIGKILL');
  await until('the dead worker’s FFmpeg to be gone', () =>
    stack.processes().every(({ pid }) => pid !== encoder?.pid),
  );

  const ended = await session.ended(job.id);
  expect(ended).toMatchObject({ state: 'completed', attempts: 0 });
  const { probe, render } = await session.download(job.renderId ?? '');
  expect(Math.abs(probe.durationSeconds - 8)).toBeLessThanOrEqual(1 / 25);
  expect(filesBelow(`storage/renders/${render.id}/*`)).toHaveLength(1);
  expect(encoders()).toEqual([]);
}, 180_000);

test('deleting a project stops the render that runs for it', async () => {
  const doomed = await session.edit(await session.projectOver(source), [{ op: 'filter', name: 'sharpen' }]);
  const job = await session.startRender(doomed, { quality: 'high' });
  await session.rendering(job.id);
  await session.api.request('DELETE', `/projects/${doomed.id}`);
  await until('FFmpeg to stop', () => encoders().length === 0);
  expect((await session.job(job.id)).state).toBe('cancelled');
  await until('the files to be gone', () => filesBelow(`storage/renders/${job.renderId}/**`).length === 0);
}, 120_000);
