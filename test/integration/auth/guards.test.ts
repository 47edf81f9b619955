/** Every guarded route, read off the route table, refuses who may not come in (H32): deny by default, generated. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { POLICY_KEY } from '../../../src/platform/http/http-base.ts';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { type ApiApp, startApiApp } from '../../fixtures/api-app.ts';

let app: ApiApp;
let api: ApiClient;
beforeAll(async () => {
  app = await startApiApp();
  api = await createApiClient(app.url);
});
afterAll(async () => app[Symbol.asyncDispose]());

const policyOf = (route: ApiApp['routes'][number]): unknown =>
  Reflect.get(route.hooks?.detail ?? {}, POLICY_KEY);

/** A path that matches the pattern, with ids that nobody has. */
const somePath = (pattern: string): string =>
  pattern.replaceAll(/:[A-Za-z]+\??/g, '0193b5c0-7e1a-7c3e-9d52-3f7a1c0de000').replace(/\*$/, 'x');

const guarded = () => app.routes.filter((route) => policyOf(route) !== 'public' && route.method !== 'WS');

const statusOf = async (
  route: ApiApp['routes'][number],
  headers: Record<string, string>,
): Promise<string> => {
  const response = await fetch(app.url + somePath(route.path), { method: route.method, headers });
  const { code } = (await response.json()) as { code: string };
  return `${route.method} ${route.path}: ${response.status} ${code}`;
};

test('there are guarded routes of every module', () => {
  const modules = new Set(guarded().map((route) => route.path.split('/')[3]));
  for (const name of ['auth', 'videos', 'projects', 'jobs', 'renders']) expect(modules).toContain(name);
});

test('without a token, every guarded route → 401 before anything else is looked at', async () => {
  for (const route of guarded())
    expect(await statusOf(route, {})).toBe(`${route.method} ${route.path}: 401 unauthenticated`);
});

test('with a token that is none, every guarded route → 401', async () => {
  for (const route of guarded())
    expect(await statusOf(route, { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' })).toBe(
      `${route.method} ${route.path}: 401 token_invalid`,
    );
});

test('with the token of an ended session, every guarded route → 401', async () => {
  const client = api.anonymous();
  const { tokens } = await client.register();
  await client.json('POST', '/auth/logout');
  for (const route of guarded())
    expect(await statusOf(route, { authorization: `Bearer ${tokens.accessToken}` })).toBe(
      `${route.method} ${route.path}: 401 token_invalid`,
    );
});
