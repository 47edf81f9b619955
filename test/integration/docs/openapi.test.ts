/** The published document is valid, complete and true of the routes, and `/docs` shows it without a network. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { ERROR_KINDS } from '../../../src/contracts/errors.ts';
import { type ApiApp, startApiApp } from '../../fixtures/api-app.ts';
import { createApiClient } from '../../fixtures/api-client.ts';
import { startHttpApp } from '../../fixtures/http-app.ts';
import { routeFaults } from '../../fixtures/route-rules.ts';

type Json = Record<string, unknown>;
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Json>> };
  readonly parameters?: readonly Json[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Json>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Json;
  readonly tags: readonly { readonly name: string }[];
}

let app: ApiApp;
let document: Document;
let operations: readonly (readonly [name: string, operation: Operation])[];
beforeAll(async () => {
  app = await startApiApp();
  document = (await (await fetch(`${app.url}/docs/json`)).json()) as Document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  );
});
afterAll(async () => app[Symbol.asyncDispose]());

describe('the document', () => {
  test('passes the OpenAPI 3.1 schema', async () => {
    expect(await new Validator().validate(structuredClone(document) as unknown as Json)).toEqual({
      valid: true,
    });
  });

  test('passes redocly’s recommended rules without a warning', async () => {
    const problems = await lintFromString({
      source: JSON.stringify(document),
      // A socket opens with 101; the test below asks every other operation for a success.
      config: await createConfig({ extends: ['recommended'], rules: { 'operation-2xx-response': 'off' } }),
    });
    expect(
      problems.map(
        ({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer ?? ''}`,
      ),
    ).toEqual([]);
  });

  test('lists every route that does not hide, each once', () => {
    const declared = app.routes
      .filter((route) => route.hooks?.detail?.hide !== true && route.method !== 'WS')
      .map(
        (route) =>
          `${route.method} ${route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}').replace(/(.)\/$/, '$1')}`,
      );
    expect(operations.map(([name]) => name).sort()).toEqual([...new Set(declared)].sort());
    expect(new Set(operations.map(([, { operationId }]) => operationId)).size).toBe(operations.length);
  });

  test('gives every operation a summary, a known tag, a success and its failures as problem details', () => {
    const known = new Set(document.tags.map(({ name }) => name));
    for (const [name, operation] of operations) {
      expect([
        name,
        typeof operation.summary,
        operation.tags.length > 0,
        operation.tags.filter((tag) => !known.has(tag)),
      ]).toEqual([name, 'string', true, []]);
      const statuses = Object.keys(operation.responses);
      expect([
        name,
        statuses.some((status) => (name.endsWith('/realtime') ? /^101$/ : /^[23]/).test(status)),
        statuses.includes('500'),
      ]).toEqual([name, true, true]);
      for (const [status, response] of Object.entries(operation.responses)) {
        if (Number(status) < 400 || name.includes('/health/')) continue;
        expect([name, status, Object.keys(response.content ?? {})]).toEqual([
          name,
          status,
          ['application/problem+json'],
        ]);
      }
    }
  });

  test('gives every body, parameter and JSON answer an example that fits its schema', () => {
    const ajv = new Ajv2020({ strict: false, formats: fullFormats });
    ajv.addSchema({ $id: 'doc', components: document.components });
    const check = (place: string, holder: Json): void => {
      const examples = isJson(holder['examples'])
        ? Object.values(holder['examples']).map((example) => (example as Json)['value'])
        : 'example' in holder
          ? [holder['example']]
          : [];
      expect([place, examples.length > 0]).toEqual([place, true]);
      const local = JSON.parse(
        JSON.stringify(holder['schema']).replaceAll('"#/components/', '"doc#/components/'),
      ) as Json;
      const validate = ajv.compile(local);
      for (const example of examples)
        expect([place, validate(example), ajv.errorsText(validate.errors)]).toEqual([
          place,
          true,
          'No errors',
        ]);
    };
    for (const [name, operation] of operations) {
      for (const parameter of operation.parameters ?? [])
        check(`${name} ${String(parameter['name'])}`, parameter);
      for (const [type, media] of Object.entries(operation.requestBody?.content ?? {}))
        if (type.endsWith('json')) check(`${name} body`, media);
      for (const [status, response] of Object.entries(operation.responses))
        for (const [type, media] of Object.entries(response.content ?? {}))
          if (/[/+]json$/.test(type)) check(`${name} ${status}`, media);
    }
  });

  test('guards are in it: bearer on routes with a policy, none on public ones', () => {
    const security = (name: string): unknown =>
      Reflect.get(operations.find(([other]) => other === name)?.[1] ?? {}, 'security');
    expect(security('GET /api/v1/auth/me')).toEqual([{ bearer: [] }]);
    expect(security('POST /api/v1/auth/login')).toEqual([]);
  });

  test('holds no word of the validator, and no example code outside the closed list', () => {
    const text = JSON.stringify(document);
    for (const word of [
      'x-policy',
      'x-idempotent',
      'x-documented',
      'x-expected',
      'x-problem-codes',
      'elysiaMeta',
      '"nullable"',
      '"$id"',
    ])
      expect([word, text.includes(word)]).toEqual([word, false]);
    const codes = [...text.matchAll(/urn:vfxb:problem:([a-z_]+)/g)].map(([, code]) => code ?? '');
    expect(codes.filter((code) => !(code in ERROR_KINDS))).toEqual([]);
  });

  test('is served with an ETag', async () => {
    const first = await fetch(`${app.url}/docs/json`);
    const again = await fetch(`${app.url}/docs/json`, {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect([first.status, again.status]).toEqual([200, 304]);
  });
});

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

describe('the route table', () => {
  test('every route has a policy, closed and bounded inputs, and documentation', () => {
    expect(routeFaults(app.routes)).toEqual([]);
  });

  test('a route without them would fail', () => {
    const careless = new Elysia()
      .get('/no-policy', () => 'x')
      .post('/open', () => 'x', { body: Type.Object({ name: Type.String() }) });
    const faults = routeFaults(careless.routes);
    for (const expected of [
      'GET /no-policy has no policy',
      'POST /open takes unknown fields at body',
      'POST /open takes texts of any length at body/properties/name',
    ])
      expect(faults).toContain(expected);
  });
});

describe('the test client', () => {
  test('throws on an answer that the document does not promise', async () => {
    const Wrong = Type.Object({ success: Type.Literal(true) });
    await using liar = await startHttpApp({
      routes: (http) =>
        new Elysia({ tags: ['health'] })
          .use(http)
          .get('/extra', () => Response.json({ success: true, data: 1 }), {
            policy: 'public',
            response: { 200: Wrong },
            detail: { summary: 'x' },
          })
          .get('/status', () => Response.json({ success: true }, { status: 202 }), {
            policy: 'public',
            response: { 200: Wrong },
            detail: { summary: 'x' },
          })
          .get('/type', () => new Response('hello'), {
            policy: 'public',
            response: { 200: Wrong },
            detail: { summary: 'x' },
          })
          .get('/hidden', () => new Response('hello'), { policy: 'public', detail: { hide: true } }),
      env: { LOG_LEVEL: 'silent' },
    });
    const client = await createApiClient(liar.url);
    for (const [path, why] of [
      ['/extra', 'additional properties'],
      ['/status', 'undocumented status'],
      ['/type', 'content type'],
      ['/hidden', 'no such operation'],
    ] as const)
      expect(client.request('GET', path)).rejects.toThrow(why);
  });
});

describe('/docs', () => {
  test('loads nothing from elsewhere', async () => {
    const page = await fetch(`${app.url}/docs`);
    const html = await page.text();
    expect(html.match(/https?:\/\//g)).toBeNull();
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
    for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g))
      expect([address, (await fetch(app.url + address)).status]).toEqual([address, 200]);
    for (const address of [
      '/docs/assets/package.json',
      '/docs/assets/..%2f..%2fpackage.json',
      '/docs/assets/constructor',
    ])
      expect([address, (await fetch(app.url + address)).status]).toEqual([address, 404]);
  });

  test('renders every tag and operation in a browser that reaches nothing but this server', async () => {
    const browser = Bun.spawn(
      [
        'chromium',
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--virtual-time-budget=20000',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
        '--dump-dom',
        `${app.url}/docs`,
      ],
      { stdout: 'pipe', stderr: 'ignore', timeout: 60_000, killSignal: 'SIGKILL' },
    );
    const dom = await new Response(browser.stdout).text();
    await browser.exited;
    const rendered = [...dom.matchAll(/class="opblock-summary-path"[^>]*data-path="([^"]+)"/g)].map(
      ([, path]) => path,
    );
    expect(new Set(rendered)).toEqual(new Set(operations.map(([name]) => name.split(' ')[1])));
    expect(rendered).toHaveLength(operations.length);
    expect(dom).not.toContain('Failed to load');
  }, 90_000);
});
