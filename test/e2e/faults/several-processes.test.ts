/** Accepted is durable: over APIs that die and start again, and over several of them on one data folder. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { createApiClient } from '../../fixtures/api-client.ts';
import { EditingSession, type JobAnswer, type VideoAnswer } from '../../fixtures/editing-session.ts';
import { Footage } from '../../fixtures/footage.ts';
import { createSystem } from '../../fixtures/system.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { until } from '../../fixtures/until.ts';

setDefaultTimeout(60_000);

const folder = tempFolder();
let footage: Footage;

beforeAll(async () => {
  footage = await Footage.create();
  await footage.clip('tiny');
});

afterAll(async () => {
  await footage?.remove();
  folder[Symbol.dispose]();
});

test('what an API accepted before kill -9 is done by the next one, with nobody asking again', async () => {
  await using system = createSystem();
  const first = await system.startApi();
  const session = await EditingSession.open(first.url, folder.path);
  const { email } = session.api.user ?? { email: '' };
  const worker = await system.startWorker();
  const project = await session.projectOver(await footage.clip('tiny'));
  // Without a worker everything below is accepted and nothing is begun.
  await worker.end();
  const video = await session.api.upload<VideoAnswer>(await footage.clip('tiny'));
  const jobs = await Promise.all([1, 2, 3].map(async () => session.startRender(project)));
  expect(await first.end('SIGKILL')).toBeNull();

  await system.startWorker();
  const second = await system.startApi();
  const api = await createApiClient(second.url);
  await api.login({ email, password: 'a long enough password' });
  for (const { id } of jobs)
    await until(
      `job ${id} to complete`,
      async () => (await api.json<JobAnswer>('GET', `/jobs/${id}`)).state === 'completed',
      60_000,
    );
  await until(
    'the video to be ready',
    async () => (await api.json<VideoAnswer>('GET', `/videos/${video.id}`)).status === 'ready',
    60_000,
  );
  expect(await api.json<unknown[]>('GET', `/projects/${project.id}/renders`)).toHaveLength(jobs.length);
  expect(await second.end()).toBe(0);
}, 180_000);

test('two APIs and two workers serve one user as one', async () => {
  await using system = createSystem();
  const [a, b] = await Promise.all([system.startApi(), system.startApi()]);
  const workers = await Promise.all([system.startWorker(), system.startWorker()]);
  const onA = await EditingSession.open(a.url, folder.path);
  const project = await onA.projectOver(await footage.clip('tiny'));

  const apiOfB = await createApiClient(b.url);
  const token = onA.api.token ?? null;
  const job = await apiOfB.json<JobAnswer>('POST', `/projects/${project.id}/renders`, { json: {}, token });
  const events = await onA.follow(job.id);
  expect(events.at(-1)).toMatchObject({ type: 'job.completed' });
  expect(events.some(({ type }) => type === 'job.progress')).toBe(true);

  const done = await apiOfB.json<JobAnswer>('GET', `/jobs/${job.id}`, { token });
  const { probe } = await onA.download(done.renderId ?? '');
  expect(probe.durationSeconds).toBeCloseTo(2, 1);
  // Logging out on one is known to the other within its cache's time.
  await apiOfB.request('POST', '/auth/logout', { token });
  await until('A to refuse the token', async () => (await onA.api.request('GET', '/auth/me')).status === 401);

  const codes = await Promise.all([...workers, a, b].map(async (running) => running.end()));
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(await system.left()).toEqual([]);
}, 180_000);
