import MongooseCollection from 'mongoose/lib/collection.js';

import { runAggregation, explainAggregation } from './aggregation.ts';
import type { Doc } from './bson.ts';
import { bulkError, type BulkWriteResult, runBulk } from './bulk-write.ts';
import { arrayCursor, findCursor, parseSort } from './collection-cursors.ts';
import type { SqliteCursor } from './cursor.ts';
import type { SqliteDatabase } from './database-facade.ts';
import type { Access } from './access.ts';
import { engineError, notConnectedError } from './errors.ts';
import type { Engine } from './engine.ts';
import { projector } from './evaluator.ts';
import { createIndex, dropIndex, type IndexOptions, listIndexes } from './indexes.ts';
import { countRows, distinctValues, selectById, selectRows, soleId } from './select.ts';
import { Scope, type SessionOptions } from './scope.ts';
import { canonical } from './value-codec.ts';
import {
  deleteDocuments,
  insertDocument,
  type UpdateCommand,
  updateDocuments,
  type UpdateOutcome,
} from './writes.ts';

/** Options that operations of the MongoDB driver take and the engine honours; others are ignored. */
export interface OperationOptions extends SessionOptions {
  readonly projection?: Doc;
  readonly fields?: Doc;
  readonly sort?: unknown;
  readonly skip?: number;
  readonly limit?: number;
  readonly batchSize?: number;
  readonly upsert?: boolean;
  readonly arrayFilters?: readonly Doc[];
  readonly returnDocument?: 'before' | 'after';
  readonly returnOriginal?: boolean;
  readonly includeResultMetadata?: boolean;
  readonly ordered?: boolean;
  readonly explain?: unknown;
}

interface UpdateResult {
  acknowledged: true;
  matchedCount: number;
  modifiedCount: number;
  upsertedCount: number;
  upsertedId: unknown;
}

const filterOf = (filter: Doc | null | undefined): Doc => canonical(filter ?? {}, true);

function updateResult(outcome: UpdateOutcome): UpdateResult {
  const upserted = outcome.upsertedId !== null;
  return {
    acknowledged: true,
    matchedCount: outcome.matchedCount,
    modifiedCount: outcome.modifiedCount,
    upsertedCount: upserted ? 1 : 0,
    upsertedId: outcome.upsertedId,
  };
}

function commandOf(filter: Doc, update: Doc | readonly Doc[], options: OperationOptions): UpdateCommand {
  const sort = parseSort(options.sort);
  return {
    filter: filterOf(filter),
    update: canonical(update),
    arrayFilters: canonical([...(options.arrayFilters ?? [])], true),
    upsert: options.upsert === true,
    ...(sort.length === 0 ? {} : { sort }),
  };
}

/** A collection of the embedded engine under the interface that Mongoose expects of the MongoDB driver's. */
export class SqliteCollection extends MongooseCollection {
  /** Mongoose creates indexes at start only once this is set. Declared, for the base constructor may call `onOpen`. */
  declare collection: unknown;
  readonly #scope = new Scope(() => this.#ready());

  override onOpen(): void {
    this.collection = this.conn.db;
    super.onOpen();
  }

  /** The engine, at once when connected. Waits while Mongoose buffers. @throws MongoNotConnectedError */
  #ready(): Engine | Promise<Engine> {
    return this.buffer && this._shouldBufferCommands()
      ? this.#buffered().then(() => this.#connected())
      : this.#connected();
  }

  #connected(): Engine {
    const database = this.conn.db as SqliteDatabase | undefined;
    if (database === undefined || database === null || database.engine.isClosed) {
      throw notConnectedError(`collection ${this.name}: the database is not connected`);
    }
    return database.engine;
  }

  async #buffered(): Promise<void> {
    const timeoutMs = this._getBufferTimeoutMS();
    return new Promise((resolve, reject) => {
      const onOpen = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.removeQueue(onOpen);
        reject(notConnectedError(`collection ${this.name}: not connected within ${timeoutMs} ms`));
      }, timeoutMs);
      this.addQueue(onOpen);
    });
  }

  async #read<T>(options: SessionOptions | undefined, work: (access: Access) => T): Promise<T> {
    return this.#scope.read(options, work);
  }

  async #write<T>(options: SessionOptions | undefined, work: (access: Access) => T): Promise<T> {
    return this.#scope.write(options, work);
  }

  // ---- reading

  find(filter: Doc, options: OperationOptions = {}): SqliteCursor {
    return findCursor({ collection: this.name, scope: this.#scope, filter: filterOf(filter) }, options);
  }

  async findOne(filter: Doc, options: OperationOptions = {}): Promise<Doc | null> {
    const skip = options.skip ?? 0;
    const project = projector(options.projection ?? options.fields);
    const id = skip === 0 ? soleId(filter) : undefined;
    if (id !== undefined) {
      const doc = await this.#scope.read(options, (access) => selectById(access, this.name, id));
      return doc === null ? null : project(doc);
    }
    const selection = { filter: filterOf(filter), sort: parseSort(options.sort), skip, limit: 1 };
    const [row] = await this.#read(options, (access) => selectRows(access, this.name, selection));
    return row === undefined ? null : project(row.doc);
  }

  async countDocuments(filter: Doc, options: OperationOptions = {}): Promise<number> {
    const selection = { filter: filterOf(filter), skip: options.skip ?? 0, limit: options.limit ?? 0 };
    return this.#read(options, (access) => countRows(access, this.name, selection));
  }

  async estimatedDocumentCount(options: OperationOptions = {}): Promise<number> {
    return this.countDocuments({}, options);
  }

  async distinct(path: string, filter: Doc, options: OperationOptions = {}): Promise<unknown[]> {
    const selection = { filter: filterOf(filter) };
    return this.#read(options, (access) => distinctValues(access, this.name, { path, selection }));
  }

  aggregate(pipeline: readonly Doc[], options: OperationOptions = {}): SqliteCursor {
    return arrayCursor({
      all: async () => this.#read(options, (access) => runAggregation(access, this.name, pipeline)),
      explain: async () => this.#read(options, (access) => explainAggregation(access, this.name, pipeline)),
    });
  }

  // ---- writing

  async insertOne(doc: Doc, options: OperationOptions = {}) {
    const insertedId = await this.#write(options, (access) => insertDocument(access, this.name, doc));
    // As the driver does: the caller's object receives the id made for it.
    if (doc['_id'] === undefined) doc['_id'] = insertedId;
    return { acknowledged: true, insertedId };
  }

  async insertMany(docs: readonly Doc[], options: OperationOptions = {}) {
    const operations = docs.map((document) => ({ insertOne: { document } }));
    const result = await this.bulkWrite(operations, options);
    for (const [index, id] of Object.entries(result.insertedIds)) {
      const doc = docs[Number(index)];
      if (doc !== undefined && doc['_id'] === undefined) doc['_id'] = id;
    }
    return { acknowledged: true, insertedCount: result.insertedCount, insertedIds: result.insertedIds };
  }

  async bulkWrite(operations: readonly Doc[], options: OperationOptions = {}): Promise<BulkWriteResult> {
    const request = { operations, ordered: options.ordered !== false };
    let failure: Error | null = null;
    const result = await this.#scope.write(
      options,
      (access) => {
        const bulk = runBulk(access, this.name, request);
        failure = bulk.hasWriteErrors() ? bulkError(bulk) : null;
        return bulk;
      },
      // In a transaction any failed operation ends the transaction, as on a MongoDB server.
      () => failure,
    );
    if (failure !== null) throw failure;
    return result;
  }

  async #update(filter: Doc, update: Doc | readonly Doc[], options: OperationOptions & { many: boolean }) {
    const command = { ...commandOf(filter, update, options), many: options.many };
    return updateResult(await this.#write(options, (access) => updateDocuments(access, this.name, command)));
  }

  async updateOne(filter: Doc, update: Doc | readonly Doc[], options: OperationOptions = {}) {
    return this.#update(filter, update, { ...options, many: false });
  }

  async updateMany(filter: Doc, update: Doc | readonly Doc[], options: OperationOptions = {}) {
    return this.#update(filter, update, { ...options, many: true });
  }

  async replaceOne(filter: Doc, replacement: Doc, options: OperationOptions = {}) {
    const command = { ...commandOf(filter, {}, options), replacement: canonical(replacement) };
    return updateResult(await this.#write(options, (access) => updateDocuments(access, this.name, command)));
  }

  async deleteOne(filter: Doc, options: OperationOptions = {}) {
    const command = { filter: filterOf(filter), sort: parseSort(options.sort) };
    const { deletedCount } = await this.#write(options, (access) =>
      deleteDocuments(access, this.name, command),
    );
    return { acknowledged: true, deletedCount };
  }

  async deleteMany(filter: Doc, options: OperationOptions = {}) {
    const command = { filter: filterOf(filter), many: true };
    const { deletedCount } = await this.#write(options, (access) =>
      deleteDocuments(access, this.name, command),
    );
    return { acknowledged: true, deletedCount };
  }

  async #findAndModify(command: UpdateCommand, options: OperationOptions): Promise<unknown> {
    const outcome = await this.#write(options, (access) => updateDocuments(access, this.name, command));
    const wantsAfter = options.returnDocument === 'after' || options.returnOriginal === false;
    const found = wantsAfter ? outcome.after : outcome.before;
    const value = found === null ? null : projector(options.projection ?? options.fields)(found);
    if (options.includeResultMetadata !== true) return value;
    const upserted = outcome.upsertedId === null ? {} : { upserted: outcome.upsertedId };
    const lastErrorObject = {
      n: outcome.matchedCount,
      updatedExisting: outcome.matchedCount > 0,
      ...upserted,
    };
    return { value, ok: 1, lastErrorObject };
  }

  async findOneAndUpdate(filter: Doc, update: Doc | readonly Doc[], options: OperationOptions = {}) {
    return this.#findAndModify(commandOf(filter, update, options), options);
  }

  async findOneAndReplace(filter: Doc, replacement: Doc, options: OperationOptions = {}) {
    const command = { ...commandOf(filter, {}, options), replacement: canonical(replacement) };
    return this.#findAndModify(command, options);
  }

  async findOneAndDelete(filter: Doc, options: OperationOptions = {}): Promise<unknown> {
    const command = { filter: filterOf(filter), sort: parseSort(options.sort) };
    const { first } = await this.#write(options, (access) => deleteDocuments(access, this.name, command));
    const value = first === null ? null : projector(options.projection ?? options.fields)(first);
    if (options.includeResultMetadata !== true) return value;
    return { value, ok: 1, lastErrorObject: { n: first === null ? 0 : 1 } };
  }

  // ---- indexes and the collection itself

  async createIndex(key: Doc, options: IndexOptions & SessionOptions = {}): Promise<string> {
    return this.#write(options, (access) => createIndex(access, this.name, { key, options }));
  }

  async createIndexes(
    specs: readonly (IndexOptions & { key: Doc })[],
    options: SessionOptions = {},
  ): Promise<string[]> {
    return this.#write(options, (access) =>
      specs.map(({ key, ...index }) => createIndex(access, this.name, { key, options: index })),
    );
  }

  async ensureIndex(key: Doc, options: IndexOptions = {}): Promise<string> {
    return this.createIndex(key, options);
  }

  async dropIndex(name: string, options: SessionOptions = {}): Promise<void> {
    await this.#write(options, (access) => dropIndex(access, this.name, name));
  }

  async dropIndexes(options: SessionOptions = {}): Promise<boolean> {
    await this.#write(options, (access) => {
      const names = [...(access.catalog.get(this.name)?.indexes.keys() ?? [])];
      for (const name of names) dropIndex(access, this.name, name);
    });
    return true;
  }

  listIndexes(options: SessionOptions = {}): SqliteCursor {
    return arrayCursor({
      all: async () =>
        this.#read(options, (access) => {
          const info = access.catalog.get(this.name);
          if (info === undefined) {
            throw engineError(`ns does not exist: ${this.name}`, { code: 26, codeName: 'NamespaceNotFound' });
          }
          return listIndexes(info);
        }),
      explain: async () => ({}),
    });
  }

  async indexes(options: SessionOptions = {}): Promise<Doc[]> {
    return this.listIndexes(options).toArray();
  }

  async indexInformation(): Promise<Doc> {
    const indexes = await this.indexes();
    return Object.fromEntries(
      indexes.map((index) => [String(index['name']), Object.entries(index['key'] as Doc)]),
    );
  }

  async getIndexes(): Promise<Doc> {
    return this.indexInformation();
  }

  async drop(options: SessionOptions = {}): Promise<boolean> {
    return this.#write(options, (access) => access.catalog.drop(this.name));
  }

  /** Change streams have no counterpart in the embedded engine. */
  watch(): never {
    throw engineError('change streams are not supported by the embedded engine', { code: 40573 });
  }
}
