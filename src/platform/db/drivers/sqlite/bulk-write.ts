import mongoose from 'mongoose';

import { type Doc, isPlainObject } from './bson.ts';
import type { Access } from './access.ts';
import { engineError } from './errors.ts';
import type { Sort } from './evaluator.ts';
import { canonical } from './value-codec.ts';
import { deleteDocuments, insertDocument, updateDocuments, type UpdateCommand } from './writes.ts';

/** One failed operation of a bulk, as the MongoDB driver reports it. */
export class WriteError {
  readonly err: { index: number; code: unknown; errmsg: string; op: unknown };

  constructor(index: number, error: Error, op: unknown) {
    this.err = { index, code: Reflect.get(error, 'code'), errmsg: error.message, op };
    Object.defineProperty(this.err, 'keyPattern', {
      value: Reflect.get(error, 'keyPattern'),
      enumerable: true,
    });
    Object.defineProperty(this.err, 'keyValue', { value: Reflect.get(error, 'keyValue'), enumerable: true });
  }

  get index(): number {
    return this.err.index;
  }

  get code(): unknown {
    return this.err.code;
  }

  get errmsg(): string {
    return this.err.errmsg;
  }

  getOperation(): unknown {
    return this.err.op;
  }

  toJSON(): unknown {
    return this.err;
  }
}

/** Counts and ids of a bulk, in the shape of the MongoDB driver's BulkWriteResult. */
export class BulkWriteResult {
  insertedCount = 0;
  matchedCount = 0;
  modifiedCount = 0;
  deletedCount = 0;
  upsertedCount = 0;
  readonly upsertedIds: Record<number, unknown> = {};
  readonly insertedIds: Record<number, unknown> = {};
  readonly ok = 1;
  readonly acknowledged = true;
  /** The driver's raw result; Mongoose reads `writeErrors` here and adds its own notes. */
  readonly result: Doc & { writeErrors: WriteError[] };

  constructor() {
    this.result = { ok: 1, writeErrors: [] };
    Object.defineProperty(this, 'result', { enumerable: false, writable: true });
  }

  hasWriteErrors(): boolean {
    return this.result.writeErrors.length > 0;
  }

  getWriteErrors(): readonly WriteError[] {
    return this.result.writeErrors;
  }

  getWriteErrorCount(): number {
    return this.result.writeErrors.length;
  }

  isOk(): boolean {
    return true;
  }
}

export interface BulkRequest {
  readonly operations: readonly Doc[];
  /** Stop at the first failure (default) or go on. */
  readonly ordered: boolean;
}

function updateCommand(operation: Doc, many: boolean): UpdateCommand {
  return {
    filter: canonical((operation['filter'] ?? {}) as Doc, true),
    update: canonical((operation['update'] ?? {}) as Doc),
    arrayFilters: canonical((operation['arrayFilters'] ?? []) as Doc[], true),
    upsert: operation['upsert'] === true,
    many,
    ...(isPlainObject(operation['sort'])
      ? { sort: Object.entries(operation['sort']) as unknown as Sort }
      : {}),
  };
}

interface Step {
  readonly access: Access;
  readonly collection: string;
  readonly index: number;
  readonly result: BulkWriteResult;
}

function applyUpdateStep(step: Step, command: UpdateCommand): void {
  const outcome = updateDocuments(step.access, step.collection, command);
  step.result.matchedCount += outcome.matchedCount;
  step.result.modifiedCount += outcome.modifiedCount;
  if (outcome.upsertedId !== null) {
    step.result.upsertedCount++;
    step.result.upsertedIds[step.index] = outcome.upsertedId;
  }
}

function applyOperation(step: Step, kind: string, operation: Doc): void {
  const { access, collection, index, result } = step;
  switch (kind) {
    case 'insertOne': {
      result.insertedIds[index] = insertDocument(
        access,
        collection,
        (operation['document'] ?? operation) as Doc,
      );
      result.insertedCount++;
      return;
    }
    case 'updateOne':
    case 'updateMany':
      return applyUpdateStep(step, updateCommand(operation, kind === 'updateMany'));
    case 'replaceOne':
      return applyUpdateStep(step, {
        ...updateCommand({ ...operation, update: {} }, false),
        replacement: canonical((operation['replacement'] ?? {}) as Doc),
      });
    case 'deleteOne':
    case 'deleteMany': {
      const filter = canonical((operation['filter'] ?? {}) as Doc, true);
      result.deletedCount += deleteDocuments(access, collection, {
        filter,
        many: kind === 'deleteMany',
      }).deletedCount;
      return;
    }
    default:
      throw engineError(`bulkWrite does not know the operation '${kind}'`, { code: 2 });
  }
}

/**
 * Runs a bulk inside one write transaction. A failed operation undoes itself alone; those before it stay, those after it run only
 * when the bulk is unordered. Failures are in `result.writeErrors`.
 */
export function runBulk(access: Access, collection: string, request: BulkRequest): BulkWriteResult {
  const result = new BulkWriteResult();
  for (const [index, entry] of request.operations.entries()) {
    const [kind, operation] = Object.entries(entry)[0] ?? ['', {}];
    access.handle.run('SAVEPOINT step');
    try {
      applyOperation({ access, collection, index, result }, kind, operation as Doc);
      access.handle.run('RELEASE step');
    } catch (error) {
      if (!access.handle.inTransaction || !(error instanceof mongoose.mongo.MongoServerError)) throw error;
      access.handle.run('ROLLBACK TO step');
      access.handle.run('RELEASE step');
      access.catalog.invalidate();
      access.catalog.refresh();
      result.result.writeErrors.push(new WriteError(index, error, operation));
      if (request.ordered) break;
    }
  }
  return result;
}

/** The error that a bulk with failures throws: code and key of the first, all of them in `writeErrors`. */
export function bulkError(result: BulkWriteResult): Error {
  const [first] = result.result.writeErrors;
  const error = new mongoose.mongo.MongoBulkWriteError(
    {
      message: first?.errmsg ?? 'bulk write failed',
      code: Number(first?.code),
      writeErrors: result.result.writeErrors as never,
    },
    result as never,
  );
  const source = first?.err;
  Object.assign(error, {
    keyPattern: source === undefined ? undefined : Reflect.get(source, 'keyPattern'),
    keyValue: source === undefined ? undefined : Reflect.get(source, 'keyValue'),
  });
  return error;
}
