/**
 * The database as the rest of VFXB sees it: Mongoose models, transactions, a ping. `DATABASE_URL` picks the engine; nothing
 * above this file knows which one runs.
 */
import { Mongoose } from 'mongoose';
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../contracts/errors.ts';
import { createSqliteMongoose } from './drivers/sqlite/index.ts';
import { defineModels, type Models } from './models/index.ts';

export interface Database {
  readonly engine: 'sqlite' | 'mongodb';
  readonly models: Models;
  /**
   * Runs `work` in one transaction: every model call inside takes part by itself (through AsyncLocalStorage). Resolves after the
   * commit; a throw rolls everything back. A call inside another transaction joins it.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Runs the action once the transaction that the caller is in has committed, never when it rolls back; at once outside of one. For
   * signals to others that must find what was written.
   */
  afterCommit(action: () => void): void;
  /** @throws when the database does not answer */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const SELECTION_TIMEOUT_MS = 2_000;

function createMongoose(engine: Database['engine']): Mongoose {
  const mongoose = engine === 'sqlite' ? createSqliteMongoose() : new Mongoose();
  mongoose.set('bufferCommands', false);
  mongoose.set('sanitizeFilter', true);
  mongoose.set('strictQuery', 'throw');
  mongoose.set('transactionAsyncLocalStorage', true);
  mongoose.set('autoIndex', false);
  mongoose.set('autoCreate', false);
  return mongoose;
}

/** True while the calling code runs inside a transaction of this Mongoose instance. */
function isInTransaction(mongoose: Mongoose): boolean {
  const storage = (
    mongoose as unknown as {
      transactionAsyncLocalStorage?: { getStore(): { session?: unknown } | undefined };
    }
  ).transactionAsyncLocalStorage;
  return storage?.getStore()?.session !== undefined;
}

/**
 * Connects, builds missing indexes, and resolves when the database is ready to serve.
 * @param url `sqlite:<path>` or `mongodb://…`
 * @throws AppError `database_unavailable` when it cannot be reached within two seconds
 */
export async function connectDatabase(url: string): Promise<Database> {
  const engine = url.startsWith('sqlite:') ? 'sqlite' : 'mongodb';
  if (engine === 'sqlite') mkdirSync(dirname(url.slice('sqlite:'.length)), { recursive: true });
  const mongoose = createMongoose(engine);
  const models = defineModels(mongoose);
  try {
    await mongoose.connect(url, { serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS });
    await Promise.all(Object.values(models).map((model) => model.createCollection()));
    await Promise.all(Object.values(models).map((model) => model.createIndexes()));
  } catch (cause) {
    await mongoose.disconnect();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('database_unavailable', `The database cannot be opened: ${reason}`, { cause });
  }
  const pendingActions = new AsyncLocalStorage<(() => void)[]>();
  async function runTransaction<T>(work: () => Promise<T>): Promise<T> {
    const actions: (() => void)[] = [];
    const result = await mongoose.connection.transaction(async () => {
      actions.length = 0; // the engine may run the work again after a conflict
      return pendingActions.run(actions, work);
    });
    for (const action of actions) action();
    return result;
  }
  return {
    engine,
    models,
    transaction: async (work) => (isInTransaction(mongoose) ? work() : runTransaction(work)),
    afterCommit: (action) => {
      const actions = isInTransaction(mongoose) ? pendingActions.getStore() : undefined;
      if (actions === undefined) action();
      else actions.push(action);
    },
    ping: async () => {
      await models.Outbox.exists({ _id: 'ping' });
    },
    close: async () => mongoose.disconnect(),
  };
}
