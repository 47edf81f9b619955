import { expect, test } from 'bun:test';

import { temporaryDatabase } from './temporary-database.ts';

interface Thing {
  _id: string | number;
  n?: number;
}

/** Ids that a text column could take for another: escaped, numeric-looking, in another normal form or case, with a lone surrogate. */
const IDS = [
  'a',
  'A',
  '',
  '1',
  '1.0',
  '\u{10FFFD}Etagged',
  'e\u0301',
  '\u00E9',
  'a\u0000b',
  '\uD800',
  "' OR 1=1 --",
];

test('a document is found by its id alone, whatever text or other value that is', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Thing>('things');
  expect(await things.findOne({ _id: 'a' })).toBeNull();
  for (const [n, _id] of IDS.entries()) await things.insertOne({ _id, n });
  await things.insertOne({ _id: 1, n: -1 });
  for (const [n, _id] of IDS.entries()) {
    expect(await things.findOne({ _id })).toEqual({ _id: _id.toWellFormed(), n });
    // The same read as the general way gives it.
    expect(await things.findOne({ $and: [{ _id }] })).toEqual({ _id: _id.toWellFormed(), n });
  }
  expect(await things.findOne({ _id: 1 })).toEqual({ _id: 1, n: -1 });
  expect(await things.findOne({ _id: 'b' })).toBeNull();
});

test('reading by id honours projection, skip and further conditions', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Thing>('things');
  await things.insertOne({ _id: 'a', n: 1 });
  expect(await things.findOne({ _id: 'a' }, { projection: { n: 0 } })).toEqual({ _id: 'a' });
  const withoutId: unknown = await things.findOne({ _id: 'a' }, { projection: { _id: 0 } });
  expect(withoutId).toEqual({ n: 1 });
  expect(await things.findOne({ _id: 'a' }, { skip: 1 })).toBeNull();
  expect(await things.findOne({ _id: 'a', n: 2 })).toBeNull();
  expect(await things.findOne({ _id: 'a', n: 1 })).toEqual({ _id: 'a', n: 1 });
});

test('a read by id in a transaction sees the transaction’s own writes, one outside does not', async () => {
  await using database = await temporaryDatabase();
  const things = database.mongoose.connection.collection<Thing>('things');
  await things.insertOne({ _id: 'a', n: 1 });
  await database.mongoose.connection.transaction(async (session) => {
    await things.updateOne({ _id: 'a' }, { $set: { n: 2 } }, { session });
    expect(await things.findOne({ _id: 'a' }, { session })).toEqual({ _id: 'a', n: 2 });
    expect(await things.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1 });
  });
  expect(await things.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 2 });
});
