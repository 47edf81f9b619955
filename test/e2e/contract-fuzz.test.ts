/**
 * Every documented route under requests that are wrong in thousands of ways: each answer is documented, none is a 5xx, and the process lives on
 * without an unexpected error. The seed is fixed; a failure prints the smallest request that shows it.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import * as fc from 'fast-check';
import { type ApiClient, createApiClient } from '../fixtures/api-client.ts';
import { EditingSession } from '../fixtures/editing-session.ts';
import { Footage } from '../fixtures/footage.ts';
import { type HostileRequest, hostileRequests, type Operation } from '../fixtures/hostile-requests.ts';
import { type Stack, startStack } from '../fixtures/stack.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { until } from '../fixtures/until.ts';

setDefaultTimeout(60_000);

const SEED = 20_261_124;
const RUNS_PER_OPERATION = 80;
/** What an answer to anybody must not show: stacks, our files, the engines below. */
const INSIDES = /\n\s+at |node_modules|\/src\/|SQLITE|MongoServerError|ioredis|TypeError|RangeError/;

const folder = tempFolder();
let footage: Footage;
let stack: Stack;
let owner: ApiClient;
let stranger: ApiClient;
let ids: readonly string[];

/** Something of every kind, so that requests get beyond "there is none"; finished, so that no answer waits for it. */
async function furnish(session: EditingSession): Promise<string[]> {
  const { api } = session;
  const project = await session.projectOver(await footage.clip('tiny'));
  const { job, render } = await session.render(project, { quality: 'draft' });
  const conversation = await api.json<{ id: string }>('POST', '/ai/conversations', {
    json: { projectId: project.id },
  });
  const message = await api.json<{ id: string }>('POST', `/ai/conversations/${conversation.id}/messages`, {
    json: { content: 'make it black and white' },
  });
  const videos = await api.json<{ id: string }[]>('GET', '/videos');
  const stored = [...videos, project, job, render, conversation, message];
  return stored.map(({ id }) => id);
}

beforeAll(async () => {
  [stack, footage] = await Promise.all([startStack(), Footage.create()]);
  const session = await EditingSession.open(stack.apiUrl, folder.path);
  owner = session.api;
  stranger = await createApiClient(stack.apiUrl);
  await stranger.register();
  const project = await stranger.json<{ id: string }>('POST', '/projects', { json: { name: 'Not yours' } });
  ids = [
    ...(await furnish(session)),
    project.id,
    'vid_0193b5c0-6f4e-7000-8000-000000000001',
    'prj_0193b5c0-6f4e-7000-8000-000000000001',
    'job_0193b5c0-6f4e-7000-8000-000000000001',
    '1',
    '0',
    '-1',
  ];
  await until('the chat to have answered', async () => {
    const jobs = await owner.json<{ state: string }[]>('GET', '/jobs');
    return jobs.every(({ state }) => state === 'completed');
  });
  // What is asked of workers from here on is only accepted: this is about answers.
  await stack.stopWorker(0);
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  await footage?.remove();
  folder[Symbol.dispose]();
}, 60_000);

interface Route {
  readonly method: string;
  readonly template: string;
  readonly operation: Operation;
}

/** Those that take things away come last. */
function documentedRoutes(): Route[] {
  const routes = Object.entries(owner.document.paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([method, operation]): Route => ({
      method: method.toUpperCase(),
      template,
      operation,
    })),
  );
  const isLast = ({ method, template }: Route): boolean =>
    method === 'DELETE' || template.endsWith('/logout');
  return [...routes.filter((route) => !isLast(route)), ...routes.filter(isLast)];
}

const tokenOf = (sender: HostileRequest['sender']): string | null =>
  ({ owner: owner.token, stranger: stranger.token, nobody: null, forger: `${owner.token}x` })[sender] ?? null;

async function answerIsAsDocumented(method: string, request: HostileRequest): Promise<void> {
  const { path, headers, body, sender } = request;
  const isBodyless = method === 'GET' || method === 'HEAD' || body === undefined;
  const target = path.startsWith('/api/v1') ? path.slice('/api/v1'.length) : `/${path}`;
  const answer = await owner.request(method, target, {
    token: tokenOf(sender),
    headers,
    signal: AbortSignal.timeout(20_000),
    ...(isBodyless ? {} : { body }),
  });
  expect(answer.status).toBeLessThan(500);
  if (answer.status >= 400 && method !== 'HEAD') {
    expect(answer.body).toMatchObject({ success: false, status: answer.status });
    expect(JSON.stringify(answer.body)).not.toMatch(INSIDES);
  }
}

test('no request, however wrong, gets an answer that the document does not promise', async () => {
  const { schemas } = owner.document.components;
  const failures: string[] = [];
  for (const { method, template, operation } of documentedRoutes()) {
    const requests = hostileRequests(template, { operation, schemas, ids });
    const property = fc.asyncProperty(requests, async (request) => answerIsAsDocumented(method, request));
    const result = await fc.check(property, { seed: SEED, numRuns: RUNS_PER_OPERATION, endOnFailure: false });
    if (result.failed)
      failures.push(
        `${String(result.errorInstance)}\n${fc.stringify(result.counterexample).slice(0, 1_000)}`,
      );
  }
  expect(failures.join('\n\n')).toBe('');
}, 300_000);

test('a method that a path does not have is refused, whatever comes with it', async () => {
  for (const [template, operations] of Object.entries(owner.document.paths)) {
    // With another method this one is `videos/{id}`.
    if (template.endsWith('/videos/upload')) continue;
    const path = template.replaceAll(/\{[^}]+\}/g, 'x');
    for (const method of ['PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter(
      (candidate) => !(candidate.toLowerCase() in operations),
    )) {
      const response = await fetch(stack.apiUrl + path, { method, redirect: 'manual' });
      const answer = { method, path, status: response.status, body: await response.text() };
      expect(answer).toMatchObject({ status: 405, body: expect.stringContaining('"method_not_allowed"') });
    }
  }
}, 60_000);

test('after all that the process is the same, healthy, and has met no unexpected error', async () => {
  expect(stack.processes().some(({ pid }) => pid === stack.apiPid)).toBe(true);
  expect((await fetch(`${stack.apiUrl}/health/ready`)).status).toBe(200);
  const lines = stack.logs().filter((line) => /"level":"(error|fatal)"|unhandled|uncaught/i.test(line));
  expect(lines).toEqual([]);
});
