import { mkdtemp, rm } from 'node:fs/promises';
import type { Mongoose } from 'mongoose';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createSqliteMongoose } from '../../../src/platform/db/drivers/sqlite/index.ts';

export interface TemporaryDatabase extends AsyncDisposable {
  readonly mongoose: Mongoose;
  readonly path: string;
}

/** A connected Mongoose on a new file, closed and removed at the end of the scope (`await using`). */
export async function temporaryDatabase(query = ''): Promise<TemporaryDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'vfxb-db-'));
  const path = join(directory, 'test.db');
  const mongoose = createSqliteMongoose();
  mongoose.set('bufferCommands', false);
  await mongoose.connect(`sqlite:${path}${query}`);
  return {
    mongoose,
    path,
    [Symbol.asyncDispose]: async () => {
      await mongoose.disconnect();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The error a promise rejects with. @throws when it resolves */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error as Error & Record<string, unknown>;
    throw error;
  }
  throw new Error('expected a rejection');
}
