/**
 * Speed of the embedded database engine through Mongoose, on a temporary file:
 * `bun test/load/sqlite-driver.ts [documents]`. Prints operations per second; every write is durable (synchronous FULL).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createSqliteMongoose } from '../../src/platform/db/drivers/sqlite/index.ts';

const total = Number(process.argv[2] ?? 5000);
const directory = await mkdtemp(join(tmpdir(), 'vfxb-load-'));
const mongoose = createSqliteMongoose();
const schema = new mongoose.Schema(
  { _id: String, ownerId: String, title: String, status: { type: String, default: 'ready' } },
  { timestamps: true },
);
schema.index({ ownerId: 1, createdAt: -1, _id: -1 });
const Video = mongoose.model('Video', schema);
await mongoose.connect(`sqlite:${join(directory, 'load.db')}`);
await Video.init();

const idOf = (i: number): string => `vid_${String(i).padStart(7, '0')}`;
const videoOf = (i: number) => ({ _id: idOf(i), ownerId: `usr_${i % 20}`, title: 'A title of usual length' });

async function measure(name: string, count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  let done = 0;
  for (let i = 0; i < count; i++) {
    const result = await work(i);
    done += name.startsWith('create') && Array.isArray(result) ? result.length : 1;
  }
  const perSecond = (done / (performance.now() - startedMs)) * 1000;
  console.log(`${name.padEnd(36)} ${Math.round(perSecond).toLocaleString('en')}/s`);
}

await measure('create, one at a time', total, async (i) => Video.create(videoOf(i)));
const batch = 50;
await measure(`create, ${batch} at once`, Math.ceil(total / batch), async (i) =>
  Promise.all(Array.from({ length: batch }, async (_, j) => Video.create(videoOf(total + i * batch + j)))),
);
await measure('findById().lean()', total, async (i) => Video.findById(idOf(i)).lean());
await measure('updateOne $set by _id', total, async (i) =>
  Video.updateOne({ _id: idOf(i) }, { $set: { title: `t${i}` } }),
);
const last = await Video.findOne({ ownerId: 'usr_1' })
  .sort({ createdAt: -1, _id: -1 })
  .skip(50)
  .lean()
  .orFail();
await measure('page of 20 by keyset, lean', 1000, async () =>
  Video.find({
    ownerId: 'usr_1',
    $or: [{ createdAt: { $lt: last.createdAt } }, { createdAt: last.createdAt, _id: { $lt: last._id } }],
  })
    .sort({ createdAt: -1, _id: -1 })
    .limit(20)
    .lean(),
);
await measure('transaction of two writes', Math.ceil(total / 10), async (i) =>
  mongoose.connection.transaction(async (session) => {
    await Video.updateOne({ _id: idOf(i) }, { $set: { status: 'a' } }).session(session);
    await Video.updateOne({ _id: idOf(i + 1) }, { $set: { status: 'b' } }).session(session);
  }),
);
await mongoose.disconnect();
await rm(directory, { recursive: true, force: true });
