import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load-config.ts';
import { connectRedis, type RedisHandle } from '../../../src/platform/redis/redis.ts';
import { createLogger } from '../../../src/platform/telemetry/log.ts';
import { rejectionOf } from '../../fixtures/rejection.ts';
import { until } from '../../fixtures/until.ts';

const HOLDER = join(import.meta.dir, '../../fixtures/processes/redis-holder.ts');

let folder: string;
const opened: RedisHandle[] = [];
const children: Bun.Subprocess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vfxb-embedded-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await child.exited;
  }
  await Promise.all(opened.splice(0).map(async (handle) => handle.close()));
  await rm(folder, { recursive: true, force: true });
});

async function open(env: Record<string, string> = {}): Promise<RedisHandle> {
  const config = loadConfig('worker', { NODE_ENV: 'test', DATA_DIR: folder, LOG_LEVEL: 'silent', ...env });
  const handle = await connectRedis(config, createLogger(config));
  opened.push(handle);
  return handle;
}

async function serverPid(handle: RedisHandle): Promise<number> {
  return Number(/process_id:(\d+)/.exec(await handle.client.info('server'))?.[1]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function spawnHolder(): Promise<{ child: Bun.Subprocess; serverPid: number }> {
  const child = Bun.spawn(['bun', HOLDER], {
    env: { ...process.env, NODE_ENV: 'test', DATA_DIR: folder, LOG_LEVEL: 'silent' },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  children.push(child);
  const { value } = await child.stdout.getReader().read();
  const pid = /pid (\d+)/.exec(new TextDecoder().decode(value))?.[1];
  return { child, serverPid: Number(pid) };
}

describe('the embedded Redis', () => {
  test('keeps what was written over a restart, and leaves no process behind', async () => {
    const first = await open();
    await first.client.set('kept', 'yes');
    const pid = await serverPid(first);
    await first.close();
    expect(isAlive(pid)).toBe(false);
    const second = await open();
    expect(await second.client.get('kept')).toBe('yes');
    expect(await second.client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  });

  test('is started once by however many processes begin together', async () => {
    const [holders, ours] = await Promise.all([
      Promise.all([spawnHolder(), spawnHolder()]),
      Promise.all([open(), open()]),
    ]);
    const pids = [...holders.map((holder) => holder.serverPid), ...(await Promise.all(ours.map(serverPid)))];
    expect(new Set(pids).size).toBe(1);
  }, 20_000);

  test('left by a killed owner is adopted by the next process and stopped by it', async () => {
    const holder = await spawnHolder();
    holder.child.kill('SIGKILL');
    await holder.child.exited;
    const next = await open();
    expect(await serverPid(next)).toBe(holder.serverPid);
    await next.close();
    expect(isAlive(holder.serverPid)).toBe(false);
  }, 20_000);

  test('comes back, with its data, for a process whose owner has left', async () => {
    const owner = await spawnHolder();
    const other = await open();
    await other.client.set('kept', 'yes');
    owner.child.kill('SIGTERM');
    expect(await owner.child.exited).toBe(0);
    const value = await until('it is back', async () => other.client.get('kept').catch(() => undefined));
    expect(value).toBe('yes');
    expect(await serverPid(other)).not.toBe(owner.serverPid);
  }, 20_000);

  test('comes back after it was killed itself', async () => {
    const handle = await open();
    await handle.client.set('kept', 'yes');
    process.kill(await serverPid(handle), 'SIGKILL');
    await until('the loss is noticed', () => !handle.isUp());
    await until('it is back', () => handle.isUp());
    expect(await handle.client.get('kept')).toBe('yes');
  }, 20_000);

  test('finds a place for its socket when the data folder’s path is too long for one', async () => {
    const long = join(folder, 'x'.repeat(120));
    const handle = await open({ DATA_DIR: long });
    expect(await handle.client.ping()).toBe('PONG');
    const path = (await readFile(join(long, 'redis.socket-path'), 'utf8')).trim();
    expect(path.length).toBeLessThan(108);
    expect(path.startsWith(long)).toBe(false);
    await rm(join(path, '..'), { recursive: true, force: true });
  });

  test('that cannot be started says which program is missing and what to do', async () => {
    const error = await rejectionOf(open({ REDIS_SERVER_PATH: '/nowhere/redis-server' }));
    expect(error).toMatchObject({ code: 'queue_unavailable' });
    for (const part of [
      '/nowhere/redis-server',
      'REDIS_SERVER_PATH',
      'apt-get install redis-server',
      'REDIS_URL',
    ])
      expect(String(error)).toContain(part);
    // The failed start holds no lock.
    expect(await (await open()).client.ping()).toBe('PONG');
  });

  test('that dies at its start says why', async () => {
    const error = await rejectionOf(open({ REDIS_SERVER_PATH: '/bin/false' }));
    expect(error).toMatchObject({ code: 'queue_unavailable' });
    expect(String(error)).toContain('did not start');
  });
});

test('a Redis that is not there is named without its password', async () => {
  const error = await rejectionOf(open({ REDIS_URL: 'redis://user:geheim@127.0.0.1:1/0' }));
  expect(error).toMatchObject({ code: 'queue_unavailable' });
  expect(String(error)).toContain('redis://user:hidden@127.0.0.1:1/0');
  expect(String(error)).toContain('ECONNREFUSED');
  expect(Bun.inspect(error)).not.toContain('geheim');
});

test('commands are refused within their time while Redis hangs, not piled up', async () => {
  const handle = await open();
  const pid = await serverPid(handle);
  process.kill(pid, 'SIGSTOP');
  try {
    const started = performance.now();
    const pings = Array.from({ length: 1_000 }, async () => handle.client.ping());
    const results = await Promise.allSettled(pings);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(performance.now() - started).toBeLessThan(1_500);
    await until('the silence is noticed', () => !handle.isUp(), 3_000);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until('it answers again', () => handle.isUp());
}, 20_000);
