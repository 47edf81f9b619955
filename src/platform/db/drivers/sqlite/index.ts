/**
 * MongoDB's embedded stand-in: a Mongoose driver over bun:sqlite. Ordinary schemas, models and sessions run on it unchanged.
 *
 * @example
 * const mongoose = createSqliteMongoose();
 * await mongoose.connect('sqlite:./data/vfxb.db');
 */
import { Mongoose } from 'mongoose';

import { BulkWriteResult } from './bulk-write.ts';
import { SqliteCollection } from './collection.ts';
import { SqliteConnection } from './connection.ts';

export { isDiskFullError } from './errors.ts';

/**
 * A Mongoose instance of its own whose connections are SQLite files.
 * `connect` and `createConnection` take `sqlite:<path>[?busyTimeoutMs=&lockTimeoutMs=&transactionTimeoutMs=&maxSizeBytes=]`.
 */
export function createSqliteMongoose(): Mongoose {
  const mongoose = new Mongoose();
  mongoose.setDriver({
    Connection: SqliteConnection,
    Collection: SqliteCollection,
    BulkWriteResult,
  });
  return mongoose;
}
