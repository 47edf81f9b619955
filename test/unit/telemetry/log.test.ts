import { describe, expect, test } from 'bun:test';
import { createLogger, hideSecrets } from '../../../src/platform/telemetry/log.ts';

describe('a log line', () => {
  const lines: string[] = [];
  const log = createLogger(
    { log: { level: 'info' }, role: 'api', region: 'local' },
    { write: (line) => void lines.push(line) },
  );
  const lineOf = (write: () => void): Record<string, unknown> => {
    lines.length = 0;
    write();
    expect(lines).toHaveLength(1);
    return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  };

  test('carries level, time, role, region and the child’s ids', () => {
    const line = lineOf(() => log.child({ requestId: 'r', jobId: 'j' }).warn({ sizeBytes: 7 }, 'said'));
    expect(line).toMatchObject({
      level: 'warn',
      role: 'api',
      region: 'local',
      requestId: 'r',
      jobId: 'j',
      sizeBytes: 7,
      msg: 'said',
    });
    expect(new Date(String(line['time'])).getTime()).toBeGreaterThan(0);
  });

  test('hides secrets by name, at the top, one level below, and in a child', () => {
    for (const name of [
      'password',
      'passwordHash',
      'token',
      'accessToken',
      'refreshToken',
      'authorization',
      'cookie',
      'ticket',
    ])
      for (const write of [
        () => log.info({ [name]: 'canary' }, 'x'),
        () => log.info({ body: { [name]: 'canary', other: 1 } }, 'x'),
        () => log.child({ [name]: 'canary' }).info('x'),
      ]) {
        const text = JSON.stringify(lineOf(write));
        expect([name, text.includes('canary'), text.includes('[hidden]')]).toEqual([name, false, true]);
      }
  });

  test('keeps an error’s message and stack', () => {
    const line = lineOf(() => log.error({ err: new Error('broken') }, 'x'));
    expect(line['err']).toMatchObject({ type: 'Error', message: 'broken' });
  });

  test('is one line whatever its texts hold', () => {
    expect(lineOf(() => log.info({ path: 'a\nb\u001B[31m"}{' }, 'c\nd'))['path']).toBe('a\nb\u001B[31m"}{');
  });
});

test('hiding changes no caller’s object and copies only what holds a secret', () => {
  const fields = { body: { password: 'x', name: 'n' }, count: 1 };
  expect(hideSecrets(fields)).toEqual({ body: { password: '[hidden]', name: 'n' }, count: 1 });
  expect(fields.body.password).toBe('x');
  const harmless = { a: { b: 1 } };
  expect(hideSecrets(harmless)).toBe(harmless);
});
