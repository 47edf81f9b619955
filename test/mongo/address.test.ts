/** What a MongoDB must be before VFXB runs on it, and what a wrong one is told. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { newId } from '../../src/contracts/ids.ts';
import { connectDatabase } from '../../src/platform/db/database.ts';
import { readMongoAddress } from '../../src/platform/db/drivers/mongodb/index.ts';
import { startMongo, type TestMongo } from '../fixtures/mongo-server.ts';
import { rejectionOf } from '../fixtures/rejection.ts';

let mongo: TestMongo;
beforeAll(async () => {
  mongo = await startMongo();
});
afterAll(async () => mongo.stop());

describe('the address', () => {
  const cases: readonly [url: string, uri: string, transactions: 'detect' | 'on' | 'off'][] = [
    ['mongodb://a:1,b:2/db?replicaSet=rs0', 'mongodb://a:1,b:2/db?replicaSet=rs0', 'detect'],
    ['mongodb://u:p%3F@a/db', 'mongodb://u:p%3F@a/db', 'detect'],
    ['mongodb://a/db?vfxbTransactions=on', 'mongodb://a/db', 'on'],
    ['mongodb://a/db?vfxbTransactions=off&w=1', 'mongodb://a/db?w=1', 'off'],
    ['mongodb://a/db?w=1&vfxbTransactions=off&tls=true', 'mongodb://a/db?w=1&tls=true', 'off'],
  ];
  for (const [url, uri, transactions] of cases)
    test(`${url} goes to the driver as ${uri}, transactions: ${transactions}`, () =>
      expect(readMongoAddress(url)).toEqual({ uri, transactions }));

  test('with another value of our option is refused by name', () => {
    expect(() => readMongoAddress('mongodb://a/db?vfxbTransactions=maybe')).toThrow(
      'vfxbTransactions in the address is "maybe"; it can be on or off',
    );
  });
});

describe('connecting', () => {
  test('refuses a standalone in words that name the replica set, and takes a server with transactions', async () => {
    const url = readMongoAddress(mongo.url).uri;
    if (mongo.isReal) {
      const db = await connectDatabase(url);
      expect(db.engine).toBe('mongodb');
      return db.close();
    }
    const error = await rejectionOf(connectDatabase(url));
    expect(error).toMatchObject({ code: 'database_unavailable' });
    expect(String(error)).toMatch(/standalone.*replica set.*--replSet.*rs\.initiate\(\)/);
  });

  test('gives up within seconds where nobody listens', async () => {
    const startedMs = performance.now();
    const error = await rejectionOf(connectDatabase('mongodb://127.0.0.1:9/db'));
    expect(error).toMatchObject({ code: 'database_unavailable' });
    expect(performance.now() - startedMs).toBeLessThan(8_000);
  });

  test('twice at once builds the same collections and indexes, which a third start finds', async () => {
    const databases = await Promise.all([connectDatabase(mongo.url), connectDatabase(mongo.url)]);
    databases.push(await connectDatabase(mongo.url));
    for (const db of databases) {
      await db.ping();
      await db.close();
    }
    expect(databases.map((db) => db.engine)).toEqual(['mongodb', 'mongodb', 'mongodb']);
  });

  test('without transactions, where the address says so, keeps what was written before a failure', async () => {
    const { uri } = readMongoAddress(mongo.url);
    const db = await connectDatabase(`${uri}${uri.includes('?') ? '&' : '?'}vfxbTransactions=off`);
    const _id = newId('conversation');
    const signals: string[] = [];
    const work = async (isFailing: boolean) =>
      db.transaction(async () => {
        db.afterCommit(() => signals.push(isFailing ? 'failed' : 'done'));
        if (!isFailing) return;
        await db.models.Conversation.create({ _id, userId: newId('user'), title: 'half' });
        throw new Error('failed');
      });
    expect(await rejectionOf(work(true))).toMatchObject({ message: 'failed' });
    await work(false);
    expect([(await db.models.Conversation.findById(_id).lean())?.title, signals]).toEqual(['half', ['done']]);
    await db.close();
  });
});
