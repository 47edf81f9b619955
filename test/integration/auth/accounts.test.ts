/** Register, login and the account itself. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { newId } from '../../../src/contracts/ids.ts';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { type HttpApp, startHttpApp } from '../../fixtures/http-app.ts';

let app: HttpApp;
let api: ApiClient;
beforeAll(async () => {
  app = await startHttpApp({ env: { LOG_LEVEL: 'info' } });
  api = await createApiClient(app.url);
});
afterAll(async () => app[Symbol.asyncDispose]());

const PASSWORD = 'correct horse battery';
const freshEmail = (): string => `u-${crypto.randomUUID()}@example.com`;

/** An account as an old database had it. */
async function importAccount(passwordHash: string, username?: string): Promise<string> {
  const email = freshEmail();
  await app.db.models.User.create({
    _id: newId('user'),
    email,
    name: 'Imported',
    passwordHash,
    role: 'user',
    ...(username === undefined ? {} : { username }),
  });
  return email;
}

describe('register', () => {
  test('makes an account, signs it in, and keeps only a hash of its password', async () => {
    const client = api.anonymous();
    const email = freshEmail();
    const { user, tokens } = await client.register({
      email: ` ${email.toUpperCase()} `,
      password: PASSWORD,
      name: 'Ada',
      username: 'AdaL',
    });
    expect(user).toMatchObject({ email, username: 'adal', name: 'Ada', role: 'user' });
    expect(tokens.expiresIn).toBe(900);
    expect(await client.json('GET', '/auth/me')).toEqual({ user } as never);
    const stored = await app.db.models.User.findOne({ email }).lean();
    expect(stored?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('a taken email or username → 409, also under 20 at once', async () => {
    const email = freshEmail();
    const attempts = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        api.request('POST', '/auth/register', {
          token: null,
          json: { email: index % 2 === 0 ? email : email.toUpperCase(), password: PASSWORD },
        }),
      ),
    );
    expect(attempts.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(
      new Set(
        attempts.filter(({ status }) => status !== 201).map(({ body }) => (body as { code: string }).code),
      ),
    ).toEqual(new Set(['email_taken']));
    expect(await app.db.models.User.countDocuments({ email })).toBe(1);
    await api.anonymous().register({ username: 'taken.name' });
    const problem = await api.problem('POST', '/auth/register', {
      token: null,
      json: { email: freshEmail(), password: PASSWORD, username: 'TAKEN.name' },
    });
    expect([problem.status, problem.code]).toEqual([409, 'username_taken']);
  });

  const refused: readonly [what: string, fields: Record<string, unknown>, path: string][] = [
    ['a short password', { password: 'seven77' }, '/password'],
    ['a password of 1,025 characters', { password: 'x'.repeat(1_025) }, '/password'],
    ['a password of white space', { password: ' \t '.repeat(10) }, '/password'],
    ['an array as password', { password: ['a', 'b'] }, '/password'],
    ['an object as password', { password: { $gt: '' } }, '/password'],
    ['a number as password', { password: 12_345_678 }, '/password'],
    ['no password', { password: undefined }, '/password'],
    ['an email without @', { email: 'ada.example.com' }, '/email'],
    ['an email with two @', { email: 'ada@@example.com' }, '/email'],
    ['an email with white space inside', { email: 'a da@example.com' }, '/email'],
    ['an email without a domain', { email: 'ada@localhost' }, '/email'],
    ['an email of 255 characters', { email: `${'a'.repeat(60)}@${'b'.repeat(190)}.com` }, '/email'],
    ['an object as email', { email: { $ne: null } }, '/email'],
    ['a role', { role: 'admin' }, '/role'],
    ['an id', { _id: 'usr_x' }, '/_id'],
    ['a username with a slash', { username: '../admin' }, '/username'],
    ['a blank name', { name: '   ' }, '/name'],
  ];
  for (const [what, fields, path] of refused)
    test(`${what} → 422 at ${path}`, async () => {
      const json = { email: freshEmail(), password: PASSWORD, ...fields };
      const problem = await api.problem('POST', '/auth/register', { token: null, json });
      expect([problem.status, problem.code]).toEqual([422, 'validation_failed']);
      expect((problem.problem['errors'] as { path: string }[]).map((issue) => issue.path)).toContain(path);
    });

  test('passwords keep every character: emoji, NUL, 1,024 of them, and the 73rd byte counts', async () => {
    for (const password of ['пароль🔐🔐', `nul\u0000inside`, 'x'.repeat(1_024), 'y'.repeat(73)]) {
      const client = api.anonymous();
      const { user } = await client.register({ password });
      expect((await client.login({ email: user.email, password })).user.id).toBe(user.id);
      const wrong = password.slice(0, -1);
      expect(
        (
          await client.problem('POST', '/auth/login', {
            token: null,
            json: { email: user.email, password: wrong },
          })
        ).code,
      ).toBe('invalid_credentials');
    }
  });
});

describe('login', () => {
  test('by email in any case, by username, and by a username in the email field of old clients', async () => {
    const { user } = await api.anonymous().register({ password: PASSWORD, username: 'grace.h' });
    for (const who of [
      { email: user.email.toUpperCase() },
      { username: 'Grace.H' },
      { email: 'grace.h' },
      { username: user.email },
    ])
      expect((await api.anonymous().login({ ...who, password: PASSWORD })).user.id).toBe(user.id);
  });

  test('neither email nor username → 422', async () => {
    expect(
      (await api.problem('POST', '/auth/login', { token: null, json: { password: PASSWORD } })).code,
    ).toBe('validation_failed');
  });

  test('operator objects and arrays → 422, never a query (H16, M14)', async () => {
    for (const value of [{ $ne: null }, { $gt: '' }, ['a'], 1, true, null])
      for (const field of ['email', 'password'] as const) {
        const problem = await api.problem('POST', '/auth/login', {
          token: null,
          json: { email: 'ada@example.com', password: 'x', [field]: value },
        });
        expect([JSON.stringify(value), field, problem.code]).toEqual([
          JSON.stringify(value),
          field,
          'validation_failed',
        ]);
      }
  });

  test('an unknown and a known email answer alike, in text and in time (H19)', async () => {
    const { user } = await api.anonymous().register({ password: PASSWORD });
    const attempt = async (email: string) => {
      const startedAt = performance.now();
      const problem = await api.problem('POST', '/auth/login', {
        token: null,
        json: { email, password: 'a wrong password' },
      });
      const { requestId: _requestId, ...rest } = problem.problem;
      return { durationMs: performance.now() - startedAt, text: JSON.stringify(rest) };
    };
    await attempt(freshEmail());
    const known: number[] = [];
    const unknown: number[] = [];
    const texts = new Set<string>();
    for (let round = 0; round < 30; round++) {
      const [a, b] = [await attempt(user.email), await attempt(freshEmail())];
      known.push(a.durationMs);
      unknown.push(b.durationMs);
      texts.add(a.text).add(b.text);
    }
    const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
    expect(texts.size).toBe(1);
    expect(Math.abs(median(known) - median(unknown))).toBeLessThan(20);
  });

  test('a megabyte as password → 413 without hashing it (H18)', async () => {
    const startedAt = performance.now();
    const problem = await api.problem('POST', '/auth/login', {
      token: null,
      json: { email: 'a@b.cd', password: 'x'.repeat(1_000_000) },
    });
    expect(problem.code).toBe('payload_too_large');
    expect(performance.now() - startedAt).toBeLessThan(250);
  });

  test('bcrypt hashes of every prefix are accepted and become argon2id', async () => {
    const hash = await Bun.password.hash(PASSWORD, { algorithm: 'bcrypt', cost: 4 });
    for (const prefix of ['$2a$', '$2b$', '$2y$']) {
      const email = await importAccount(hash.replace(/^\$2.\$/, prefix));
      expect(
        (await api.problem('POST', '/auth/login', { token: null, json: { email, password: `${PASSWORD}!` } }))
          .code,
      ).toBe('invalid_credentials');
      await api.anonymous().login({ email, password: PASSWORD });
      expect((await app.db.models.User.findOne({ email }).lean())?.passwordHash).toStartWith('$argon2id$');
      await api.anonymous().login({ email, password: PASSWORD });
    }
  });

  test('a bcrypt hash of a password beyond 72 bytes, made by a library that cut it, fits the whole password and then needs all of it', async () => {
    const password = 'ü'.repeat(60);
    const cut = Buffer.from(password).subarray(0, 72);
    const email = await importAccount(await Bun.password.hash(cut, { algorithm: 'bcrypt', cost: 4 }));
    await api.anonymous().login({ email, password });
    expect(
      (await api.problem('POST', '/auth/login', { token: null, json: { email, password: 'ü'.repeat(59) } }))
        .code,
    ).toBe('invalid_credentials');
    await api.anonymous().login({ email, password });
  });

  test('a hash of unknown form fits nothing', async () => {
    for (const hash of ['', 'plain text', '$1$md5$abc', '$argon2id$broken', '$2b$10$short']) {
      const email = await importAccount(hash || 'none');
      for (const password of [hash || 'none', PASSWORD])
        expect(
          (await api.problem('POST', '/auth/login', { token: null, json: { email, password } })).code,
        ).toBe('invalid_credentials');
    }
  });
});

test('no password, token or hash is in the log (H169)', async () => {
  const client = api.anonymous();
  const { tokens, user } = await client.register({ password: 'canary-password-1' });
  await client.login({ email: user.email, password: 'canary-password-1' });
  await client.json('POST', '/auth/refresh', { json: { refreshToken: tokens.refreshToken } });
  await client.problem('POST', '/auth/login', {
    json: { email: user.email, password: 'canary-password-2' },
    token: null,
  });
  await client.json('POST', '/auth/logout', { json: { refreshToken: tokens.refreshToken } });
  const log = app.logs().join('');
  for (const canary of [
    'canary-password',
    tokens.accessToken,
    tokens.refreshToken,
    '$argon2id',
    app.jwtSecret,
  ])
    expect(log).not.toContain(canary);
  expect(log).toContain(user.id);
});
