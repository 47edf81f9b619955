/** Unexpected errors reach Sentry with their stack and ids, and without a secret. */
import { describe, expect, test } from 'bun:test';
import { scrubSecrets } from '../../../src/platform/telemetry/errors.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const CANARY_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJlLWNhbmFyeQ';

/** Runs the reporting process against a local stand-in for Sentry's server; gives every envelope it was sent. */
async function reportToFakeSentry(): Promise<string[]> {
  using folder = tempFolder();
  const envelopes: string[] = [];
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const bytes = await request.arrayBuffer();
      const isPacked = request.headers.get('content-encoding') === 'gzip';
      envelopes.push(new TextDecoder().decode(isPacked ? Bun.gunzipSync(bytes) : bytes));
      return Response.json({});
    },
  });
  const child = Bun.spawn([process.execPath, 'test/fixtures/processes/reporting.ts'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'test',
      DATA_DIR: folder.path,
      SENTRY_DSN: `http://publickey@127.0.0.1:${server.port}/7`,
      CONTEXT: JSON.stringify({ requestId: 'request-1', userId: 'usr_1', jobId: 'job_1' }),
      CANARY_TOKEN,
      CANARY_SECRET: 'canary-environment',
    },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, '']);
  return envelopes;
}

describe('an error report', () => {
  test('arrives before the process ends, with type, stack, ids and role', async () => {
    const sent = (await reportToFakeSentry()).join('\n');
    for (const expected of [
      'failDeepInside',
      'request-1',
      'usr_1',
      'job_1',
      '"role":"api"',
      'a text that was thrown',
      'request-2',
    ])
      expect([expected, sent.includes(expected)]).toEqual([expected, true]);
    for (const secret of [
      CANARY_TOKEN,
      'canary-redis',
      'canary-password',
      'canarycanary',
      'canary-environment',
      'c2lnbmF0dXJl',
    ])
      expect([secret, sent.includes(secret)]).toEqual([secret, false]);
    const second =
      sent.split('\n').find((line) => line.includes('"tags":') && line.includes('"requestId":"request-2"')) ??
      '';
    const { user, tags } = JSON.parse(second) as { user?: unknown; tags: unknown };
    expect({ user, tags }).toEqual({
      user: undefined,
      tags: { role: 'api', region: 'local', requestId: 'request-2' },
    });
    expect(sent).not.toContain('BunHttpServer');
  }, 30_000);
});

describe('scrubbing', () => {
  const secrets: readonly [text: string, hidden: string][] = [
    [`token ${CANARY_TOKEN} end`, CANARY_TOKEN],
    ['Bearer abc.def-123', 'abc.def-123'],
    ['mongodb+srv://me:s3cret@host/db', 's3cret'],
    ['redis://:pass@host', 'pass@'],
    ['{"password":"hunter2","x":1}', 'hunter2'],
    ['api_key=sk-123456', 'sk-123456'],
    ['$2b$12$abcdefghijklmnopqrstuv', 'abcdefghijklmnopqrstuv'],
    ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'aGFzaA'],
  ];
  for (const [text, hidden] of secrets)
    test(`hides the secret of ${text.slice(0, 24)}…`, () => expect(scrubSecrets(text)).not.toContain(hidden));

  test('keeps what is no secret', () => {
    for (const text of [
      'http://localhost:3000/api/v1/videos',
      'at Object.read (file.ts:12:5)',
      'vid_0193b5c0-7e1a-7c3e-9d52-3f7a1c0de000',
    ])
      expect(scrubSecrets(text)).toBe(text);
  });
});
