import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import pino from 'pino';
import { gatherLines } from '../../../src/platform/telemetry/gathered-lines.ts';

const PROCESS = join(import.meta.dir, '../../fixtures/processes/log-and-end.ts');

describe('gathered log lines', () => {
  function gathering() {
    const writes: string[] = [];
    const written = Promise.withResolvers<void>();
    const write = (text: string): void => {
      writes.push(text);
      written.resolve();
    };
    return { writes, written: written.promise, log: pino({ base: null }, gatherLines({ write })) };
  }
  const messages = (writes: readonly string[]): string[][] =>
    writes.map((text) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => String((JSON.parse(line) as { msg: unknown }).msg)),
    );

  test('are written together after a moment, in their order', async () => {
    const { log, writes, written } = gathering();
    log.info('a');
    log.debug('not asked for');
    log.info('b');
    expect(writes).toEqual([]);
    await written;
    expect(messages(writes)).toEqual([['a', 'b']]);
  });

  test('go out at once with a warning, also with a child’s', () => {
    const { log, writes } = gathering();
    log.info('a');
    log.child({ requestId: 'r' }).warn('b');
    expect(messages(writes)).toEqual([['a', 'b']]);
    log.error('c');
    expect(messages(writes)).toEqual([['a', 'b'], ['c']]);
  });

  test('never grow beyond a bound, and none is lost or cut', async () => {
    const { log, writes } = gathering();
    for (let index = 0; index < 1_000; index++) log.info(`${index} ${'x'.repeat(index % 300)}`);
    log.warn('end');
    expect(Math.max(...writes.map((text) => text.length))).toBeLessThan(9_000);
    expect(writes.length).toBeLessThan(100);
    const numbers = messages(writes)
      .flat()
      .map((message) => message.split(' ')[0]);
    expect(numbers).toEqual([...Array.from({ length: 1_000 }, (_, index) => String(index)), 'end']);
  });

  for (const end of ['return', 'exit', 'throw', 'throw-later', 'reject', 'error-then-kill'])
    test(`are all there when the process ends by ${end}`, async () => {
      const child = Bun.spawn([process.execPath, PROCESS, end], { stdout: 'pipe', stderr: 'ignore' });
      const expected = end === 'error-then-kill' ? ['one', 'two', 'three'] : ['one', 'two'];
      expect(messages([await new Response(child.stdout).text()])).toEqual([expected]);
    });
});
