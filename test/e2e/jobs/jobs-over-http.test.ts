import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { UserId } from '../../../src/contracts/ids.ts';
import { jobRoutes } from '../../../src/modules/jobs/routes.ts';
import type { JobView } from '../../../src/modules/jobs/service.ts';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { type HttpApp, startHttpApp } from '../../fixtures/http-app.ts';
import {
  type ApiSide,
  createScripted,
  type JobsBench,
  openJobsBench,
  untilState,
} from '../../fixtures/jobs-bench.ts';
import { until } from '../../fixtures/until.ts';

let bench: JobsBench;
let api: ApiSide;
let app: HttpApp;
let client: ApiClient;
let stranger: ApiClient;
let me: UserId;

beforeAll(async () => {
  bench = await openJobsBench();
  api = await bench.openApi({
    outcomes: { viewResult: (job) => ({ deletedCount: job.result?.deletedCount }) },
  });
  app = await startHttpApp({
    dataDir: bench.folder,
    routes: (http) => jobRoutes(http, api.jobs.service, api.realtime),
  });
  client = await createApiClient(app.url);
  const { user } = await client.register();
  me = user.id as UserId;
  stranger = client.anonymous();
  await stranger.register();
  await bench.spawnWorker({ WORKER_CONCURRENCY: '4' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await bench.close();
});

interface SseEvent {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Reads events until the server ends the stream. */
async function* follow(jobId: string): AsyncGenerator<SseEvent> {
  const response = await fetch(`${app.url}/api/v1/jobs/${jobId}/events`, {
    headers: { authorization: `Bearer ${client.token}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const type = /^event: (.+)$/m.exec(block)?.[1];
      const data = /^data: (.+)$/m.exec(block)?.[1];
      if (type !== undefined && data !== undefined)
        yield { type, data: JSON.parse(data) as SseEvent['data'] };
    }
  }
}

describe('a job over HTTP', () => {
  test('is read as its owner’s, with its result and nothing of its insides', async () => {
    const jobId = await createScripted(api, ['progress 40', 'sleep 50'], me);
    await untilState(api, jobId, 'completed');
    const job = await client.json<JobView>('GET', `/jobs/${jobId}`);
    expect(job).toMatchObject({
      id: jobId,
      state: 'completed',
      progress: 100,
      stage: 'done',
      attempts: 0,
      result: { deletedCount: 2 },
    });
    expect(Object.keys(job)).not.toContain('payload');
    expect(Object.keys(job)).not.toContain('workerId');
  });

  test('is nobody else’s', async () => {
    const jobId = await createScripted(api, [], me);
    for (const [method, path] of [
      ['GET', `/jobs/${jobId}`],
      ['POST', `/jobs/${jobId}/cancel`],
      ['GET', `/jobs/${jobId}/events`],
      ['GET', '/jobs/nonsense'],
    ] as const)
      expect(await stranger.problem(method, path)).toMatchObject({ status: 404, code: 'not_found' });
    expect((await stranger.json<JobView[]>('GET', '/jobs')).map(({ id }) => id)).not.toContain(jobId);
    expect(await client.problem('GET', `/jobs/${jobId}`, { token: null })).toMatchObject({ status: 401 });
  });

  test('is listed page by page, the newest first, by state and kind', async () => {
    const made = [];
    for (let count = 0; count < 5; count += 1) made.unshift(await createScripted(api, [], me));
    for (const jobId of made) await untilState(api, jobId, 'completed');
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null && seen.length < 5) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await client.request(
        'GET',
        `/jobs?limit=2&state=completed&kind=cleanup.objects${query}`,
      );
      const answer = body as { data: JobView[]; pagination: { nextCursor: string | null } };
      seen.push(...answer.data.map(({ id }) => id));
      cursor = answer.pagination.nextCursor;
    }
    expect(seen.slice(0, 5)).toEqual(made);
    const { body } = await client.request('GET', '/jobs?limit=2&page=2');
    expect(body).toMatchObject({ pagination: { page: 2, limit: 2 } });
    expect(await client.json<JobView[]>('GET', '/jobs?state=failed')).toEqual([]);
    for (const query of ['state=exploded', 'limit=0', 'limit=101', 'cursor=%00', 'unknown=1'])
      expect(await client.problem('GET', `/jobs?${query}`)).toMatchObject({ status: 422 });
  });

  test('is cancelled once', async () => {
    const jobId = await createScripted(api, ['sleep 20000'], me);
    await untilState(api, jobId, 'active');
    expect(await client.json('POST', `/jobs/${jobId}/cancel`)).toMatchObject({
      id: jobId,
      state: 'cancelled',
    });
    expect(await client.problem('POST', `/jobs/${jobId}/cancel`)).toMatchObject({
      status: 409,
      code: 'job_finished',
    });
  });
});

describe('the events of a job', () => {
  test('begin with where it stands and end with its end', async () => {
    const go = join(bench.folder, 'go');
    const jobId = await createScripted(
      api,
      ['progress 10', `wait-for ${go}`, 'progress 20', 'sleep 300', 'progress 70'],
      me,
    );
    await until('its first progress', async () => (await api.jobs.service.get(me, jobId)).progress === 10);
    const events: SseEvent[] = [];
    for await (const event of follow(jobId)) {
      if (events.push(event) === 1) await Bun.write(go, '');
    }
    expect(events[0]).toMatchObject({ type: 'job', data: { id: jobId, state: 'active', progress: 10 } });
    expect(events.at(-1)).toMatchObject({
      type: 'job.completed',
      data: { jobId, result: { deletedCount: 5 } },
    });
    const between = events.slice(1, -1);
    expect(between.every(({ type, data }) => type === 'job.progress' && data['jobId'] === jobId)).toBe(true);
    expect(between.map(({ data }) => data['progress'])).toContain(20);
  });

  test('of one that has ended are its state, and the stream ends', async () => {
    const jobId = await createScripted(api, ['fail not_a_video'], me);
    await untilState(api, jobId, 'failed');
    const events = await Array.fromAsync(follow(jobId));
    expect(events).toEqual([
      {
        type: 'job',
        data: expect.objectContaining({
          id: jobId,
          state: 'failed',
          error: { code: 'not_a_video', message: 'The file is not a video' },
        }),
      },
    ]);
  });

  test('tell of a cancellation, and leave no listener behind', async () => {
    const jobId = await createScripted(api, ['sleep 20000'], me);
    await untilState(api, jobId, 'active');
    const types: string[] = [];
    for await (const event of follow(jobId)) {
      if (types.push(event.type) === 1) await client.json('POST', `/jobs/${jobId}/cancel`);
    }
    expect(types.at(-1)).toBe('job.cancelled');
  });
});
