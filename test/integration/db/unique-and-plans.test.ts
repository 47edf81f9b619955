import { expect, test } from 'bun:test';

import { rejection, temporaryDatabase } from './temporary-database.ts';

type Raw = { _id: string; [field: string]: unknown };

test('a unique violation names index, pattern and value as MongoDB does', async () => {
  await using database = await temporaryDatabase();
  const users = database.mongoose.connection.collection<Raw>('users');
  await users.createIndex({ email: 1 }, { unique: true });
  await users.createIndex({ org: 1, slug: -1 }, { unique: true, sparse: true });
  await users.insertOne({ _id: 'a', email: 'x@y', org: 'o', slug: 's' });
  const single = await rejection(users.insertOne({ _id: 'b', email: 'x@y' }));
  expect(single).toMatchObject({
    name: 'MongoServerError',
    code: 11000,
    keyPattern: { email: 1 },
    keyValue: { email: 'x@y' },
  });
  expect(single.message).toBe(
    'E11000 duplicate key error collection: users index: email_1 dup key: { email: "x@y" }',
  );
  const compound = await rejection(users.insertOne({ _id: 'b', email: 'z', org: 'o', slug: 's' }));
  expect(compound).toMatchObject({
    code: 11000,
    keyPattern: { org: 1, slug: -1 },
    keyValue: { org: 'o', slug: 's' },
  });
  const id = await rejection(users.insertOne({ _id: 'a', email: 'other' }));
  expect(id).toMatchObject({ code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: 'a' } });
  await users.insertOne({ _id: 'b', email: 'b' });
  const update = await rejection(users.updateOne({ _id: 'b' }, { $set: { email: 'x@y' } }));
  expect(update).toMatchObject({ code: 11000, keyValue: { email: 'x@y' } });
  expect(await users.findOne({ _id: 'b' })).toEqual({ _id: 'b', email: 'b' });
});

test('missing and null are one value to a unique index', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Raw>('things');
  await things.createIndex({ a: 1 }, { unique: true });
  await things.createIndex({ b: 1, c: 1 }, { unique: true });
  await things.insertOne({ _id: '1', b: 1 });
  expect((await rejection(things.insertOne({ _id: '2', b: 2 })))['keyPattern']).toEqual({ a: 1 });
  expect((await rejection(things.insertOne({ _id: '2', a: null, b: 2 })))['keyPattern']).toEqual({ a: 1 });
  expect((await rejection(things.insertOne({ _id: '2', a: 2, b: 1, c: null })))['keyPattern']).toEqual({
    b: 1,
    c: 1,
  });
  await things.insertOne({ _id: '2', a: 2, b: 1, c: 'x' });
});

test('a sparse unique index skips the missing and still refuses a second null', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Raw>('things');
  await things.createIndex({ a: 1 }, { unique: true, sparse: true });
  await things.createIndex({ b: 1, c: 1 }, { unique: true, sparse: true });
  await things.insertMany([{ _id: '1' }, { _id: '2' }, { _id: '3', a: null, b: 1 }]);
  expect((await rejection(things.insertOne({ _id: '4', a: null })))['code']).toBe(11000);
  expect((await rejection(things.insertOne({ _id: '4', b: 1 })))['keyPattern']).toEqual({ b: 1, c: 1 });
  await things.insertOne({ _id: '4', a: 'v' });
  expect((await rejection(things.insertOne({ _id: '5', a: 'v' })))['code']).toBe(11000);
});

test('values of different types never collide, equal numbers and dates do', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Raw>('things');
  await things.createIndex({ a: 1 }, { unique: true });
  const values = [
    1,
    '1',
    true,
    'true',
    new Date(1),
    new Date(1).toISOString(),
    { x: 1 },
    '{"x":1}',
    [1],
    '[1]',
    '',
  ];
  await things.insertMany(values.map((a, index) => ({ _id: String(index), a })));
  expect((await rejection(things.insertOne({ _id: 'n', a: 1.0 })))['code']).toBe(11000);
  expect((await rejection(things.insertOne({ _id: 'n', a: new Date(1) })))['code']).toBe(11000);
  for (const [index, a] of values.slice(0, 6).entries())
    expect((await things.findOne({ a }))?.['_id']).toBe(String(index));
});

test('a partial unique index binds only the documents of its filter, and serves queries that imply it', async () => {
  await using database = await temporaryDatabase();
  const Job = database.mongoose.model(
    'Job',
    new database.mongoose.Schema({ _id: String, key: String, state: String }).index(
      { key: 1 },
      { unique: true, partialFilterExpression: { state: 'active' } },
    ),
  );
  await Job.init();
  await Job.insertMany([
    { _id: '1', key: 'k', state: 'done' },
    { _id: '2', key: 'k', state: 'done' },
    { _id: '3', key: 'k', state: 'active' },
  ]);
  expect((await rejection(Job.create({ _id: '4', key: 'k', state: 'active' })))['code']).toBe(11000);
  expect((await rejection(Job.updateOne({ _id: '1' }, { $set: { state: 'active' } })))['code']).toBe(11000);
  const plan: unknown = await Job.find({ key: 'k', state: 'active' }).explain();
  expect(plan).toMatchObject({
    queryPlanner: { winningPlan: { stage: 'IXSCAN', indexNames: ['jobs::key_1'] } },
  });
  expect(await Job.countDocuments({ key: 'k', state: 'done' })).toBe(2);
});

test('an index over documents that collide is refused, and leaves no index behind', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Raw>('things');
  await things.insertMany([
    { _id: '1', a: 1 },
    { _id: '2', a: 1 },
  ]);
  expect((await rejection(things.createIndex({ a: 1 }, { unique: true })))['code']).toBe(11000);
  expect((await things.indexes()).map((index) => index.name)).toEqual(['_id_']);
});

test('syncIndexes drops what the schema lost and adds what it gained', async () => {
  await using database = await temporaryDatabase();
  const { mongoose } = database;
  const First = mongoose.model(
    'Thing',
    new mongoose.Schema({ _id: String, a: { type: String, index: true }, b: String }),
  );
  await First.init();
  mongoose.deleteModel('Thing');
  const Second = mongoose.model(
    'Thing',
    new mongoose.Schema({ _id: String, a: String, b: { type: String, unique: true } }),
  );
  expect(await Second.syncIndexes()).toEqual(['a_1']);
  expect((await Second.listIndexes()).map((index) => index.name)).toEqual(['_id_', 'b_1']);
});

test('pages by keyset, membership and ranges never scan the collection', async () => {
  await using database = await temporaryDatabase();
  const { mongoose } = database;
  const schema = new mongoose.Schema({
    _id: String,
    ownerId: String,
    state: String,
    createdAt: Date,
    runAt: Date,
  });
  schema.index({ ownerId: 1, createdAt: -1, _id: -1 });
  schema.index({ state: 1, runAt: 1 });
  const Video = mongoose.model('Video', schema);
  await Video.init();
  const start = Date.UTC(2026, 0, 1);
  await Video.insertMany(
    Array.from({ length: 3000 }, (_, i) => ({
      _id: `v${String(i).padStart(5, '0')}`,
      ownerId: `u${i % 3}`,
      state: i % 50 === 0 ? 'queued' : 'done',
      // Groups of the same millisecond, so that pages must break ties by _id.
      createdAt: new Date(start + Math.floor(i / 12) * 1000),
      runAt: new Date(start + i),
    })),
  );
  const seen: string[] = [];
  let cursor: { createdAt: Date; _id: string } | null = null;
  for (;;) {
    const filter: Record<string, unknown> = { ownerId: 'u1' };
    if (cursor !== null) {
      filter['$or'] = [
        { createdAt: { $lt: cursor.createdAt } },
        { createdAt: cursor.createdAt, _id: { $lt: cursor._id } },
      ];
    }
    const query = () => Video.find(filter).sort({ createdAt: -1, _id: -1 }).limit(100);
    const plan = (await query().explain()) as unknown as {
      queryPlanner: { winningPlan: { stage: string; detail: string[] } };
    };
    expect(plan.queryPlanner).toMatchObject({ evaluatedOutsideSql: false, sortedBySql: true });
    // One line: the index gives the rows in order, with no sorting step after it.
    expect(plan.queryPlanner.winningPlan.detail).toEqual([
      cursor === null
        ? 'SEARCH videos USING INDEX videos::ownerId_1_createdAt_-1__id_-1 (<expr>=?)'
        : 'SEARCH videos USING INDEX videos::ownerId_1_createdAt_-1__id_-1 (<expr>=? AND <expr>>? AND <expr><?)',
    ]);
    const page = await query().lean();
    if (page.length === 0) break;
    seen.push(...page.map((video) => String(video._id)));
    const last = page.at(-1);
    cursor = last?.createdAt ? { createdAt: last.createdAt, _id: String(last._id) } : null;
  }
  expect(seen.length).toBe(1000);
  expect(seen).toEqual(seen.toSorted((a, b) => (a < b ? 1 : -1)));
  for (const filter of [
    { _id: 'v00001' },
    { _id: { $in: ['v00001', 'v00002'] } },
    { state: 'queued', runAt: { $lte: new Date(start + 500) } },
    { state: { $in: ['queued', 'active'] } },
    { ownerId: 'u1', createdAt: { $gte: new Date(start), $lt: new Date(start + 5000) } },
  ]) {
    const plan: unknown = await Video.find(filter).explain();
    expect(plan).toMatchObject({
      queryPlanner: { winningPlan: { stage: 'IXSCAN' }, evaluatedOutsideSql: false },
    });
  }
  const scan: unknown = await Video.find({ runAt: new Date(start) }).explain();
  expect(scan).toMatchObject({ queryPlanner: { winningPlan: { stage: 'COLLSCAN' } } });
});

test('keys from outside cannot make other fields lose their indexes', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Raw>('things');
  await things.createIndex({ 'meta.owner': 1 });
  await things.createIndex({ state: 1 });
  const odd = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`key${i}`, [i]]));
  await things.insertMany([
    { _id: 'a', state: 'x', meta: { owner: 'o' }, odd },
    { _id: 'b', state: 'x', meta: { owner: 'p' } },
  ]);
  for (const filter of [{ _id: 'a' }, { state: 'x' }, { 'meta.owner': 'o' }]) {
    const plan: unknown = await things.find(filter).explain();
    expect(plan).toMatchObject({
      queryPlanner: { winningPlan: { stage: 'IXSCAN' }, evaluatedOutsideSql: false },
    });
  }
  expect(await things.countDocuments({ 'odd.key1500': 1500 })).toBe(1);
  expect(await things.countDocuments({ 'odd.key1500': { $ne: 1500 } })).toBe(1);
  const rows: unknown = database.mongoose.connection.db?.listCollections().toArray();
  expect(await rows).toEqual([{ name: 'things', type: 'collection' }]);
});

test('writes that share a commit each get their own verdict', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Raw>('things');
  await things.createIndex({ slot: 1 }, { unique: true });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 60 }, async (_, i) => things.insertOne({ _id: `t${i}`, slot: i % 20 })),
  );
  expect(outcomes.map((outcome) => outcome.status)).toEqual(
    Array.from({ length: 60 }, (_, i) => (i < 20 ? 'fulfilled' : 'rejected')),
  );
  expect(await things.countDocuments({})).toBe(20);
});
