/** Tokens and sessions: rotation, reuse, logout, and every way to forge a token. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { type ApiClient, createApiClient, type SignedIn } from '../../fixtures/api-client.ts';
import { type HttpApp, startHttpApp } from '../../fixtures/http-app.ts';

let app: HttpApp;
let api: ApiClient;
let clockOffsetMs = 0;
const now = (): Date => new Date(Date.now() + clockOffsetMs);
beforeAll(async () => {
  app = await startHttpApp({ now, env: { LOG_LEVEL: 'error' } });
  api = await createApiClient(app.url);
});
afterAll(async () => app[Symbol.asyncDispose]());

async function atTime<T>(offsetMs: number, work: () => Promise<T>): Promise<T> {
  clockOffsetMs = offsetMs;
  try {
    return await work();
  } finally {
    clockOffsetMs = 0;
  }
}

const refresh = async (refreshToken: string) =>
  api.json<SignedIn>('POST', '/auth/refresh', { json: { refreshToken }, token: null });
const refreshCode = async (refreshToken: string) =>
  (await api.problem('POST', '/auth/refresh', { json: { refreshToken }, token: null })).code;
const meStatus = async (token: string) => (await api.request('GET', '/auth/me', { token })).status;
const sessionIdOf = ({ tokens }: SignedIn): string => tokens.refreshToken.split('.')[0] ?? '';

describe('refresh', () => {
  test('gives a new pair that works; the old access token works on until it runs out', async () => {
    const first = await api.anonymous().register();
    const second = await refresh(first.tokens.refreshToken);
    expect(second.tokens.refreshToken).not.toBe(first.tokens.refreshToken);
    expect(second.user.id).toBe(first.user.id);
    expect([await meStatus(second.tokens.accessToken), await meStatus(first.tokens.accessToken)]).toEqual([
      200, 200,
    ]);
  });

  test('50 at once with one token make exactly one child', async () => {
    const { tokens } = await api.anonymous().register();
    const answers = await Promise.all(Array.from({ length: 50 }, async () => refresh(tokens.refreshToken)));
    const children = new Set(answers.map((answer) => answer.tokens.refreshToken));
    expect(children.size).toBe(1);
    const [child = ''] = children;
    const session = await app.db.models.Session.findById(child.split('.')[0]).lean();
    expect([session?.generation, session?.revokedAt]).toEqual([2, undefined]);
    expect((await refresh(child)).tokens.refreshToken).not.toBe(child);
  });

  test('an answer that was lost is given again within ten seconds, and not after', async () => {
    const { tokens } = await api.anonymous().register();
    const child = await refresh(tokens.refreshToken);
    expect(await atTime(9_000, async () => (await refresh(tokens.refreshToken)).tokens.refreshToken)).toBe(
      child.tokens.refreshToken,
    );
    expect(await atTime(11_000, async () => refreshCode(tokens.refreshToken))).toBe('refresh_token_reused');
  });

  test('a token used before ends the whole session at once, and the audit says so', async () => {
    const first = await api.anonymous().register();
    const second = await refresh(first.tokens.refreshToken);
    const third = await refresh(second.tokens.refreshToken);
    expect(await meStatus(third.tokens.accessToken)).toBe(200);
    expect(await refreshCode(first.tokens.refreshToken)).toBe('refresh_token_reused');
    expect(await refreshCode(third.tokens.refreshToken)).toBe('token_invalid');
    expect(await meStatus(third.tokens.accessToken)).toBe(401);
    const entry = await app.db.models.AuditEntry.findOne({
      subject: sessionIdOf(first),
      action: 'session.revoked_for_reuse',
    }).lean();
    expect(entry?.actor).toBe(first.user.id as never);
    expect((await app.audit.verify()).isIntact).toBe(true);
  });

  test('a forged token changes nothing', async () => {
    const { tokens } = await api.anonymous().register();
    const [session = '', generation = '', proof = ''] = tokens.refreshToken.split('.');
    const forgeries = [
      `${session}.${generation}.${'A'.repeat(43)}`,
      `${session}.${Number(generation) + 1}.${proof}`,
      `${session}.0.${proof}`,
      `${session}.${generation}.${proof}A`,
      `${session}.${generation}`,
      `${session}.-1.${proof}`,
      `ses_${crypto.randomUUID()}.1.${proof}`,
      'x',
      tokens.accessToken.slice(0, 500),
      `${session}.${generation}.${proof}\u0000`,
    ];
    for (const forged of forgeries)
      expect([forged, await refreshCode(forged)]).toEqual([forged, 'token_invalid']);
    expect((await refresh(tokens.refreshToken)).tokens.refreshToken).toContain(session);
  });

  test('a session runs out 30 days after its login, however often it was refreshed', async () => {
    const { tokens } = await api.anonymous().register();
    const child = await atTime(29 * 86_400_000, async () => refresh(tokens.refreshToken));
    expect(await atTime(30 * 86_400_000 + 60_000, async () => refreshCode(child.tokens.refreshToken))).toBe(
      'token_expired',
    );
  });
});

describe('logout', () => {
  test('ends the session at once: access, refresh and ticket', async () => {
    const client = api.anonymous();
    const { tokens } = await client.register();
    const { ticket } = await client.json<{ ticket: string }>('POST', '/auth/ws-ticket');
    expect(await meStatus(tokens.accessToken)).toBe(200);
    await client.json('POST', '/auth/logout');
    expect(await meStatus(tokens.accessToken)).toBe(401);
    expect(await refreshCode(tokens.refreshToken)).toBe('token_invalid');
    expect(app.auth.redeemTicket(ticket)).rejects.toMatchObject({ code: 'token_invalid' });
  });

  test('is not undone by requests and refreshes that run beside it', async () => {
    for (let round = 0; round < 20; round++) {
      const client = api.anonymous();
      const { tokens } = await client.register();
      await Promise.all([
        client.json('POST', '/auth/logout'),
        ...Array.from({ length: 10 }, async () => meStatus(tokens.accessToken)),
        ...Array.from({ length: 5 }, async () =>
          api.request('POST', '/auth/refresh', { json: { refreshToken: tokens.refreshToken }, token: null }),
        ),
      ]);
      expect(await meStatus(tokens.accessToken)).toBe(401);
      expect(
        (await app.db.models.Session.findById(tokens.refreshToken.split('.')[0]).lean())?.revokedAt,
      ).toBeInstanceOf(Date);
    }
  });

  test('ends the other session of one’s own that a refresh token names, and nobody else’s', async () => {
    const laptop = api.anonymous();
    const { user } = await laptop.register({ password: 'the same password' });
    const phone = await api.anonymous().login({ email: user.email, password: 'the same password' });
    const stranger = await api.anonymous().register();
    await laptop.json('POST', '/auth/logout', { json: { refreshToken: phone.tokens.refreshToken } });
    expect(await meStatus(phone.tokens.accessToken)).toBe(401);
    await laptop.login({ email: user.email, password: 'the same password' });
    await laptop.json('POST', '/auth/logout', { json: { refreshToken: stranger.tokens.refreshToken } });
    expect(await meStatus(stranger.tokens.accessToken)).toBe(200);
  });

  test('another process sees it within three seconds', async () => {
    await using other = await startHttpApp({ dataDir: app.dataDir, env: { LOG_LEVEL: 'error' } });
    const client = api.anonymous();
    const { tokens } = await client.register();
    await other.auth.authenticate(tokens.accessToken);
    await client.json('POST', '/auth/logout');
    const deadline = performance.now() + 3_000;
    let code: unknown;
    while (code === undefined && performance.now() < deadline) {
      code = await other.auth.authenticate(tokens.accessToken).then(
        () => undefined,
        (error: { code: string }) => error.code,
      );
      await Bun.sleep(20);
    }
    expect(code).toBe('token_invalid');
  });
});

describe('an account that is gone', () => {
  test('has no session any more, within two seconds at most', async () => {
    const { user, tokens } = await api.anonymous().register();
    await app.db.models.User.deleteOne({ _id: user.id as never });
    expect(await atTime(2_100, async () => meStatus(tokens.accessToken))).toBe(401);
    expect(await refreshCode(tokens.refreshToken)).toBe('token_invalid');
  });
});

describe('tickets', () => {
  test('open once, also when tried 20 times at once', async () => {
    const client = api.anonymous();
    const { user } = await client.register();
    const { ticket, expiresIn } = await client.json<{ ticket: string; expiresIn: number }>(
      'POST',
      '/auth/ws-ticket',
    );
    expect(expiresIn).toBe(30);
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, async () => app.auth.redeemTicket(ticket)),
    );
    const opened = tries.filter((outcome) => outcome.status === 'fulfilled');
    expect(opened.map(({ value }) => value.userId as string)).toEqual([user.id]);
  });
  test('are no access tokens, and access tokens are no tickets', async () => {
    const client = api.anonymous();
    const { tokens } = await client.register();
    const { ticket } = await client.json<{ ticket: string }>('POST', '/auth/ws-ticket');
    expect(await meStatus(ticket)).toBe(401);
    expect(app.auth.redeemTicket(tokens.accessToken)).rejects.toMatchObject({ code: 'token_invalid' });
  });
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HASHES: Readonly<Record<string, string>> = { HS384: 'sha384', HS512: 'sha512' };
const sign = (
  header: { alg?: string; [name: string]: unknown },
  payload: unknown,
  key = app.jwtSecret,
): string => {
  const hash = HASHES[header.alg ?? ''] ?? 'sha256';
  const content = `${encode(header)}.${typeof payload === 'string' ? payload : encode(payload)}`;
  return `${content}.${createHmac(hash, key).update(content).digest('base64url')}`;
};

describe('forged and foreign access tokens (H1–H14, M20)', () => {
  let session: SignedIn;
  let claims: Record<string, unknown>;
  const header = { alg: 'HS256', typ: 'JWT' };
  beforeAll(async () => {
    session = await api.anonymous().register();
    claims = JSON.parse(
      Buffer.from(session.tokens.accessToken.split('.')[1] ?? '', 'base64url').toString(),
    ) as Record<string, unknown>;
  });
  const seconds = (): number => Math.floor(Date.now() / 1000);

  test('the same claims signed by the right key pass, so the cases below fail for their own reason', async () => {
    expect(await meStatus(sign(header, claims))).toBe(200);
  });

  const without = (claim: string): Record<string, unknown> =>
    Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
  const cases: readonly [what: string, make: () => string][] = [
    ...['none', 'None', 'nOnE', ''].map((alg): [string, () => string] => [
      `alg ${alg}`,
      () => `${encode({ alg, typ: 'JWT' })}.${encode(claims)}.`,
    ]),
    ['alg none with a signature', () => sign({ alg: 'none' }, claims)],
    ['HS512', () => sign({ alg: 'HS512' }, claims)],
    ['HS384', () => sign({ alg: 'HS384' }, claims)],
    [
      'a public key as HMAC key',
      () =>
        sign(
          header,
          claims,
          generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
            type: 'spki',
            format: 'pem',
          }),
        ),
    ],
    ['RS256 claimed', () => sign({ alg: 'RS256' }, claims)],
    ['an empty key', () => sign(header, claims, '')],
    ['another key', () => sign(header, claims, 'another key of more than thirty-two bytes')],
    ['crit', () => sign({ ...header, crit: ['exp'] }, claims)],
    ['crit of an unknown extension', () => sign({ ...header, crit: ['x-ours'], 'x-ours': 1 }, claims)],
    ['b64 false', () => sign({ ...header, b64: false, crit: ['b64'] }, claims)],
    [
      'a JWE',
      () =>
        `${encode({ alg: 'dir', enc: 'A256GCM' })}..${'A'.repeat(16)}.${'A'.repeat(64)}.${'A'.repeat(22)}`,
    ],
    ['no header', () => `.${encode(claims)}.${'A'.repeat(43)}`],
    ['no signature', () => session.tokens.accessToken.split('.').slice(0, 2).join('.')],
    ['an empty signature', () => `${session.tokens.accessToken.split('.').slice(0, 2).join('.')}.`],
    ['a shortened signature', () => session.tokens.accessToken.slice(0, -4)],
    ['trailing bytes', () => `${session.tokens.accessToken}AAAA`],
    ['a fourth part', () => `${session.tokens.accessToken}.x`],
    [
      'another first character of the signature',
      () =>
        session.tokens.accessToken.replace(
          /\.([^.])([^.]*)$/,
          (_all, first: string, rest: string) => `.${first === 'A' ? 'B' : 'A'}${rest}`,
        ),
    ],
    ...['exp', 'iat', 'sub', 'aud', 'iss', 'jti', 'sid'].map((claim): [string, () => string] => [
      `no ${claim}`,
      () => sign(header, without(claim)),
    ]),
    ['exp as text', () => sign(header, { ...claims, exp: String(claims['exp']) })],
    [
      'exp 1e400',
      () =>
        sign(
          header,
          Buffer.from(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e400')).toString('base64url'),
        ),
    ],
    ['exp in the past', () => sign(header, { ...claims, exp: seconds() - 60 })],
    [
      'a lifetime of a year',
      () => sign(header, { ...claims, iat: seconds() - 3_600, exp: seconds() + 31_536_000 }),
    ],
    ['a lifetime of a year from now', () => sign(header, { ...claims, exp: seconds() + 31_536_000 })],
    ['nbf in the future', () => sign(header, { ...claims, nbf: seconds() + 600 })],
    ['iat in the future', () => sign(header, { ...claims, iat: seconds() + 600, exp: seconds() + 1_200 })],
    ['another audience', () => sign(header, { ...claims, aud: 'other' })],
    ['the ticket’s audience', () => sign(header, { ...claims, aud: 'vfxb:ws-ticket' })],
    ['another issuer', () => sign(header, { ...claims, iss: 'other' })],
    ['a subject that is no user id', () => sign(header, { ...claims, sub: 'admin' })],
    [
      'a session of another user',
      () => sign(header, { ...claims, sub: 'usr_0193b5c0-7e1a-7c3e-9d52-3f7a1c0de000' }),
    ],
    [
      'a session that never was',
      () => sign(header, { ...claims, sid: 'ses_0193b5c0-7e1a-7c3e-9d52-3f7a1c0de000' }),
    ],
    ['a session id as path', () => sign(header, { ...claims, sid: '../../etc/passwd' })],
    ['an operator as session', () => sign(header, { ...claims, sid: { $ne: null } })],
    ['the refresh token', () => session.tokens.refreshToken],
    ['claims that are no object', () => sign(header, [1])],
  ];
  for (const [what, make] of cases)
    test(`${what} → 401`, async () => {
      const answer = await api.request('GET', '/auth/me', { token: make() });
      expect([answer.status, answer.headers.get('www-authenticate')?.startsWith('Bearer')]).toEqual([
        401,
        true,
      ]);
    });

  test('kid, jku, jwk and x5u in a signed header are ignored: nothing is fetched or read', async () => {
    using canary = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => {
        fetched++;
        return new Response('{}');
      },
    });
    let fetched = 0;
    for (const extra of [
      { kid: '../../dev/null' },
      { kid: "' OR 1=1 --" },
      { kid: 'x'.repeat(2_000) },
      { jku: String(canary.url) },
      { x5u: String(canary.url) },
      { jwk: { kty: 'oct', k: 'AA' } },
    ])
      expect([200, 401]).toContain(await meStatus(sign({ ...header, ...extra }, claims)));
    expect(
      await meStatus(sign({ ...header, jwk: { kty: 'oct', k: 'AAAA' } }, claims, Buffer.alloc(3).toString())),
    ).toBe(401);
    expect(fetched).toBe(0);
  });

  const headers: readonly [what: string, authorization: string, status: number][] = [
    ['nothing after Bearer', 'Bearer', 401],
    ['Basic', 'Basic dXNlcjpwYXNz', 401],
    ['no scheme', 'TOKEN', 401],
    ['two tokens', 'Bearer TOKEN, Bearer TOKEN', 400],
    ['a space inside', 'Bearer TOKEN x', 401],
  ];
  for (const [what, authorization, status] of headers)
    test(`Authorization with ${what} → ${status}`, async () => {
      const answer = await api.request('GET', '/auth/me', {
        headers: { authorization: authorization.replaceAll('TOKEN', session.tokens.accessToken) },
      });
      expect(answer.status).toBe(status);
    });

  test('a token in the query string or a cookie is no token (H9, H10)', async () => {
    const { accessToken } = session.tokens;
    expect(
      (await api.request('GET', `/auth/me?token=${accessToken}&access_token=${accessToken}`, { token: null }))
        .status,
    ).toBe(401);
    expect(
      (await api.request('GET', '/auth/me', { token: null, headers: { cookie: `token=${accessToken}` } }))
        .status,
    ).toBe(401);
  });

  test('a token that ran out is told apart from a forged one', async () => {
    const old = sign(header, { ...claims, iat: seconds() - 2_000, exp: seconds() - 1_000 });
    expect((await api.problem('GET', '/auth/me', { token: old })).code).toBe('token_expired');
    expect((await api.problem('GET', '/auth/me', { token: `${old}x` })).code).toBe('token_invalid');
  });

  test('the scheme is read in any case', async () => {
    expect(
      (
        await api.request('GET', '/auth/me', {
          headers: { authorization: `bearer ${session.tokens.accessToken}` },
        })
      ).status,
    ).toBe(200);
  });
});

test('an admin route opens to admins only, and closes again when the role is taken', async () => {
  const { user, tokens } = await api.anonymous().register();
  expect((await app.auth.authenticate(tokens.accessToken)).role).toBe('user');
  await app.db.models.User.updateOne({ _id: user.id as never }, { $set: { role: 'admin' } });
  expect((await atTime(2_100, async () => app.auth.authenticate(tokens.accessToken))).role).toBe('admin');
});
