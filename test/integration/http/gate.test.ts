/** The request gate: what no route should see is refused before it, and every refusal is a problem document. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { AppError } from '../../../src/contracts/errors.ts';
import type { HttpBase } from '../../../src/platform/http/http-base.ts';
import { dataOf, ok } from '../../../src/platform/http/responses.ts';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { type HttpApp, startHttpApp } from '../../fixtures/http-app.ts';
import { rawRequest } from '../../fixtures/raw-http.ts';

const Note = Type.Object({ text: Type.String({ maxLength: 200_000 }) }, { additionalProperties: false });
const Count = Type.Object({ sizeBytes: Type.Integer() }, { additionalProperties: false });
const reached: string[] = [];

function probeRoutes(http: HttpBase) {
  return new Elysia({ prefix: '/probe', tags: ['health'] })
    .use(http)
    .post(
      '/notes',
      ({ body }) => {
        reached.push(body.text);
        return ok(body);
      },
      { policy: 'public', body: Note, response: { 200: dataOf(Note) }, detail: { summary: 'Echo' } },
    )
    .post('/raw', async ({ request }) => ok({ sizeBytes: (await request.bytes()).byteLength }), {
      policy: 'public',
      parse: 'none',
      response: { 200: dataOf(Count) },
      detail: {
        summary: 'Count',
        requestBody: { content: { 'video/*': { schema: { type: 'string', format: 'binary' } } } },
      },
    })
    .get(
      '/secret',
      () => {
        reached.push('secret');
        return ok({ text: 'for signed-in users' });
      },
      { policy: 'user', response: { 200: dataOf(Note) }, detail: { summary: 'Secret' } },
    )
    .get(
      '/admin',
      () => {
        reached.push('admin');
        return ok({ text: 'for admins' });
      },
      { policy: 'admin', response: { 200: dataOf(Note) }, detail: { summary: 'Admin' } },
    )
    .get(
      '/bug',
      (): never => {
        throw new Error('canary: the password is hunter2-canary');
      },
      { policy: 'public', response: { 200: dataOf(Note) }, detail: { summary: 'Bug' } },
    )
    .get(
      '/full',
      (): never => {
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      },
      { policy: 'user', response: { 200: dataOf(Note) }, detail: { summary: 'Full disk' } },
    )
    .get(
      '/busy',
      (): never => {
        throw new AppError('unavailable', undefined, { retryAfterSeconds: 7.2 });
      },
      { policy: 'user', response: { 200: dataOf(Note) }, detail: { summary: 'Busy' } },
    )
    .get('/broken-answer', () => ({ success: true, data: { other: 1 } }) as never, {
      policy: 'public',
      response: { 200: dataOf(Note) },
      detail: { summary: 'An answer against its schema' },
    });
}

let app: HttpApp;
let api: ApiClient;
beforeAll(async () => {
  app = await startHttpApp({
    routes: probeRoutes,
    env: { CORS_ORIGINS: 'https://good.example', LOG_LEVEL: 'info' },
  });
  api = await createApiClient(app.url);
});
afterAll(async () => app[Symbol.asyncDispose]());

const post = async (init: RequestInit) => fetch(`${app.url}/api/v1/probe/notes`, { method: 'POST', ...init });
const asJson = { 'content-type': 'application/json' };
const codeOf = async (response: Response): Promise<unknown> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return ((await response.json()) as { code: unknown }).code;
};

describe('bodies', () => {
  const refused: readonly [what: string, init: RequestInit, status: number, code: string][] = [
    ['a form', { body: new URLSearchParams({ text: 'x' }) }, 415, 'unsupported_media_type'],
    [
      'multipart',
      {
        body: (() => {
          const form = new FormData();
          form.set('text', 'x');
          return form;
        })(),
      },
      415,
      'unsupported_media_type',
    ],
    [
      'text/plain with JSON',
      { body: '{"text":"x"}', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    ['no content type', { body: new TextEncoder().encode('{"text":"x"}') }, 415, 'unsupported_media_type'],
    [
      'UTF-16',
      { body: '{"text":"x"}', headers: { 'content-type': 'application/json; charset=utf-16' } },
      415,
      'unsupported_media_type',
    ],
    [
      'UTF-7',
      { body: '{"text":"x"}', headers: { 'content-type': 'application/json; charset=utf-7' } },
      415,
      'unsupported_media_type',
    ],
    [
      'gzip',
      { body: Bun.gzipSync('{"text":"x"}'), headers: { ...asJson, 'content-encoding': 'gzip' } },
      415,
      'unsupported_media_type',
    ],
    ['malformed JSON', { body: '{"text":', headers: asJson }, 400, 'invalid_json'],
    ['JSON with a trailing comma', { body: '{"text":"x",}', headers: asJson }, 400, 'invalid_json'],
    [
      'invalid UTF-8',
      { body: new Uint8Array([0x22, 0xff, 0xfe, 0x22]), headers: asJson },
      400,
      'invalid_json',
    ],
    ['nothing', { headers: asJson }, 422, 'validation_failed'],
    ['an array', { body: '[]', headers: asJson }, 422, 'validation_failed'],
    ['null', { body: 'null', headers: asJson }, 422, 'validation_failed'],
    ['an unknown field', { body: '{"text":"x","role":"admin"}', headers: asJson }, 422, 'validation_failed'],
    [
      '__proto__',
      { body: '{"text":"x","__proto__":{"role":"admin"}}', headers: asJson },
      422,
      'validation_failed',
    ],
    [
      'constructor',
      { body: '{"text":"x","constructor":{"prototype":{}}}', headers: asJson },
      422,
      'validation_failed',
    ],
    ['an operator object', { body: '{"text":{"$ne":null}}', headers: asJson }, 422, 'validation_failed'],
    [
      'depth 33',
      { body: `{"text":${'['.repeat(32)}${']'.repeat(32)}}`, headers: asJson },
      422,
      'validation_failed',
    ],
    ['depth 200,000', { body: '['.repeat(200_000), headers: asJson }, 422, 'validation_failed'],
    [
      'a million keys',
      {
        body: `{${Array.from({ length: 1_000_000 }, (_, index) => `"${index}":1`).join(',')}}`,
        headers: asJson,
      },
      413,
      'payload_too_large',
    ],
    [
      '30 MB of text',
      { body: JSON.stringify({ text: 'x'.repeat(30_000_000) }), headers: asJson },
      413,
      'payload_too_large',
    ],
  ];
  for (const [what, init, status, code] of refused)
    test(`${what} → ${status} ${code}`, async () => {
      const before = reached.length;
      const response = await post(init);
      expect({ status: response.status, code: await codeOf(response) }).toEqual({ status, code });
      expect(reached.length).toBe(before);
    });

  test('a chunked body is counted, not believed', async () => {
    const chunk = new Uint8Array(64 * 1024).fill(0x20);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent++ >= 64) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const response = await post({ body, headers: asJson });
    expect({ status: response.status, code: await codeOf(response) }).toEqual({
      status: 413,
      code: 'payload_too_large',
    });
  });

  test('a body of exactly 256 KB and depth 32 is read', async () => {
    const text = 'x'.repeat(200_000);
    const padded = JSON.stringify({ text }).padEnd(256 * 1024, ' ');
    expect((await post({ body: padded, headers: asJson })).status).toBe(200);
    expect((await post({ body: `${padded} `, headers: asJson })).status).toBe(413);
    const brackets = `{"text":"${'['.repeat(500)}\\"${'{'.repeat(500)}"}`;
    expect(
      (await post({ body: brackets, headers: { 'content-type': 'application/json; charset="UTF-8"' } }))
        .status,
    ).toBe(200);
  });

  test('a route that reads its own body gets any type and more than 256 KB', async () => {
    const answer = await api.request('POST', '/probe/raw', {
      body: new Uint8Array(3_000_000),
      headers: { 'content-type': 'video/mp4' },
    });
    expect(answer.body).toEqual({ success: true, data: { sizeBytes: 3_000_000 } });
  });

  test('a route without a body refuses one', async () => {
    await api.register();
    const problem = await api.problem('POST', '/auth/ws-ticket', { json: { role: 'admin' } });
    expect([problem.status, problem.code]).toEqual([422, 'validation_failed']);
  });

  test('names what is wrong by JSON pointer, without echoing it', async () => {
    const problem = await api.problem('POST', '/auth/register', {
      token: null,
      json: { email: 'canary-value', password: 'short', extra: 'canary-value' },
    });
    const errors = problem.problem['errors'] as { path: string }[];
    expect(errors.map(({ path }) => path).sort()).toEqual(['/email', '/extra', '/password']);
    expect(JSON.stringify(problem.problem)).not.toContain('canary-value');
  });
});

describe('path and host (M1)', () => {
  const get = (target: string, host: string, more = ''): string =>
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

  test('a host of any length routes by the same path', async () => {
    for (const host of [
      'a',
      'ab',
      'abc',
      'abcd',
      'localhost.evil',
      'evil.example',
      '127.0.0.1.evil.example',
      '127.0.0.1@evil',
      'localhost:99999999',
      'localhost/x',
      ' ',
    ])
      for (const target of ['/xx/api/v1/probe/admin', '/api/v1/probe/admin', '/health/live']) {
        const { status, text } = await rawRequest(app.port, get(target, host));
        expect([host, target, status === 421 || status === 400 || status === 404]).toEqual([
          host,
          target,
          true,
        ]);
        expect(text).not.toContain('for admins');
      }
  });

  test('this machine’s own names are served in any case and under any port', async () => {
    for (const host of [
      'localhost',
      'LOCALHOST',
      'localhost:1',
      '127.0.0.1',
      `127.0.0.1:${app.port}`,
      '[::1]:8080',
    ])
      expect((await rawRequest(app.port, get('/health/live', host))).status).toBe(200);
  });

  test('no spelling of a guarded path reaches its handler without the guard', async () => {
    const before = reached.length;
    const spellings = [
      '//api/v1/probe/admin',
      '/api/v1/probe/admin/',
      '/API/V1/PROBE/ADMIN',
      '/api/v1/probe/%61dmin',
      '/x/../api/v1/probe/admin',
      '/api/v1/probe/admin%2f',
      '/api/v1/probe/admin;x',
      '/api/v1/probe/admin%00',
      '/api/v1/probe/admin?x=/health/live',
      '/health/live/../../api/v1/probe/admin',
      '/api/v1/probe/./admin',
      '/api\\v1\\probe\\admin',
    ];
    for (const spelling of spellings) {
      const { status } = await rawRequest(app.port, get(spelling, 'localhost'));
      expect([spelling, [400, 401, 403, 404, 421].includes(status ?? 400)]).toEqual([spelling, true]);
    }
    expect(reached.length).toBe(before);
  });

  test('no Host, two Hosts, or a target that names another host than the header are refused', async () => {
    const odd = [
      'GET http://localhost/health/live HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n',
      'GET /health/live HTTP/1.0\r\n\r\n',
      'GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    ];
    for (const request of odd) {
      const { status } = await rawRequest(app.port, request);
      expect([request, status === undefined || status === 400 || status === 421]).toEqual([request, true]);
    }
  });

  test('an absolute-form target is the same path under the same guard', async () => {
    const { status } = await rawRequest(
      app.port,
      'GET http://evil.example/api/v1/probe/admin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(status).toBe(401);
  });

  test('forwarding headers change nothing', async () => {
    const response = await fetch(`${app.url}/api/v1/probe/admin`, {
      headers: {
        'x-original-url': '/health/live',
        'x-rewrite-url': '/health/live',
        'x-forwarded-host': 'evil.example',
        'x-http-method-override': 'OPTIONS',
        'x-forwarded-for': '127.0.0.1',
      },
    });
    expect(response.status).toBe(401);
    expect(JSON.stringify([...response.headers]) + (await response.text())).not.toContain('evil.example');
  });
});

describe('methods', () => {
  test('another method on a known path → 405 with Allow', async () => {
    const response = await fetch(`${app.url}/api/v1/probe/notes`, { method: 'DELETE' });
    expect({
      status: response.status,
      allow: response.headers.get('allow'),
      code: await codeOf(response),
    }).toEqual({ status: 405, allow: 'POST', code: 'method_not_allowed' });
    for (const method of ['OPTIONS', 'PUT', 'PROPFIND'])
      expect([method, (await fetch(`${app.url}/api/v1/probe/notes`, { method })).status]).toEqual([
        method,
        405,
      ]);
  });
  test('HEAD asks for the same permission as GET', async () => {
    const before = reached.length;
    expect((await fetch(`${app.url}/api/v1/probe/secret`, { method: 'HEAD' })).status).toBe(401);
    expect(reached.length).toBe(before);
  });
  test('an unknown path → 404', async () => {
    expect((await api.problem('GET', '/nothing')).code).toBe('not_found');
  });
});

describe('broken framing (H63–H67, H72)', () => {
  const head = 'POST /api/v1/probe/notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const second = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const broken: readonly [what: string, bytes: string][] = [
    ['100 KB header', `GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['10,000 headers', `GET /health/live HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(10_000)}\r\n`],
    ['two Content-Lengths', `${head}Content-Length: 12\r\nContent-Length: 0\r\n\r\n{"text":"x"}${second}`],
    [
      'Content-Length and chunked',
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
    ],
    ['negative Content-Length', `${head}Content-Length: -1\r\n\r\n${second}`],
    [
      'a 10 MB token',
      `GET /api/v1/auth/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${'x'.repeat(10_000_000)}\r\n\r\n`,
    ],
  ];
  for (const [what, bytes] of broken)
    test(`${what}: refused, and nothing behind it is served`, async () => {
      const before = reached.length;
      const { status, answerCount, isClosed } = await rawRequest(app.port, bytes);
      expect([what, status === undefined || status >= 400]).toEqual([what, true]);
      expect(isClosed || answerCount <= 1).toBe(true);
      expect(reached.length).toBe(before);
    });
});

describe('origins (H160–H162, H165)', () => {
  const write = async (origin: string) => post({ body: '{"text":"x"}', headers: { ...asJson, origin } });

  test('a write from another origin → 403 and no CORS header', async () => {
    const before = reached.length;
    for (const origin of [
      'https://evil.example',
      'null',
      'https://good.example.evil',
      'http://good.example',
      'https://good.example:8443',
      'https://GOOD.example',
      'https://good.example/',
      'file://',
      '*',
    ]) {
      const response = await write(origin);
      expect([origin, response.status, response.headers.get('access-control-allow-origin')]).toEqual([
        origin,
        403,
        null,
      ]);
    }
    expect(reached.length).toBe(before);
  });

  test('an allowed origin gets itself, never a wildcard, and caches are told', async () => {
    const response = await write('https://good.example');
    expect([
      response.status,
      response.headers.get('access-control-allow-origin'),
      response.headers.get('access-control-allow-credentials'),
    ]).toEqual([200, 'https://good.example', null]);
    expect(response.headers.get('vary')).toContain('Origin');
    expect((await fetch(`${app.url}/health/live`)).headers.get('vary')).toContain('Origin');
  });

  test('a read from another origin is served without a CORS header', async () => {
    const response = await fetch(`${app.url}/health/live`, { headers: { origin: 'https://evil.example' } });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  });

  test('a socket from another origin → 403', async () => {
    const response = await rawRequest(
      app.port,
      `GET /api/v1/realtime HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    expect(response.status).toBe(403);
  });

  test('preflight: 204 for an allowed origin, 403 for another', async () => {
    const ask = async (origin: string) =>
      fetch(`${app.url}/api/v1/probe/notes`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const allowed = await ask('https://good.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://good.example',
    ]);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    const other = await ask('https://evil.example');
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  test('the page this server sends may call it', async () => {
    expect((await write(app.url)).status).toBe(200);
  });
});

describe('what every answer carries', () => {
  test('request id: kept when harmless, replaced when not, also on errors', async () => {
    const ask = async (id: string) =>
      (await fetch(`${app.url}/nothing`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await ask('client-7:abc')).toBe('client-7:abc');
    for (const bad of ['x'.repeat(129), 'a b', '<script>', '"quoted"', 'ü'])
      expect(await ask(bad)).toMatch(/^[0-9a-f-]{36}$/);
    const response = await fetch(`${app.url}/nothing`, { headers: { 'x-request-id': 'mine' } });
    expect(((await response.json()) as { requestId: string }).requestId).toBe('mine');
  });

  test('security headers, and private answers stay private', async () => {
    for (const path of ['/nothing', '/health/live', '/api/v1/auth/me']) {
      const { headers } = await fetch(app.url + path);
      expect([
        path,
        headers.get('x-content-type-options'),
        headers.get('referrer-policy'),
        headers.get('cache-control'),
        headers.get('content-security-policy'),
      ]).toEqual([path, 'nosniff', 'no-referrer', 'no-store', "default-src 'none'; frame-ancestors 'none'"]);
    }
  });
});

describe('failures', () => {
  test('a bug → 500 without its message, logged with its stack under the request’s id', async () => {
    const answer = await api.request('GET', '/probe/bug', {
      headers: { 'x-request-id': 'bug-1' },
      token: null,
    });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('canary');
    expect(answer.body).toMatchObject({
      code: 'internal',
      requestId: 'bug-1',
      success: false,
      instance: '/api/v1/probe/bug',
    });
    const line = app.logs().find((entry) => entry.includes('bug-1') && entry.includes('request failed'));
    expect(line).toContain('hunter2-canary');
    expect(line).toContain('gate.test.ts');
    expect(app.unexpected.some((error) => String(error).includes('hunter2-canary'))).toBe(true);
    expect((await fetch(`${app.url}/health/live`)).status).toBe(200);
  });

  test('an answer against its own schema never leaves', async () => {
    const answer = await api.request('GET', '/probe/broken-answer', { token: null });
    expect([answer.status, JSON.stringify(answer.body).includes('other')]).toEqual([500, false]);
  });

  test('a full disk → 507, an outage → 503, both with Retry-After in whole seconds', async () => {
    const full = await fetch(`${app.url}/api/v1/probe/full`, {
      headers: { authorization: `Bearer ${api.token}` },
    });
    expect([full.status, full.headers.get('retry-after'), await codeOf(full)]).toEqual([
      507,
      '60',
      'storage_full',
    ]);
    const busy = await api.request('GET', '/probe/busy');
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '8']);
  });

  test('one log line a request: method, matched route, status, time, ids', async () => {
    await api.request('GET', '/auth/me', { headers: { 'x-request-id': 'line-1' } });
    const lines = app
      .logs()
      .filter((line) => line.includes('line-1'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      method: 'GET',
      route: '/api/v1/auth/me',
      status: 200,
      userId: api.user?.id,
      msg: 'request',
    });
    expect(typeof lines[0]?.['ms']).toBe('number');
  });

  test('line breaks, escapes and megabytes from outside make no second log line (H168)', async () => {
    const before = app.logs().length;
    await fetch(`${app.url}/api/v1/x%0d%0a{"level":"fatal"}%1b[31m${'y'.repeat(5_000)}`, {
      headers: { 'user-agent': '"},{"level":"fatal"' },
    });
    const lines = app.logs().slice(before);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ route: 'unmatched', status: 404 });
  });
});
