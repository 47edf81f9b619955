import { expect, test } from 'bun:test';
import type { Mongoose } from 'mongoose';

import { rejection, temporaryDatabase } from './temporary-database.ts';

function defineAccount(mongoose: Mongoose) {
  mongoose.set('transactionAsyncLocalStorage', true);
  return mongoose.model(
    'Account',
    new mongoose.Schema({ _id: String, balance: { type: Number, default: 0 } }),
  );
}

test('a commit shows everything at once, and nothing before it', async () => {
  await using database = await temporaryDatabase();
  const Account = defineAccount(database.mongoose);
  await Account.create([{ _id: 'a', balance: 10 }, { _id: 'b' }]);
  await database.mongoose.connection.transaction(async () => {
    await Account.updateOne({ _id: 'a' }, { $inc: { balance: -4 } });
    await Account.updateOne({ _id: 'b' }, { $inc: { balance: 4 } });
    // Inside, by the implicit session; outside, by no session.
    expect((await Account.findById('b').lean().orFail()).balance).toBe(4);
    expect((await Account.findById('b').session(null).lean().orFail()).balance).toBe(0);
  });
  expect((await Account.find().sort({ _id: 1 }).lean()).map((account) => account.balance)).toEqual([6, 4]);
});

test('a throw undoes everything, and a document created inside is new again', async () => {
  await using database = await temporaryDatabase();
  const Account = defineAccount(database.mongoose);
  const account = new Account({ _id: 'a', balance: 1 });
  const error = await rejection(
    database.mongoose.connection.transaction(async (session) => {
      // Mongoose restores the state of documents only when it is told their session.
      await account.save({ session });
      await Account.create({ _id: 'b' });
      throw new Error('no');
    }),
  );
  expect(error.message).toBe('no');
  expect(await Account.countDocuments()).toBe(0);
  expect(account.isNew).toBe(true);
  await account.save();
  expect(await Account.countDocuments()).toBe(1);
});

test('explicit sessions start, commit, abort and end as on MongoDB', async () => {
  await using database = await temporaryDatabase();
  const Account = database.mongoose.model('Account', new database.mongoose.Schema({ _id: String }));
  const session = await database.mongoose.startSession();
  session.startTransaction();
  await Account.create([{ _id: 'a' }], { session });
  await session.abortTransaction();
  expect(await Account.countDocuments()).toBe(0);
  session.startTransaction();
  await Account.create([{ _id: 'b' }], { session });
  expect(await Account.countDocuments().session(session)).toBe(1);
  expect(await Account.countDocuments()).toBe(0);
  expect(() => session.startTransaction()).toThrow('Transaction already in progress');
  await session.commitTransaction();
  await session.endSession();
  expect(await Account.countDocuments()).toBe(1);
  expect((await rejection(Account.findOne().session(session))).message).toContain('session that has ended');
});

test('an error inside ends the transaction even when the caller swallows it', async () => {
  await using database = await temporaryDatabase();
  const Account = defineAccount(database.mongoose);
  await Account.create({ _id: 'a' });
  const error = await rejection(
    database.mongoose.connection.transaction(async () => {
      await Account.create({ _id: 'b' });
      await Account.create({ _id: 'a' }).catch(() => undefined);
    }),
  );
  expect(error).toMatchObject({ code: 251 });
  expect(error.message).toContain('E11000');
  expect(await Account.countDocuments()).toBe(1);
});

test('a transaction inside another, and a write that bypasses one, fail at once with a clear error', async () => {
  await using database = await temporaryDatabase();
  const Account = defineAccount(database.mongoose);
  await Account.createCollection();
  const { connection } = database.mongoose;
  const nested = await rejection(
    connection.transaction(async () => {
      await Account.create({ _id: 'a' });
      await connection.transaction(async () => Account.create({ _id: 'b' }));
    }),
  );
  expect(nested.message).toContain('inside another one');
  const bypass = await rejection(
    connection.transaction(async () => {
      await Account.create({ _id: 'a' });
      await Account.updateOne({ _id: 'a' }, { $set: { balance: 1 } }).session(null);
    }),
  );
  expect(bypass.message).toContain('must take part in it');
  expect(await Account.countDocuments()).toBe(0);
});

test('a callback that never ends is rolled back after the limit, and others go on', async () => {
  await using database = await temporaryDatabase('?transactionTimeoutMs=150');
  const Account = defineAccount(database.mongoose);
  await Account.createCollection();
  const started = Promise.withResolvers<undefined>();
  const wake = Promise.withResolvers<undefined>();
  const late: Promise<Error>[] = [];
  const lateStarted = Promise.withResolvers<undefined>();
  const stuck = rejection(
    database.mongoose.connection.transaction(async () => {
      await Account.create({ _id: 'a' });
      started.resolve(undefined);
      await wake.promise;
      // The callback wakes up after its transaction is gone: it must not write outside it.
      late.push(rejection(Account.create({ _id: 'late' })));
      lateStarted.resolve(undefined);
    }),
  );
  await started.promise;
  await Account.create({ _id: 'b' });
  expect((await stuck).message).toContain('did not end within 150 ms');
  wake.resolve(undefined);
  await lateStarted.promise;
  const errors = await Promise.all(late);
  expect(errors.map((error) => error.message)).toEqual([expect.stringMatching(/rolled back|has ended/)]);
  expect((await Account.find().lean()).map((account) => account._id)).toEqual(['b']);
});

test('parallel transactions and single writes lose no update', async () => {
  await using database = await temporaryDatabase();
  const Account = defineAccount(database.mongoose);
  await Account.create({ _id: 'a' });
  const transfers = Array.from({ length: 40 }, async (_, i) =>
    i % 2 === 0
      ? Account.updateOne({ _id: 'a' }, { $inc: { balance: 1 } })
      : database.mongoose.connection.transaction(async () => {
          const account = await Account.findById('a').orFail();
          account.balance += 1;
          await account.save();
        }),
  );
  await Promise.all(transfers);
  expect((await Account.findById('a').lean().orFail()).balance).toBe(40);
});

test('withTransaction runs again after a transient error, and hands on its result', async () => {
  await using database = await temporaryDatabase();
  const Account = defineAccount(database.mongoose);
  let attempts = 0;
  const session = await database.mongoose.startSession();
  const result = await session.withTransaction(async () => {
    await Account.create([{ _id: `try${attempts}` }], { session });
    attempts++;
    if (attempts < 3) {
      const error = new database.mongoose.mongo.MongoError('busy');
      error.addErrorLabel('TransientTransactionError');
      throw error;
    }
    return 'done';
  });
  await session.endSession();
  expect(result).toBe('done');
  expect((await Account.find().lean()).map((account) => account._id)).toEqual(['try2']);
});

test('a write that waits too long behind a transaction is refused as retryable', async () => {
  await using database = await temporaryDatabase('?lockTimeoutMs=100');
  const Account = database.mongoose.model('Account', new database.mongoose.Schema({ _id: String }));
  const session = await database.mongoose.startSession();
  session.startTransaction();
  await Account.create([{ _id: 'a' }], { session });
  const error = await rejection(Account.create({ _id: 'b' }));
  expect(error).toMatchObject({ code: 24, codeName: 'LockTimeout' });
  expect(error.message).toContain('100 ms');
  await session.commitTransaction();
  await session.endSession();
  await Account.create({ _id: 'b' });
  expect(await Account.countDocuments()).toBe(2);
});
