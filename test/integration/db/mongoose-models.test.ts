import { expect, test } from 'bun:test';
import type { Mongoose } from 'mongoose';

import { rejection, temporaryDatabase } from './temporary-database.ts';

function defineVideo(mongoose: Mongoose) {
  const schema = new mongoose.Schema(
    {
      _id: String,
      ownerId: { type: String, required: true },
      title: { type: String, trim: true, minlength: 2 },
      status: { type: String, enum: ['processing', 'ready'], default: 'processing' },
      tags: [String],
      parts: [{ _id: false, name: String, size: Number }],
      counts: { type: Map, of: Number },
      price: mongoose.Schema.Types.Decimal128,
      digest: Buffer,
      ref: mongoose.Schema.Types.ObjectId,
      views: { type: Number, default: 0 },
      big: BigInt,
      extra: mongoose.Schema.Types.Mixed,
    },
    { timestamps: true, optimisticConcurrency: true },
  );
  schema.index({ ownerId: 1, createdAt: -1, _id: -1 });
  schema.pre('save', function addTag() {
    if (this.isNew) this.tags.push('hooked');
  });
  return mongoose.model('Video', schema);
}

test('a document comes back with every type it was saved with', async () => {
  await using database = await temporaryDatabase();
  const Video = defineVideo(database.mongoose);
  const ref = new database.mongoose.Types.ObjectId();
  const extra = {
    nested: [{ at: new Date(5), re: 1 }],
    $odd: null,
    '': 'empty key',
    text: 'a\0b "q" \u{10FFFD}x',
  };
  await Video.create({
    _id: 'vid_1',
    ownerId: 'usr_1',
    title: '  My video ',
    parts: [{ name: 'p', size: 2 }],
    counts: new Map([['a', 1]]),
    price: '12.50',
    digest: Buffer.from([0, 255, 1]),
    ref,
    big: 9_007_199_254_740_993n,
    extra,
  });
  const found = await Video.findById('vid_1').orFail();
  expect(found.title).toBe('My video');
  expect(found.status).toBe('processing');
  expect([...found.tags]).toEqual(['hooked']);
  expect(found.parts[0]?.size).toBe(2);
  expect(found.counts?.get('a')).toBe(1);
  expect(String(found.price)).toBe('12.50');
  expect(Buffer.from(found.digest ?? [])).toEqual(Buffer.from([0, 255, 1]));
  expect(String(found.ref)).toBe(String(ref));
  expect(found.big).toBe(9_007_199_254_740_993n);
  expect(found.createdAt).toBeInstanceOf(Date);
  const lean = await Video.findById('vid_1').lean().orFail();
  expect(lean.extra).toEqual(extra);
  expect(lean.createdAt).toBeInstanceOf(Date);
});

test('validation stops a document before it reaches the file', async () => {
  await using database = await temporaryDatabase();
  const Video = defineVideo(database.mongoose);
  const error = await rejection(
    new Video({ _id: 'vid_1', ownerId: 'u', title: 'x' }).set('status', 'odd').save(),
  );
  expect(error.name).toBe('ValidationError');
  expect(Object.keys(error['errors'] ?? {}).toSorted((a, b) => a.localeCompare(b))).toEqual([
    'status',
    'title',
  ]);
  expect(await Video.countDocuments()).toBe(0);
});

test('of two copies saved one after the other the second is refused', async () => {
  await using database = await temporaryDatabase();
  const Video = defineVideo(database.mongoose);
  await Video.create({ _id: 'vid_1', ownerId: 'u', title: 'one' });
  const [first, second] = await Promise.all([
    Video.findById('vid_1').orFail(),
    Video.findById('vid_1').orFail(),
  ]);
  first.title = 'first';
  await first.save();
  second.title = 'second';
  expect((await rejection(second.save())).name).toBe('VersionError');
  expect((await Video.findById('vid_1').lean().orFail()).title).toBe('first');
});

test('updates by operators, upserts and find-and-modify act as on MongoDB', async () => {
  await using database = await temporaryDatabase();
  const Video = defineVideo(database.mongoose);
  await Video.create([
    {
      _id: 'a',
      ownerId: 'u',
      parts: [
        { name: 'x', size: 1 },
        { name: 'y', size: 2 },
      ],
    },
    { _id: 'b', ownerId: 'u' },
  ]);
  expect(
    await Video.updateOne(
      { _id: 'a', 'parts.name': 'y' },
      { $set: { 'parts.$.size': 9 }, $inc: { views: 3 } },
    ),
  ).toMatchObject({
    matchedCount: 1,
    modifiedCount: 1,
  });
  await Video.updateOne(
    { _id: 'a' },
    { $set: { 'parts.$[p].size': 5 } },
    { arrayFilters: [{ 'p.name': 'x' }] },
  );
  const after = await Video.findOneAndUpdate(
    { _id: 'a' },
    { $push: { tags: { $each: ['n'], $position: 0 } } },
    { returnDocument: 'after' },
  ).lean();
  expect(after?.tags).toEqual(['n', 'hooked']);
  expect(after?.parts.map((part) => part.size)).toEqual([5, 9]);
  const before = await Video.findOneAndUpdate(
    { _id: 'a' },
    { $unset: { tags: '' } },
    { returnDocument: 'before' },
  ).lean();
  expect(before?.tags).toEqual(['n', 'hooked']);
  const upserted = await Video.updateOne(
    { _id: 'c', ownerId: 'w' },
    { $set: { title: 'new one' }, $setOnInsert: { views: 7 } },
    { upsert: true },
  );
  expect(upserted).toMatchObject({ upsertedCount: 1, upsertedId: 'c' });
  expect(await Video.findById('c').lean()).toMatchObject({ ownerId: 'w', title: 'new one', views: 7 });
  expect((await Video.updateMany({ ownerId: 'u' }, { $inc: { views: 1 } })).modifiedCount).toBe(2);
  expect((await Video.findOneAndDelete({ _id: 'b' }).lean())?._id).toBe('b');
  await Video.replaceOne({ _id: 'c' }, { ownerId: 'z', title: 'replaced' });
  expect(await Video.findById('c').lean()).toMatchObject({ ownerId: 'z', title: 'replaced' });
  expect((await Video.deleteMany({})).deletedCount).toBe(2);
});

test('updates that MongoDB refuses are refused with its codes', async () => {
  await using database = await temporaryDatabase();
  const raw = database.mongoose.connection.collection<{ _id: string; [field: string]: unknown }>('raw');
  await raw.insertOne({ _id: 'a', text: 'x', list: [1], n: 1 });
  const codeOf = async (update: object): Promise<unknown> =>
    (await rejection(raw.updateOne({ _id: 'a' }, update)))['code'];
  expect(await codeOf({ $bogus: { a: 1 } })).toBe(9);
  expect(await codeOf({ $set: { _id: 'b' } })).toBe(66);
  expect(await codeOf({ $inc: { text: 1 } })).toBe(14);
  expect(await codeOf({ $push: { n: 1 } })).toBe(2);
  expect(await codeOf({ $set: { 'text.inner': 1 } })).toBe(28);
  expect(await raw.findOne({ _id: 'a' })).toEqual({ _id: 'a', text: 'x', list: [1], n: 1 });
});

test('cursors walk everything in order, in batches, and can be left early', async () => {
  await using database = await temporaryDatabase();
  const Video = defineVideo(database.mongoose);
  const total = 257;
  await Video.insertMany(
    Array.from({ length: total }, (_, i) => ({
      _id: `v${String(i).padStart(4, '0')}`,
      ownerId: 'u',
      views: i,
    })),
  );
  const seen: number[] = [];
  for await (const video of Video.find().sort({ views: -1 }).cursor({ batchSize: 50 }))
    seen.push(video.views);
  expect(seen).toEqual(Array.from({ length: total }, (_, i) => total - 1 - i));
  for await (const video of Video.find().sort({ views: 1 }).lean().cursor()) {
    expect(video.views).toBe(0);
    break;
  }
  const page: unknown = await Video.find().sort({ views: 1 }).skip(250).limit(3).select('views').lean();
  expect(page).toEqual([
    { _id: 'v0250', views: 250 },
    { _id: 'v0251', views: 251 },
    { _id: 'v0252', views: 252 },
  ]);
});

test('aggregation, distinct and counts agree with the data', async () => {
  await using database = await temporaryDatabase();
  const Video = defineVideo(database.mongoose);
  const Owner = database.mongoose.model('Owner', new database.mongoose.Schema({ _id: String, name: String }));
  await Owner.create({ _id: 'u0', name: 'Zero' });
  await Video.insertMany(
    Array.from({ length: 9 }, (_, i) => ({
      _id: `v${i}`,
      ownerId: `u${i % 3}`,
      views: i,
      tags: [`t${i % 2}`],
    })),
  );
  const groups = await Video.aggregate([
    { $match: { views: { $gte: 3 } } },
    { $group: { _id: '$ownerId', views: { $sum: '$views' } } },
    { $sort: { _id: 1 } },
  ]);
  expect(groups).toEqual([
    { _id: 'u0', views: 9 },
    { _id: 'u1', views: 11 },
    { _id: 'u2', views: 13 },
  ]);
  const joined = await Video.aggregate([
    { $match: { _id: 'v0' } },
    { $lookup: { from: 'owners', localField: 'ownerId', foreignField: '_id', as: 'owner' } },
  ]);
  expect(joined[0].owner).toMatchObject([{ name: 'Zero' }]);
  expect(await Video.distinct('ownerId')).toEqual(['u0', 'u1', 'u2']);
  expect(await Video.distinct('tags', { views: { $lt: 9 } })).toEqual(['t0', 't1']);
  expect(await Video.countDocuments({ views: { $gt: 4 } })).toBe(4);
  expect(await Video.estimatedDocumentCount()).toBe(9);
});

test('an unordered insertMany keeps the good ones and reports the bad, an ordered one stops', async () => {
  await using database = await temporaryDatabase();
  const Video = defineVideo(database.mongoose);
  const docs = ['a', 'a', 'b'].map((_id) => ({ _id, ownerId: 'u' }));
  const unordered = await rejection(Video.insertMany(docs, { ordered: false }));
  expect(unordered['code']).toBe(11000);
  expect((unordered['writeErrors'] as unknown[]).length).toBe(1);
  expect((unordered['insertedDocs'] as unknown[]).length).toBe(2);
  expect(await Video.countDocuments()).toBe(2);
  await Video.deleteMany({});
  expect((await rejection(Video.insertMany(docs))).name).toBe('MongoBulkWriteError');
  expect(await Video.countDocuments()).toBe(1);
  const result = await Video.bulkWrite([
    { insertOne: { document: { _id: 'c', ownerId: 'u' } } },
    { updateOne: { filter: { _id: 'c' }, update: { $inc: { views: 2 } } } },
    { updateOne: { filter: { _id: 'd' }, update: { $set: { ownerId: 'w' } }, upsert: true } },
    { deleteOne: { filter: { _id: 'a' } } },
  ]);
  expect(result).toMatchObject({
    insertedCount: 1,
    matchedCount: 1,
    modifiedCount: 1,
    upsertedCount: 1,
    deletedCount: 1,
  });
});

test('projections and update pipelines give what MongoDB gives', async () => {
  await using database = await temporaryDatabase();
  const raw = database.mongoose.connection.collection<Record<string, unknown> & { _id: string }>('raw');
  await raw.insertOne({ _id: 'a', n: 2, list: [1, 2, 3], kids: [{ x: 1 }, { x: 2 }], o: { p: 1, q: 2 } });
  const shown = async (projection: Record<string, unknown>): Promise<unknown> =>
    raw.findOne({ _id: 'a' }, { projection });
  expect(await shown({ n: 1 })).toEqual({ _id: 'a', n: 2 });
  expect(await shown({ n: 1, _id: 0 })).toEqual({ n: 2 });
  expect(await shown({ list: 0, kids: 0, o: 0 })).toEqual({ _id: 'a', n: 2 });
  expect(await shown({ 'o.p': 1 })).toEqual({ _id: 'a', o: { p: 1 } });
  expect(await shown({ list: { $slice: -1 }, kids: 0, o: 0 })).toEqual({ _id: 'a', n: 2, list: [3] });
  expect(await shown({ kids: { $elemMatch: { x: 2 } } })).toEqual({ _id: 'a', kids: [{ x: 2 }] });
  await raw.updateOne({ _id: 'a' }, [
    { $set: { sum: { $add: ['$n', { $size: '$list' }] } } },
    { $unset: ['kids', 'o'] },
  ]);
  expect(await raw.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 2, list: [1, 2, 3], sum: 5 });
});

test('sanitizeFilter turns operators from outside into plain values', async () => {
  await using database = await temporaryDatabase();
  database.mongoose.set('sanitizeFilter', true);
  const User = database.mongoose.model(
    'User',
    new database.mongoose.Schema({ _id: String, token: database.mongoose.Schema.Types.Mixed }),
  );
  await User.create({ _id: 'u', token: 'secret' });
  expect(await User.findOne({ token: { $ne: null } })).toBeNull();
  expect(await User.findOne({ token: 'secret' }).lean()).toMatchObject({ _id: 'u' });
  expect(await User.findOne({ token: database.mongoose.trusted({ $ne: null }) }).lean()).toMatchObject({
    _id: 'u',
  });
});

test('operators that are unknown or would run code are refused by name', async () => {
  await using database = await temporaryDatabase();
  const raw = database.mongoose.connection.collection('raw');
  for (const [filter, name] of [
    [{ a: { $bogus: 1 } }, '$bogus'],
    [{ $where: 'this.a' }, '$where'],
    [{ a: { $not: { $evil: 1 } } }, '$evil'],
  ] as const) {
    for (const found of [raw.findOne(filter), raw.find(filter).toArray(), raw.deleteMany(filter)]) {
      expect((await rejection(found)).message).toContain(name);
    }
  }
});
