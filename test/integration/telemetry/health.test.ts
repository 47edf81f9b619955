/** What probes, operators and Prometheus are told is true. */
import { describe, expect, test } from 'bun:test';
import { createApiClient } from '../../fixtures/api-client.ts';
import { startApiApp } from '../../fixtures/api-app.ts';
import { startHttpApp } from '../../fixtures/http-app.ts';
import { until } from '../../fixtures/until.ts';

interface Ready {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly status: string; readonly durationMs: number }>>;
}

describe('readiness', () => {
  test('names each part; one that fails or hangs turns it false within its second, and it recovers', async () => {
    let broken: (() => Promise<unknown>) | undefined;
    await using app = await startHttpApp({
      checks: { part: async () => broken?.() },
      env: { LOG_LEVEL: 'error' },
    });
    const api = await createApiClient(app.url);
    const ask = async () => {
      const { status, body } = await api.request('GET', '//health/ready');
      return { status, body: body as Ready };
    };
    const fine = await ask();
    expect([fine.status, fine.body.status, Object.keys(fine.body.checks)]).toEqual([
      200,
      'ready',
      ['database', 'part'],
    ]);
    for (const fault of [
      async () => Promise.reject(new Error('gone')),
      async () => new Promise(() => {}),
      () => {
        throw new Error('at once');
      },
    ]) {
      broken = fault;
      const startedAt = performance.now();
      const { status, body } = await ask();
      expect([status, body.status, body.checks['database']?.status, body.checks['part']?.status]).toEqual([
        503,
        'unavailable',
        'up',
        'down',
      ]);
      expect(performance.now() - startedAt).toBeLessThan(2_500);
      expect((await api.request('GET', '//health/live')).status).toBe(200);
    }
    broken = undefined;
    expect((await ask()).status).toBe(200);
  });

  test('is false while draining, and startup is false until started', async () => {
    await using app = await startHttpApp({ env: { LOG_LEVEL: 'error' } });
    const api = await createApiClient(app.url);
    expect((await api.request('GET', '//health/startup')).status).toBe(503);
    app.health.markStarted();
    expect((await api.request('GET', '//health/startup')).body).toEqual({ status: 'started' });
    app.health.markDraining();
    const { status, body } = await api.request('GET', '//health/ready');
    expect([status, (body as Ready).status]).toEqual([503, 'draining']);
  });

  test('of the real app is false while Redis is down, though what needs no queue goes on', async () => {
    await using app = await startApiApp({ LOG_LEVEL: 'silent' });
    const api = await createApiClient(app.url);
    expect(((await api.request('GET', '//health/ready')).body as Ready).status).toBe('ready');
    await app.container.close();
    const { status, body } = await api.request('GET', '//health/ready');
    expect([
      status,
      (body as Ready).checks['queue']?.status,
      (body as Ready).checks['database']?.status,
    ]).toEqual([503, 'down', 'down']);
    const problem = await api.problem('POST', '/auth/login', {
      json: { email: 'a@example.com', password: 'x' },
    });
    expect([problem.status, problem.code]).toEqual([503, 'database_unavailable']);
    expect((await api.request('GET', '//health/live')).status).toBe(200);
  }, 20_000);
});

test('status tells version, place and parts, and no address or path', async () => {
  await using app = await startApiApp();
  const api = await createApiClient(app.url);
  const { body } = await api.request('GET', '//status');
  expect(body).toMatchObject({
    name: 'vfxb',
    role: 'api',
    region: 'local',
    status: 'ready',
    parts: { database: 'sqlite' },
  });
  const text = JSON.stringify(body);
  for (const secret of [app.container.config.dataDir, app.container.config.jwtSecret, 'sqlite:/', '.sock'])
    expect([secret.slice(0, 12), text.includes(secret)]).toEqual([secret.slice(0, 12), false]);
});

test('metrics count requests by matched route, never by address, and bound what callers can invent', async () => {
  await using app = await startHttpApp({ env: { LOG_LEVEL: 'error' } });
  const api = await createApiClient(app.url);
  for (let index = 0; index < 30; index++) {
    await fetch(`${app.url}/api/v1/made-up-${index}`);
    await fetch(`${app.url}/health/live`, { method: index % 2 === 0 ? 'PROPFIND' : 'LOCK' });
  }
  await api.register();
  await api.request('GET', '/auth/me');
  const text = await until('the requests to be counted', async () => {
    const read = new TextDecoder().decode((await api.request('GET', '//metrics')).bytes);
    return read.includes('route="/api/v1/auth/me",status="200"') ? read : undefined;
  });
  expect(text).not.toContain('made-up');
  expect(
    [...text.matchAll(/_count\{[^}]*route="unmatched"[^}]*\} (\d+)/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    ),
  ).toBeGreaterThanOrEqual(60);
  expect(new Set([...text.matchAll(/method="([^"]+)"/g)].map(([, method]) => method))).toEqual(
    new Set(['GET', 'POST', 'other']),
  );
  for (const name of [
    'process_resident_memory_bytes',
    'vfxb_event_loop_lag_max_seconds',
    'vfxb_http_request_duration_seconds_bucket',
  ])
    expect([name, text.includes(name)]).toEqual([name, true]);
});
