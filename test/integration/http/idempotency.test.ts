/** `Idempotency-Key` (D7, H141–H144): one effect, the first answer again, and no effect without its answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Elysia, status } from 'elysia';
import { AppError } from '../../../src/contracts/errors.ts';
import type { HttpBase } from '../../../src/platform/http/http-base.ts';
import { sweepIdempotencyKeys } from '../../../src/platform/http/idempotency.ts';
import { dataOf, ok, problemResponses } from '../../../src/platform/http/responses.ts';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { type HttpApp, startHttpApp } from '../../fixtures/http-app.ts';

const Thing = Type.Object({ name: Type.String(), serial: Type.Integer() }, { additionalProperties: false });
const Body = Type.Object(
  { name: Type.String({ maxLength: 100 }), more: Type.Optional(Type.String({ maxLength: 9 })) },
  { additionalProperties: false },
);

let serial = 0;
let failNext: Error | undefined;
let gate: Promise<void> = Promise.resolve();
let app: HttpApp;
let api: ApiClient;

function thingRoutes(http: HttpBase) {
  const make = async (name: string) => {
    serial++;
    await app.audit.append({ actor: 'test', action: 'thing.made', subject: name, requestId: 'test' });
    if (failNext !== undefined) throw failNext;
    return { name, serial };
  };
  return new Elysia({ prefix: '/things', tags: ['health'] })
    .use(http)
    .post('', async ({ body, once }) => once(async () => status(201, ok(await make(body.name)))), {
      policy: 'user',
      idempotent: true,
      body: Body,
      response: { 201: dataOf(Thing), ...problemResponses('conflict') },
      detail: { summary: 'Make' },
    })
    .post(
      '/long',
      async ({ request, onceLong }) =>
        onceLong<ReturnType<typeof status<202, { success: true; data: { name: string; serial: number } }>>>(
          async (settle) => {
            await request.text();
            await gate;
            return app.db.transaction(async () => settle(status(202, ok(await make('long')))));
          },
        ),
      {
        policy: 'user',
        idempotent: true,
        parse: 'none',
        response: { 202: dataOf(Thing), ...problemResponses('conflict') },
        detail: {
          summary: 'Make slowly',
          requestBody: { content: { 'video/*': { schema: { type: 'string', format: 'binary' } } } },
        },
      },
    );
}

beforeAll(async () => {
  app = await startHttpApp({ routes: thingRoutes, env: { LOG_LEVEL: 'error' } });
  api = await createApiClient(app.url);
  await api.register();
});
afterAll(async () => app[Symbol.asyncDispose]());
beforeEach(() => {
  serial = 0;
  failNext = undefined;
  gate = Promise.resolve();
});

const make = async (key: string, json: unknown = { name: 'a' }, client = api) =>
  client.request('POST', '/things', { json, headers: { 'idempotency-key': key } });
const makeLong = async (key: string, body = 'bytes') =>
  api.request('POST', '/things/long', {
    body,
    headers: { 'idempotency-key': key, 'content-type': 'video/mp4' },
  });
const codeOf = ({ body }: { body: unknown }): unknown => (body as { code?: unknown }).code;

describe('a repeat', () => {
  test('has no second effect and gets the first answer, marked as repeated', async () => {
    const first = await make('repeat');
    const second = await make('repeat');
    expect([first.status, second.status, serial]).toEqual([201, 201, 1]);
    expect(second.body).toEqual(first.body);
    expect([first.headers.get('idempotent-replayed'), second.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
  });

  test('may write its fields in another order', async () => {
    await make('order', { name: 'a', more: 'b' });
    expect((await make('order', { more: 'b', name: 'a' })).headers.get('idempotent-replayed')).toBe('true');
  });

  test('with another body → 422, and the first answer stays', async () => {
    await make('mismatch');
    const other = await make('mismatch', { name: 'b' });
    expect([other.status, codeOf(other), serial]).toEqual([422, 'idempotency_mismatch', 1]);
    expect((await make('mismatch')).status).toBe(201);
  });

  test('of another user is another request', async () => {
    const stranger = api.anonymous();
    await stranger.register();
    await make('shared');
    const theirs = await make('shared', { name: 'a' }, stranger);
    expect([theirs.status, theirs.headers.get('idempotent-replayed'), serial]).toEqual([201, null, 2]);
  });

  test('20 at once: one effect; the others get the same answer or 409 while it runs', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, async () => make('burst')));
    expect(serial).toBe(1);
    const kinds = new Set(answers.map((answer) => (answer.status === 201 ? 'made' : codeOf(answer))));
    expect([...kinds].filter((kind) => kind !== 'made' && kind !== 'idempotency_in_flight')).toEqual([]);
  });

  test('while the first still runs → 409 with Retry-After', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const first = makeLong('in-flight');
    let second = await makeLong('in-flight');
    while (second.status !== 409) second = await makeLong('in-flight');
    expect([codeOf(second), second.headers.get('retry-after')]).toEqual(['idempotency_in_flight', '1']);
    resolve();
    expect((await first).status).toBe(202);
    const third = await makeLong('in-flight');
    expect([third.status, third.headers.get('idempotent-replayed'), serial]).toEqual([202, 'true', 1]);
    expect(codeOf(await makeLong('in-flight', 'other bytes of another length'))).toBe('idempotency_mismatch');
  });
});

describe('work that fails', () => {
  test('leaves no effect and frees the key', async () => {
    const subject = `rolled-back-${crypto.randomUUID()}`;
    failNext = new AppError('conflict');
    expect((await make('failing', { name: subject })).status).toBe(409);
    expect(await app.db.models.AuditEntry.countDocuments({ subject })).toBe(0);
    failNext = undefined;
    expect((await make('failing', { name: subject })).status).toBe(201);
    expect(await app.db.models.AuditEntry.countDocuments({ subject })).toBe(1);
  });

  test('whose process died is taken over once its claim is old', async () => {
    await make('dead');
    const row = await app.db.models.IdempotencyKey.findOne({ state: 'done' }).sort({ createdAt: -1 }).lean();
    await app.db.models.IdempotencyKey.updateOne(
      { _id: row?._id ?? '' },
      { $set: { state: 'running', lockedUntil: new Date(Date.now() + 5_000) } },
    );
    expect(codeOf(await make('dead'))).toBe('idempotency_in_flight');
    await app.db.models.IdempotencyKey.updateOne(
      { _id: row?._id ?? '' },
      { $set: { lockedUntil: new Date(Date.now() - 1) } },
    );
    const answers = await Promise.all([make('dead'), make('dead'), make('dead')]);
    expect(serial).toBe(2);
    expect(answers.some((answer) => answer.status === 201)).toBe(true);
  });

  test('an answer older than a day is forgotten', async () => {
    await make('yesterday');
    const row = await app.db.models.IdempotencyKey.findOne({ state: 'done' }).sort({ createdAt: -1 }).lean();
    await app.db.models.IdempotencyKey.collection.updateOne(
      { _id: row?._id as never },
      { $set: { createdAt: new Date(Date.now() - 25 * 3_600_000) } },
    );
    expect((await make('yesterday', { name: 'new' })).status).toBe(201);
    expect(serial).toBe(2);
  });
});

test('what is older than a day is swept, what is younger stays', async () => {
  const young = {
    _id: 'young',
    userId: 'u',
    requestHash: 'h',
    state: 'done' as const,
    lockedUntil: new Date(),
  };
  const { IdempotencyKey } = app.db.models;
  await IdempotencyKey.create([young, { ...young, _id: 'old' }]);
  await IdempotencyKey.collection.updateOne(
    { _id: 'old' as never },
    { $set: { createdAt: new Date(Date.now() - 25 * 3_600_000) } },
  );
  expect(await sweepIdempotencyKeys(app.db.models, new Date())).toBeGreaterThanOrEqual(1);
  expect([
    await IdempotencyKey.exists({ _id: 'old' }),
    (await IdempotencyKey.exists({ _id: 'young' }))?._id,
  ]).toEqual([null, 'young']);
});

test('keys of the wrong form → 400; none at all → two effects', async () => {
  for (const key of ['x'.repeat(256), 'a b', 'tab\there']) {
    const answer = await make(key);
    expect([key.slice(0, 9), answer.status, codeOf(answer)]).toEqual([key.slice(0, 9), 400, 'bad_request']);
  }
  expect(serial).toBe(0);
  await api.request('POST', '/things', { json: { name: 'a' } });
  await api.request('POST', '/things', { json: { name: 'a' } });
  expect(serial).toBe(2);
});
