/**
 * MongoDB's embedded stand-in: a Mongoose driver over bun:sqlite. Ordinary schemas, models and sessions run on it unchanged.
 *
 * What it does not do, each refused with an error that says so: change streams, `useDb`, `connection.bulkWrite`, collations,
 * text, geo and wildcard indexes, `$where`, `$text`, `$out`, `$merge`. What differs quietly: `expireAfterSeconds` is kept but
 * deletes nothing; a unique index compares an array as a whole, not element by element; a filter on a field that holds arrays is
 * evaluated row by row; Decimal128 and integers beyond 2^53 compare only with their own kind.
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
