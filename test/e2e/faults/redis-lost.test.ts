/** Redis killed under a running system: what needs no queue goes on, what needs it is accepted and done once it is back. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import type { ApiClient } from '../../fixtures/api-client.ts';
import { EditingSession, type ProjectAnswer, type VideoAnswer } from '../../fixtures/editing-session.ts';
import { Footage } from '../../fixtures/footage.ts';
import { startRedis } from '../../fixtures/redis-server.ts';
import { startStack } from '../../fixtures/stack.ts';
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

const isReady = async (url: string): Promise<boolean> => (await fetch(`${url}/health/ready`)).status === 200;

/** Everything that touches no queue, each of it within moments. */
async function whatNeedsNoQueue(api: ApiClient, project: ProjectAnswer): Promise<void> {
  const startedAt = performance.now();
  const newcomer = api.anonymous();
  const password = 'a long enough password';
  const { user } = await newcomer.register({ password });
  await newcomer.login({ email: user.email, password });
  const read = ['/auth/me', '/videos', '/projects', '/jobs', `/projects/${project.id}`];
  for (const path of read) expect((await api.request('GET', path)).status).toBe(200);
  const edited = await api.json<ProjectAnswer>('POST', `/projects/${project.id}/edits`, {
    json: { operations: [{ op: 'filter', name: 'black_white' }] },
  });
  expect(edited.revision).toBe(project.revision + 1);
  expect((await fetch(`${api.baseUrl}/health/live`)).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
}

test('an external Redis: reads, logins and edits go on; uploads and renders are accepted and done when it is back', async () => {
  const redis = await startRedis();
  try {
    await using stack = await startStack({ env: { REDIS_URL: redis.url } });
    const session = await EditingSession.open(stack.apiUrl, folder.path);
    const { api } = session;
    const project = await session.projectOver(await footage.clip('tiny'));
    expect(await isReady(stack.apiUrl)).toBe(true);

    await redis.kill9();
    await until('the API to say that it is not ready', async () => !(await isReady(stack.apiUrl)));
    await whatNeedsNoQueue(api, project);
    const render = await api.request('POST', `/projects/${project.id}/renders`, { json: {} });
    expect(render.status).toBe(202);
    const job = (render.body as { data: { id: string; state: string } }).data;
    expect(job.state).toBe('queued');
    const video = await api.upload<VideoAnswer>(await footage.clip('tiny'));
    expect(video.status).toBe('processing');
    const other = await api.json<{ id: string }>('POST', `/projects/${project.id}/renders`, { json: {} });
    expect((await api.json<{ state: string }>('POST', `/jobs/${other.id}/cancel`)).state).toBe('cancelled');

    await redis.restart();
    await until('the API to be ready again', async () => isReady(stack.apiUrl));
    expect((await session.ended(job.id)).state).toBe('completed');
    expect((await session.job(other.id)).state).toBe('cancelled');
    await until(
      'the video to be ready',
      async () => (await api.json<VideoAnswer>('GET', `/videos/${video.id}`)).status === 'ready',
      60_000,
    );
    expect(stack.logs().filter((line) => /unhandled|uncaught/i.test(line))).toEqual([]);
  } finally {
    await redis.stop();
  }
}, 180_000);

test('the embedded Redis, killed in the middle of a render, is revived, and the render completes', async () => {
  await using stack = await startStack();
  const session = await EditingSession.open(stack.apiUrl, folder.path);
  const project = await session.projectOver(await footage.clip('tiny'));
  const servers = (): number[] =>
    stack.processes().flatMap(({ pid, command }) => (command.startsWith('redis-server') ? [pid] : []));
  const [killed] = servers();
  if (killed === undefined) throw new Error('no embedded Redis runs');

  const job = await session.startRender(project);
  process.kill(killed, 'SIGKILL');
  await whatNeedsNoQueue(session.api, project);
  await until('another Redis to run', () => servers().some((pid) => pid !== killed));
  await until('the API to be ready again', async () => isReady(stack.apiUrl));
  expect((await session.ended(job.id)).state).toBe('completed');
  expect(servers()).toHaveLength(1);
}, 180_000);
