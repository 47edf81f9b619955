/**
 * The database as the rest of VFXB sees it: Mongoose models, transactions, a ping. `DATABASE_URL` picks the engine; nothing
 * above this file knows which one runs.
 */
import { Mongoose } from 'mongoose';
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../contracts/errors.ts';
import { connectMongo, TRANSACTION_OPTIONS } from './drivers/mongodb/index.ts';
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

/** Opens the connection. @returns whether the engine has transactions */
async function openConnection(mongoose: Mongoose, engine: Database['engine'], url: string): Promise<boolean> {
  if (engine === 'mongodb') return connectMongo(mongoose, url);
  mkdirSync(dirname(url.slice('sqlite:'.length)), { recursive: true });
  await mongoose.connect(url);
  return true;
}

type Transactions = Pick<Database, 'transaction' | 'afterCommit'>;

function createTransactions(
  mongoose: Mongoose,
  engine: Database['engine'],
  hasTransactions: boolean,
): Transactions {
  const pendingActions = new AsyncLocalStorage<(() => void)[]>();
  const isInside = (): boolean =>
    hasTransactions ? isInTransaction(mongoose) : pendingActions.getStore() !== undefined;
  const runOnce = async (work: () => Promise<void>): Promise<void> => {
    if (!hasTransactions) await work();
    else if (engine === 'mongodb') await mongoose.connection.transaction(work, TRANSACTION_OPTIONS);
    else await mongoose.connection.transaction(work);
  };
  async function runTransaction<T>(work: () => Promise<T>): Promise<T> {
    const actions: (() => void)[] = [];
    let outcome: { readonly value: T } | undefined;
    await runOnce(async () => {
      actions.length = 0; // the engine may run the work again after a conflict
      outcome = { value: await pendingActions.run(actions, work) };
    });
    if (outcome === undefined) throw new Error('the transaction ended without running its work');
    for (const action of actions) action();
    return outcome.value;
  }
  return {
    transaction: async (work) => (isInside() ? work() : runTransaction(work)),
    afterCommit: (action) => {
      const actions = isInside() ? pendingActions.getStore() : undefined;
      if (actions === undefined) action();
      else actions.push(action);
    },
  };
}

/**
 * Connects, builds missing indexes, and resolves when the database is ready to serve.
 * @param url `sqlite:<path>` or `mongodb://…`
 * @throws AppError `database_unavailable` when it cannot be reached within two seconds, or is a MongoDB without transactions
 */
export async function connectDatabase(url: string): Promise<Database> {
  const engine = url.startsWith('sqlite:') ? 'sqlite' : 'mongodb';
  const mongoose = createMongoose(engine);
  const models = defineModels(mongoose);
  let hasTransactions: boolean;
  try {
    hasTransactions = await openConnection(mongoose, engine, url);
    await Promise.all(Object.values(models).map((model) => model.createCollection()));
    await Promise.all(Object.values(models).map((model) => model.createIndexes()));
  } catch (cause) {
    await mongoose.disconnect();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('database_unavailable', `The database cannot be opened: ${reason}`, { cause });
  }
  return {
    engine,
    models,
    ...createTransactions(mongoose, engine, hasTransactions),
    ping: async () => {
      await models.Outbox.exists({ _id: 'ping' });
    },
    close: async () => mongoose.disconnect(),
  };
}
