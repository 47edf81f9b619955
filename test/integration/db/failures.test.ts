import { expect, test } from 'bun:test';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createSqliteMongoose, isDiskFullError } from '../../../src/platform/db/drivers/sqlite/index.ts';
import { rejection, temporaryDatabase } from './temporary-database.ts';

test('a full disk is an error that says so; what was there stays, and smaller writes go on', async () => {
  await using database = await temporaryDatabase(`?maxSizeBytes=${200 * 1024}`);
  const things = database.mongoose.connection.collection<{ _id: string; pad?: string }>('things');
  await things.insertOne({ _id: 'a' });
  const large = rejection(things.insertOne({ _id: 'b', pad: 'x'.repeat(400_000) }));
  const beside = things.insertOne({ _id: 'c' });
  const error = await large;
  expect(isDiskFullError(error)).toBe(true);
  expect(error.message).toContain(database.path);
  await beside;
  expect((await things.find({}).toArray()).map((thing) => thing._id)).toEqual(['a', 'c']);
  expect(isDiskFullError(new Error('other'))).toBe(false);
});

test('a damaged file and a directory are refused with their path', async () => {
  await using database = await temporaryDatabase();
  const damaged = `${database.path}.damaged`;
  await writeFile(damaged, 'this is no database, whatever its name says '.repeat(200));
  for (const path of [damaged, join(database.path, '..')]) {
    const mongoose = createSqliteMongoose();
    const error = await rejection(mongoose.connect(`sqlite:${path}`));
    expect(error.message).toContain(join(path));
    expect(mongoose.connection.db).toBeUndefined();
  }
});

test('addresses that are none are refused with what is expected', async () => {
  for (const address of [
    'sqlite::memory:',
    'sqlite:',
    'sqlite:x.db?busyTimeoutMs=soon',
    'sqlite:x.db?mode=ro',
  ]) {
    const error = await rejection(createSqliteMongoose().connect(address));
    expect(error.message).toMatch(/sqlite:|busyTimeoutMs/);
  }
});

test('after close every call is refused at once, and only the database file is left', async () => {
  await using database = await temporaryDatabase();
  const Thing = database.mongoose.model('Thing', new database.mongoose.Schema({ _id: String }));
  await Thing.create({ _id: 'a' });
  const pending = Thing.create({ _id: 'b' });
  await Thing.find({}).explain();
  const cursor = Thing.find().cursor();
  await cursor.next();
  await database.mongoose.disconnect();
  // A write accepted before the close either is stored or is refused: never left hanging.
  await pending.catch((error: Error) => expect(error.name).toBe('MongoNotConnectedError'));
  for (const call of [
    Thing.findById('a'),
    Thing.create({ _id: 'c' }),
    Thing.countDocuments(),
    database.mongoose
      .startSession()
      .then(async (session) =>
        session.withTransaction(async () => Thing.create([{ _id: 'd' }], { session })),
      ),
  ]) {
    expect((await rejection(call)).name).toMatch(/Mongo(NotConnected|oseError|ose)/);
  }
  expect(await readdir(join(database.path, '..'))).toEqual(['test.db']);
  await database.mongoose.connect(`sqlite:${database.path}`);
  expect(await Thing.findById('a').lean()).toMatchObject({ _id: 'a' });
});

test('hostile names and shapes stay data', async () => {
  await using database = await temporaryDatabase();
  const { connection } = database.mongoose;
  const odd = connection.collection<{ _id: string; [field: string]: unknown }>('a"; DROP TABLE x; --');
  const doc = JSON.parse('{"_id":"1","__proto__":{"polluted":true},"a.b":1,"quote\\"\'":2}') as {
    _id: string;
  };
  await odd.insertOne(doc);
  expect(JSON.stringify(await odd.findOne({ _id: '1' }))).toBe(JSON.stringify(doc));
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(await odd.findOne({ 'quote"\'': 2 })).toMatchObject({ _id: '1' });
  expect(await odd.findOne({ "x' OR 1=1 --": null, _id: "' OR 1=1 --" })).toBeNull();
  let deep: Record<string, unknown> = {};
  for (let i = 0; i < 150; i++) deep = { deep };
  expect((await rejection(odd.insertOne({ _id: '2', deep }))).message).toContain('nested deeper');
  expect((await rejection(odd.insertOne({ _id: '2', pad: 'x'.repeat(17 * 1024 * 1024) })))['code']).toBe(
    10334,
  );
  expect((await rejection(odd.insertOne({ _id: '2', at: new Date(Number.NaN) }))).message).toContain(
    'invalid Date',
  );
  for (const name of ['sqlite_master', '__vfxb_meta', 'A"; DROP TABLE x; --']) {
    expect((await rejection(connection.collection(name).insertOne({ a: 1 })))['code']).toBe(73);
  }
});
