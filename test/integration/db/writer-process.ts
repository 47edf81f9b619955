/*
 * One of several processes on the same database file: `bun writer-process.ts <mode> <path> <name> <count>`.
 * `increment` adds 1 to a shared counter count times, alternately by operator and by read-modify-write in a transaction.
 * `journal` inserts documents for ever and prints the id of each one once it is acknowledged.
 */
import { writeSync } from 'node:fs';

import { createSqliteMongoose } from '../../../src/platform/db/drivers/sqlite/index.ts';

const [mode, path, name, count] = process.argv.slice(2);
const mongoose = createSqliteMongoose();
mongoose.set('transactionAsyncLocalStorage', true);
await mongoose.connect(`sqlite:${path}`);
const Counter = mongoose.model(
  'Counter',
  new mongoose.Schema({
    _id: String,
    value: { type: Number, default: 0 },
    by: { type: Map, of: Number, default: {} },
  }),
);
const Entry = mongoose.model('Entry', new mongoose.Schema({ _id: String, pad: String }));

async function increment(): Promise<void> {
  for (let i = 0; i < Number(count); i++) {
    if (i % 2 === 0) {
      await Counter.findOneAndUpdate(
        { _id: 'shared' },
        { $inc: { value: 1, [`by.${name}`]: 1 } },
        { upsert: true },
      );
      continue;
    }
    await mongoose.connection.transaction(async () => {
      const counter = await Counter.findById('shared').orFail();
      counter.value += 1;
      counter.by.set(String(name), (counter.by.get(String(name)) ?? 0) + 1);
      await counter.save();
    });
  }
}

async function journal(): Promise<void> {
  const pad = 'x'.repeat(500);
  for (let i = 0; ; i++) {
    const id = `${name}-${i}`;
    await Entry.create({ _id: id, pad });
    writeSync(1, `${id}\n`);
  }
}

await (mode === 'increment' ? increment() : journal());
await mongoose.disconnect();
