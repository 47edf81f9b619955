/** What becomes of queued and running jobs when users delete what they stand on, or cancel them twice at once. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { EditingSession, type ProjectAnswer } from '../fixtures/editing-session.ts';
import { run } from '../fixtures/footage.ts';
import { type Stack, startStack } from '../fixtures/stack.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { until } from '../fixtures/until.ts';

const folder = tempFolder();
const source = join(folder.path, 'long.mp4');
let stack: Stack;
let session: EditingSession;

beforeAll(async () => {
  [stack] = await Promise.all([
    // One job of video at a time, so that a second waits; cleaning up waits for nobody.
    startStack({ workers: 1, env: { WORKER_CONCURRENCY: '1', WORKER_QUEUES: 'video' } }),
    run([
      ...['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=d=4:s=1280x720:r=25'],
      ...['-f', 'lavfi', '-i', 'sine=d=4:r=48000', '-c:v', 'libx264', '-preset', 'ultrafast'],
      ...['-pix_fmt', 'yuv420p', '-c:a', 'aac', source],
    ]),
  ]);
  await stack.startWorker({ WORKER_QUEUES: 'cleanup' });
  session = await EditingSession.open(stack.apiUrl, folder.path);
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  folder[Symbol.dispose]();
}, 60_000);

const filesBelow = (pattern: string): string[] => [
  ...new Bun.Glob(pattern).scanSync({ cwd: stack.dataDir, dot: true }),
];

const sharpened = async (): Promise<ProjectAnswer & { readonly videoId: string }> =>
  (await session.edit(await session.projectOver(source), [
    { op: 'filter', name: 'sharpen' },
  ])) as ProjectAnswer & { readonly videoId: string };

test('a video deleted under its renders: the one under way ends well, the one that waits says what is missing', async () => {
  const project = await sharpened();
  const running = await session.startRender(project, { quality: 'high' });
  const waiting = await session.startRender(project, { quality: 'draft' });
  await session.rendering(running.id);
  expect((await session.job(waiting.id)).state).toBe('queued');

  expect((await session.api.request('DELETE', `/videos/${project.videoId}`)).status).toBe(204);
  await until('its files to be gone', () => filesBelow(`storage/videos/${project.videoId}/**`).length === 0);

  expect(await session.ended(running.id)).toMatchObject({ state: 'completed' });
  const { probe } = await session.download(running.renderId ?? '');
  expect(Math.abs(probe.durationSeconds - 4)).toBeLessThanOrEqual(1 / 25);
  expect(await session.ended(waiting.id)).toMatchObject({
    state: 'failed',
    error: { code: 'source_missing' },
  });
  await until('the failed render to leave nothing', () => {
    return filesBelow(`{work/${waiting.id},storage/renders/${waiting.renderId}}/**`).length === 0;
  });

  const refused = await session.api.problem('POST', `/projects/${project.id}/renders`);
  expect(refused.code).toBe('video_not_ready');
  const shown = await session.api.json<ProjectAnswer>('GET', `/projects/${project.id}`);
  expect([shown.revision, shown.operations, shown.timeline]).toEqual([
    1,
    [{ op: 'filter', name: 'sharpen' }],
    undefined,
  ] as never);
}, 120_000);

test('a project deleted with one render running and one waiting ends both, and keeps no file', async () => {
  const project = await sharpened();
  const jobs = [
    await session.startRender(project, { quality: 'high' }),
    await session.startRender(project, { quality: 'draft' }),
  ];
  const [running] = jobs;
  await session.rendering(running?.id ?? '');
  expect((await session.api.request('DELETE', `/projects/${project.id}`)).status).toBe(204);
  for (const { id, renderId } of jobs) {
    expect((await session.job(id)).state).toBe('cancelled');
    expect((await session.api.problem('GET', `/renders/${renderId}`)).code).toBe('not_found');
    await until('its files to be gone', () => {
      return filesBelow(`{work/${id},storage/renders/${renderId}}/**`).length === 0;
    });
  }
  // The worker is free for the next at once.
  const next = await session.startRender(await sharpened(), { quality: 'draft' });
  expect((await session.ended(next.id)).state).toBe('completed');
}, 120_000);

test('of ten cancels of a running render at once one has the effect, and the others say that it has ended', async () => {
  const job = await session.startRender(await sharpened(), { quality: 'high' });
  await session.rendering(job.id);
  const events = session.follow(job.id);
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => session.api.request('POST', `/jobs/${job.id}/cancel`)),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    200,
    ...Array.from({ length: 9 }, () => 409),
  ]);
  for (const { status, body } of answers)
    if (status === 409) expect(body).toMatchObject({ code: 'job_finished' });
  expect((await session.job(job.id)).state).toBe('cancelled');
  expect((await events).filter(({ type }) => type === 'job.cancelled').length).toBeLessThanOrEqual(1);
  expect((await events).at(-1)?.data).toMatchObject({ state: 'cancelled' });
}, 120_000);

test('a render deleted as its job ends leaves neither row nor file', async () => {
  const project = await sharpened();
  const job = await session.startRender(project, { quality: 'draft' });
  await until('the file to be published', () => filesBelow(`storage/renders/${job.renderId}/*`).length > 0);
  expect((await session.api.request('DELETE', `/renders/${job.renderId}`)).status).toBe(204);
  expect(['completed', 'cancelled']).toContain((await session.ended(job.id)).state);
  await until('the file to be gone', () => filesBelow(`storage/renders/${job.renderId}/**`).length === 0);
  expect((await session.api.problem('GET', `/renders/${job.renderId}`)).code).toBe('not_found');
  expect(await session.api.json<object[]>('GET', `/projects/${project.id}/renders`)).toEqual([]);
}, 120_000);
