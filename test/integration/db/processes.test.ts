import { Database } from 'bun:sqlite';
import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';

import { rejection, temporaryDatabase } from './temporary-database.ts';

setDefaultTimeout(60_000);

const WRITER = join(import.meta.dir, 'writer-process.ts');
const spawnWriter = (...args: string[]) =>
  Bun.spawn([process.execPath, WRITER, ...args], { stdout: 'pipe', stderr: 'inherit' });

for (const processes of [2, 4]) {
  test(`${processes} processes that write at once lose no update`, async () => {
    await using database = await temporaryDatabase();
    const each = 200 / processes;
    const writers = Array.from({ length: processes }, (_, i) =>
      spawnWriter('increment', database.path, `p${i}`, String(each)),
    );
    const codes = await Promise.all(writers.map((writer) => writer.exited));
    expect(codes).toEqual(Array.from({ length: processes }, () => 0));
    const counter = await database.mongoose.connection
      .collection<{ _id: string }>('counters')
      .findOne({ _id: 'shared' });
    const by = Object.fromEntries(Array.from({ length: processes }, (_, i) => [`p${i}`, each]));
    expect(counter).toMatchObject({ value: processes * each, by });
  });
}

test('processes that start together on a file that does not exist yet share it', async () => {
  await using database = await temporaryDatabase();
  const fresh = `${database.path}.fresh`;
  const writers = Array.from({ length: 4 }, (_, i) => spawnWriter('increment', fresh, `p${i}`, '1'));
  expect(await Promise.all(writers.map((writer) => writer.exited))).toEqual([0, 0, 0, 0]);
  const second = await database.mongoose.createConnection(`sqlite:${fresh}`).asPromise();
  expect(await second.collection<{ _id: string }>('counters').findOne({ _id: 'shared' })).toMatchObject({
    value: 4,
  });
  await second.close();
});

test('of a process killed while it writes, no acknowledged write is lost', async () => {
  await using database = await temporaryDatabase();
  const acknowledged: string[] = [];
  for (const [round, killAfter] of [30, 111, 7].entries()) {
    const writer = spawnWriter('journal', database.path, `r${round}`, '0');
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of writer.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.split('\n').length > killAfter) writer.kill('SIGKILL');
    }
    expect(await writer.exited).not.toBe(0);
    // The last piece may be half a line: only whole lines were acknowledged.
    acknowledged.push(...text.split('\n').slice(0, -1));
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(148);
  const entries = database.mongoose.connection.collection<{ _id: string }>('entries');
  const stored = new Set((await entries.find({}).toArray()).map((entry) => entry._id));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  const file = new Database(database.path, { readonly: true });
  expect(file.query('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  file.close();
});

test('while another process holds the lock, reads go on and writes wait for it', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<{ _id: string }>('things');
  await things.insertOne({ _id: 'a' });
  const other = new Database(database.path);
  other.run('BEGIN IMMEDIATE');
  let settled = false;
  const write = things.insertOne({ _id: 'b' }).finally(() => (settled = true));
  expect(await things.countDocuments({})).toBe(1);
  expect(settled).toBe(false);
  other.run('COMMIT');
  other.close();
  await write;
  expect(await things.countDocuments({})).toBe(2);
});

test('a lock that is never given back ends in a retryable error, without blocking the event loop', async () => {
  await using database = await temporaryDatabase('?busyTimeoutMs=200');
  const things = database.mongoose.connection.collection<{ _id: string }>('things');
  await things.insertOne({ _id: 'a' });
  const other = new Database(database.path);
  other.run('BEGIN IMMEDIATE');
  let ticks = 0;
  const ticker = setInterval(() => ticks++, 5);
  const errors = await Promise.all(['b', 'c', 'd'].map(async (_id) => rejection(things.insertOne({ _id }))));
  clearInterval(ticker);
  expect(ticks).toBeGreaterThan(5);
  for (const error of errors) {
    expect(error).toMatchObject({ name: 'MongoServerError', code: 24 });
    expect(error.message).toContain(database.path);
    expect(
      (error as unknown as { hasErrorLabel(label: string): boolean }).hasErrorLabel('RetryableWriteError'),
    ).toBe(true);
  }
  other.run('ROLLBACK');
  other.close();
  await things.insertOne({ _id: 'b' });
});

test('what one process changes in the catalog another sees at its next call', async () => {
  await using database = await temporaryDatabase();
  const here = database.mongoose.connection.collection<{ _id: string; tags?: unknown }>('things');
  const second = await database.mongoose.createConnection(`sqlite:${database.path}`).asPromise();
  const there = second.collection<{ _id: string; tags?: unknown }>('things');
  expect(await there.findOne({ _id: 'a' })).toBeNull();
  await here.insertOne({ _id: 'a', tags: 'x' });
  expect(await there.findOne({ tags: 'x' })).toMatchObject({ _id: 'a' });
  // From here on `tags` may hold arrays, which changes what equality means.
  await here.insertOne({ _id: 'b', tags: ['x', 'y'] });
  expect((await there.find({ tags: 'x' }).toArray()).map((doc) => doc._id)).toEqual(['a', 'b']);
  await there.createIndex({ tags: 1 }, { name: 'by_tags' });
  expect((await here.indexes()).map((index) => index.name)).toEqual(['_id_', 'by_tags']);
  await second.dropCollection('things');
  expect(await here.countDocuments({})).toBe(0);
  await second.close();
});
