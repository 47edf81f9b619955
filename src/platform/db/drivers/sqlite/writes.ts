import { type Doc, ObjectId } from './bson.ts';
import type { CollectionInfo } from './catalog.ts';
import type { Access } from './access.ts';
import type { Sort } from './evaluator.ts';
import { duplicateKeyError, isConstraint } from './indexes.ts';
import { selectRows, type StoredRow } from './select.ts';
import { applyReplacement, applyUpdate, upsertDocument, type UpdateRequest } from './updates.ts';
import { decodeDocument, encodeDocument, primaryKey } from './value-codec.ts';

/*
 * All of this runs inside a write transaction of the engine (BEGIN IMMEDIATE), so that reading a document, changing it and
 * writing it back is one atomic step for every process.
 */

function guardUnique(info: CollectionInfo, doc: Doc, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw isConstraint(error) ? duplicateKeyError(info, error, doc) : error;
  }
}

/** Inserts a document. @returns its `_id`, made here when missing @throws MongoServerError 11000 */
export function insertDocument(access: Access, collection: string, doc: Doc): unknown {
  const info = access.catalog.ensure(collection);
  const withId = doc['_id'] === undefined ? { _id: new ObjectId(), ...doc } : doc;
  const key = primaryKey(withId['_id']);
  const { text, arrayPaths } = encodeDocument(withId);
  access.catalog.noteArrays(info, arrayPaths);
  guardUnique(info, withId, () =>
    access.handle.run(`INSERT INTO ${info.table} (_id, doc) VALUES (?, ?)`, [key, text]),
  );
  return withId['_id'];
}

export interface UpdateCommand extends UpdateRequest {
  /** Replaces the document instead of applying `update`. */
  readonly replacement?: Doc;
  readonly upsert?: boolean;
  readonly many?: boolean;
  readonly sort?: Sort;
}

export interface UpdateOutcome {
  readonly matchedCount: number;
  readonly modifiedCount: number;
  readonly upsertedId: unknown;
  /** The first document before and after; for findOneAnd… */
  readonly before: Doc | null;
  readonly after: Doc | null;
}

function rewrite(
  access: Access,
  info: CollectionInfo,
  { row, next }: { row: StoredRow; next: Doc },
): boolean {
  const { text, arrayPaths } = encodeDocument(next);
  if (text === row.text) return false;
  access.catalog.noteArrays(info, arrayPaths);
  guardUnique(info, next, () =>
    access.handle.run(`UPDATE ${info.table} SET doc = ? WHERE rowid = ?`, [text, row.rowid]),
  );
  return true;
}

/** Updates or replaces the first match, or all with `many`; inserts with `upsert` when there is none. */
export function updateDocuments(access: Access, collection: string, command: UpdateCommand): UpdateOutcome {
  const info = access.catalog.ensure(collection);
  const rows = selectRows(access, collection, {
    filter: command.filter,
    ...(command.sort === undefined ? {} : { sort: command.sort }),
    limit: command.many === true ? 0 : 1,
  });
  if (rows.length === 0) {
    if (command.upsert !== true) {
      return { matchedCount: 0, modifiedCount: 0, upsertedId: null, before: null, after: null };
    }
    const doc = upsertDocument(command, command.replacement);
    insertDocument(access, collection, doc);
    return { matchedCount: 0, modifiedCount: 0, upsertedId: doc['_id'], before: null, after: doc };
  }
  let modifiedCount = 0;
  let before: Doc | null = null;
  let after: Doc | null = null;
  for (const row of rows) {
    const original = row.doc;
    // An update may change the row's document in place: what it was is read again.
    before ??= decodeDocument(row.text);
    const next =
      command.replacement === undefined
        ? applyUpdate(original, command)
        : applyReplacement(original, command.replacement);
    after ??= next;
    if (rewrite(access, info, { row, next })) modifiedCount++;
  }
  return { matchedCount: rows.length, modifiedCount, upsertedId: null, before, after };
}

/** Deletes the first match, or all with `many`. @returns the number, and the first document */
export function deleteDocuments(
  access: Access,
  collection: string,
  command: { readonly filter: Doc; readonly many?: boolean; readonly sort?: Sort },
): { deletedCount: number; first: Doc | null } {
  const info = access.catalog.get(collection);
  const rows = selectRows(access, collection, {
    filter: command.filter,
    ...(command.sort === undefined ? {} : { sort: command.sort }),
    limit: command.many === true ? 0 : 1,
  });
  if (info !== undefined) {
    for (const row of rows) access.handle.run(`DELETE FROM ${info.table} WHERE rowid = ?`, [row.rowid]);
  }
  return { deletedCount: rows.length, first: rows[0]?.doc ?? null };
}
