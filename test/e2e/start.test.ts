/** `bun run start`: one terminal, everything up; however it ends, nothing is left of it, and it starts again. */
import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StackProcess } from '../fixtures/stack.ts';
import { createSystem, type System } from '../fixtures/system.ts';
import { until } from '../fixtures/until.ts';

const REPOSITORY = join(import.meta.dir, '..', '..');
const UP = /VFXB is up: (\S+)\/api\/v1/;

interface Terminal {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves with the API's address once everything is up. */
  readonly up: () => Promise<string>;
  readonly exited: Promise<number>;
  /** What Ctrl-C does in a terminal: every process of the group gets the signal. */
  readonly ctrlC: () => void;
}

/** Starts it as the leader of a process group of its own, as a shell does. */
function startAll(system: System, ...args: readonly string[]): Terminal {
  const child = Bun.spawn([process.execPath, 'scripts/start.ts', ...args], {
    cwd: REPOSITORY,
    env: { ...system.env },
    detached: true,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let written = '';
  const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) written += decoder.decode(chunk, { stream: true });
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  return {
    pid: child.pid,
    output: () => written,
    up: async () =>
      until(
        'everything to be up',
        () => {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${written}`);
          return UP.exec(written)?.[1];
        },
        60_000,
      ),
    exited: child.exited.then(async (code) => {
      await reading;
      return code;
    }),
    ctrlC: () => process.kill(-child.pid, 'SIGINT'),
  };
}

const only = (system: System, words: string): StackProcess => {
  const found = system.processes().find(({ command }) => command.includes(words));
  if (found === undefined) throw new Error(`nothing runs that is called ${words}`);
  return found;
};

async function expectNothingLeft(system: System): Promise<void> {
  expect(await system.left()).toEqual([]);
  expect(existsSync(join(system.dataDir, 'redis.sock'))).toBe(false);
}

const WAYS = {
  'Ctrl-C in the terminal': (terminal: Terminal) => terminal.ctrlC(),
  'Ctrl-C again and again': (terminal: Terminal) => {
    for (let times = 0; times < 5; times++) terminal.ctrlC();
  },
  'SIGINT to it alone': ({ pid }: Terminal) => process.kill(pid, 'SIGINT'),
  'SIGTERM to it alone': ({ pid }: Terminal) => process.kill(pid, 'SIGTERM'),
};

describe('ends with code 0 and leaves no process and no socket', () => {
  for (const [way, stop] of Object.entries(WAYS))
    test(
      way,
      async () => {
        await using system = createSystem();
        const terminal = startAll(system);
        const url = await terminal.up();
        expect((await fetch(`${url}/health/ready`)).status).toBe(200);
        expect(system.processes().length).toBeGreaterThanOrEqual(4);
        stop(terminal);
        expect(await terminal.exited).toBe(0);
        await expectNothingLeft(system);
      },
      90_000,
    );

  test('Ctrl-C in watch mode', async () => {
    await using system = createSystem();
    const terminal = startAll(system, '--watch');
    await terminal.up();
    terminal.ctrlC();
    expect(await terminal.exited).toBe(0);
    await expectNothingLeft(system);
  }, 90_000);

  test('SIGINT to it alone while it still starts', async () => {
    await using system = createSystem();
    const terminal = startAll(system);
    await until('the API to begin', () =>
      system.processes().some(({ command }) => command.includes('main.ts')),
    );
    process.kill(terminal.pid, 'SIGINT');
    expect(await terminal.exited).toBe(0);
    expect(terminal.output()).not.toMatch(UP);
    await expectNothingLeft(system);
  }, 90_000);
});

describe('ends with code 1, says so, and leaves nothing', () => {
  for (const entry of ['src/main.ts', 'workers/main.ts'])
    test(`when ${entry} dies`, async () => {
      await using system = createSystem();
      const terminal = startAll(system);
      await terminal.up();
      process.kill(only(system, entry).pid, 'SIGKILL');
      expect(await terminal.exited).toBe(1);
      expect(terminal.output()).toMatch(/a process of the stack ended/);
      await expectNothingLeft(system);
    }, 90_000);

  test('when the API cannot start', async () => {
    await using system = createSystem({ REDIS_SERVER_PATH: '/nowhere/redis-server' });
    const terminal = startAll(system);
    expect(await terminal.exited).toBe(1);
    expect(terminal.output()).toContain('REDIS_SERVER_PATH');
    await expectNothingLeft(system);
  }, 90_000);
});

test('starts again on the same data after kill -9 of everything, and after kill -9 of all but Redis', async () => {
  await using system = createSystem();
  for (const spared of ['nothing', 'redis-server']) {
    const terminal = startAll(system);
    await terminal.up();
    for (const { pid, command } of system.processes())
      if (!command.startsWith(spared)) process.kill(pid, 'SIGKILL');
    await terminal.exited;
  }
  const terminal = startAll(system);
  const url = await terminal.up();
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  terminal.ctrlC();
  expect(await terminal.exited).toBe(0);
  await expectNothingLeft(system);
}, 120_000);
