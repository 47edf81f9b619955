/** What is missing or broken at the start ends the process at once, with words that its operator can act on. */
import { Database } from 'bun:sqlite';
import { expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { startRedis } from '../../fixtures/redis-server.ts';
import { smallDisk } from '../../fixtures/small-disk.ts';
import { createSystem, type FailedStart, type System } from '../../fixtures/system.ts';

setDefaultTimeout(60_000);

const API = 'src/main.ts';
const WORKER = 'workers/main.ts';
/** Generous for a busy machine; what hangs needs longer. */
const LIMIT_MS = 10_000;

interface Reason {
  /** What the output must contain. */
  readonly says: readonly (string | RegExp)[];
}

/** The reason is there; a stack and a secret are not; nothing goes on running. */
async function expectClearEnd(system: System, start: FailedStart, { says }: Reason): Promise<void> {
  for (const words of says) expect(start.output).toMatch(words);
  expect(start.code).toBe(1);
  expect(start.output).not.toMatch(/^\s+at /m);
  expect(start.output).not.toContain('hunter2');
  expect(start.tookMs).toBeLessThan(LIMIT_MS);
  expect(await system.left()).toEqual([]);
}

async function listening(server: Server): Promise<number> {
  const ready = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', ready.resolve);
  await ready.promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

for (const setting of ['FFMPEG_PATH', 'FFPROBE_PATH'])
  test(`a worker without the program of ${setting} says so and ends`, async () => {
    await using system = createSystem({ [setting]: '/nowhere/program' });
    await expectClearEnd(system, await system.failStart(WORKER), { says: [setting, '/nowhere/program'] });
  });

test('a worker that takes no video jobs needs no FFmpeg', async () => {
  await using system = createSystem({ FFMPEG_PATH: '/nowhere/ffmpeg', WORKER_QUEUES: 'ai,cleanup' });
  const worker = await system.startWorker();
  expect(await worker.end()).toBe(0);
  expect(await system.left()).toEqual([]);
}, 60_000);

test('a worker that cannot make its work folders says where, and stops the Redis that it started', async () => {
  await using system = createSystem();
  const file = join(system.dataDir, 'work');
  writeFileSync(file, '');
  const start = await system.failStart(WORKER);
  expect(start.output).toContain(file);
  expect(start.code).toBe(1);
  expect(await system.left()).toEqual([]);
});

for (const entry of [API, WORKER] as const) {
  test(`${entry} without a redis-server names the program`, async () => {
    await using system = createSystem({ REDIS_SERVER_PATH: '/nowhere/redis-server' });
    const start = await system.failStart(entry);
    await expectClearEnd(system, start, {
      says: ['REDIS_SERVER_PATH', '/nowhere/redis-server', 'REDIS_URL'],
    });
  });

  test(`${entry} with a REDIS_URL where nobody listens names the address, not the password`, async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    await using system = createSystem({ REDIS_URL: `redis://app:hunter2@127.0.0.1:${port}/0` });
    const start = await system.failStart(entry);
    await expectClearEnd(system, start, { says: ['REDIS_URL', `127.0.0.1:${port}`, 'ECONNREFUSED'] });
  });

  test(`${entry} with a REDIS_URL that accepts and says nothing does not wait for ever`, async () => {
    const server = createServer((socket) => socket.on('error', () => undefined));
    const port = await listening(server);
    await using system = createSystem({ REDIS_URL: `redis://app:hunter2@127.0.0.1:${port}/0` });
    const start = await system.failStart(entry);
    server.close();
    await expectClearEnd(system, start, { says: ['REDIS_URL', `127.0.0.1:${port}`] });
  });

  test(`${entry} with a DATA_DIR that is no folder names the setting`, async () => {
    await using system = createSystem();
    const file = join(system.dataDir, 'file');
    writeFileSync(file, '');
    const start = await system.failStart(entry, { DATA_DIR: file });
    await expectClearEnd(system, start, { says: ['DATA_DIR', file] });
  });

  test(`${entry} with a DATA_DIR on a read-only disk names the setting`, async () => {
    using disk = smallDisk(4 * 1024 ** 2);
    Bun.spawnSync(['mount', '-o', 'remount,ro', disk.path]);
    await using system = createSystem({ DATA_DIR: disk.path });
    await expectClearEnd(system, await system.failStart(entry), { says: ['DATA_DIR', disk.path] });
  });
}

test('a password that Redis refuses is named as the reason, without itself', async () => {
  const redis = await startRedis();
  try {
    await using system = createSystem({ REDIS_URL: redis.url.replace('//', '//app:hunter2@') });
    const start = await system.failStart(API);
    await expectClearEnd(system, start, { says: ['REDIS_URL', /WRONGPASS|password/i] });
  } finally {
    await redis.stop();
  }
});

const BROKEN_DATABASES = {
  'that is damaged': (file: string) => writeFileSync(file, 'SQLite format 3\0'.padEnd(64_000, 'nonsense')),
  'of another kind': (file: string) => writeFileSync(file, Buffer.alloc(8_192, 0xa5)),
  'that is a folder': (file: string) => mkdirSync(file),
};

for (const [what, make] of Object.entries(BROKEN_DATABASES))
  test(`an API with a database file ${what} names the file`, async () => {
    await using system = createSystem();
    const file = join(system.dataDir, 'vfxb.db');
    make(file);
    await expectClearEnd(system, await system.failStart(API), { says: ['database', file] });
  });

test('an API whose database file cannot be written names the file', async () => {
  using disk = smallDisk(4 * 1024 ** 2);
  const file = join(disk.path, 'vfxb.db');
  new Database(file, { create: true }).close();
  Bun.spawnSync(['mount', '-o', 'remount,ro', disk.path]);
  await using system = createSystem({ DATABASE_URL: `sqlite:${file}` });
  await expectClearEnd(system, await system.failStart(API), { says: ['database', file] });
});

test('an API whose port is taken names the port, and stops its Redis', async () => {
  const server = createServer();
  const port = await listening(server);
  await using system = createSystem({ PORT: String(port) });
  const start = await system.failStart(API);
  server.close();
  await expectClearEnd(system, start, { says: ['PORT', String(port)] });
});

for (const host of ['192.0.2.1', 'nowhere.invalid'])
  test(`an API that cannot listen on ${host} names the setting`, async () => {
    await using system = createSystem({ HOST: host });
    await expectClearEnd(system, await system.failStart(API), { says: ['HOST', host] });
  });
