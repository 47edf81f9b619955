import { resolve } from 'mingo/util';

import { bsonTypeOf, type Doc, type SqlScalar } from './bson.ts';
import type { CollectionInfo } from './catalog.ts';
import type { Access } from './access.ts';
import { predicateOf, type Sort, sortDocuments } from './evaluator.ts';
import { fieldSql } from './field-path.ts';
import { compileFilter } from './filter-compiler.ts';
import { impliedPartialConditions } from './indexes.ts';
import { decodeDocument, encodeDocument, primaryKey } from './value-codec.ts';

export interface Selection {
  /** Canonical filter. */
  readonly filter: Doc;
  readonly sort?: Sort;
  readonly skip?: number;
  /** 0 means no limit. */
  readonly limit?: number;
}

export interface StoredRow {
  readonly rowid: number;
  readonly text: string;
  readonly doc: Doc;
}

interface Plan {
  readonly sql: string;
  readonly params: readonly SqlScalar[];
  readonly predicate: ((doc: Doc) => boolean) | null;
  readonly sortedBySql: boolean;
  readonly limitedBySql: boolean;
}

function orderBy(info: CollectionInfo, sort: Sort): string | null {
  const terms: string[] = [];
  for (const [path, direction] of sort) {
    const field = fieldSql(path);
    if (field === null || info.arrayState(path) !== 'never') return null;
    terms.push(`${field.value}${direction === 1 ? '' : ' DESC'}`);
  }
  return terms.join(',');
}

function whereOf(info: CollectionInfo, filter: Doc) {
  const compiled = compileFilter(filter, info);
  const conditions = [
    ...(compiled.sql === '' ? [] : [compiled.sql]),
    ...impliedPartialConditions(info, filter),
  ];
  return {
    where: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`,
    params: compiled.params,
    residual: compiled.residual,
  };
}

/** MongoDB's window: a limit of 0 is none. */
function windowOf(selection: Selection): { skip: number; limit: number } {
  const limit = selection.limit ?? 0;
  return { skip: selection.skip ?? 0, limit: limit === 0 ? Infinity : limit };
}

/** SQLite plans a statement anew whenever a bound limit is set again, so the commonest window, the first row, is written out. */
function limitSql(skip: number, limit: number): { sql: string; params: number[] } {
  if (limit === 1 && skip === 0) return { sql: ' LIMIT 1', params: [] };
  if (limit === Infinity && skip === 0) return { sql: '', params: [] };
  return { sql: ' LIMIT ? OFFSET ?', params: [limit === Infinity ? -1 : limit, skip] };
}

/** The SQL for a selection, and what remains to be done outside it. */
function planSelection(info: CollectionInfo, selection: Selection, allowSqlSort: boolean): Plan {
  const { where, params, residual } = whereOf(info, selection.filter);
  const sort = selection.sort ?? [];
  const order = allowSqlSort ? orderBy(info, sort) : null;
  const sortedBySql = sort.length === 0 || order !== null;
  const limitedBySql = sortedBySql && residual === null;
  const { skip, limit } = windowOf(selection);
  const windowSql = limitedBySql ? limitSql(skip, limit) : { sql: '', params: [] };
  return {
    sql:
      `SELECT rowid AS rowid, doc FROM ${info.table}${where}` +
      (order === null || order === '' ? '' : ` ORDER BY ${order}`) +
      windowSql.sql,
    params: [...params, ...windowSql.params],
    predicate: residual === null ? null : predicateOf(residual),
    sortedBySql,
    limitedBySql,
  };
}

/** SQL's order is MongoDB's for scalars; among objects and numbers beyond a double only the evaluator decides. */
function sortsLikeScalar(doc: Doc, sort: Sort): boolean {
  return sort.every(([path]) => {
    // A plain name needs no walk, and this runs for every row of every page.
    const value: unknown = path.includes('.') ? resolve(doc, path) : doc[path];
    if (typeof value === 'bigint') return false;
    return (
      typeof value !== 'object' || value === null || value instanceof Date || bsonTypeOf(value) === 'ObjectId'
    );
  });
}

/** Runs a plan. @returns null when a value turned up that SQL cannot sort */
function runPlan(access: Access, plan: Plan, selection: Selection): StoredRow[] | null {
  const sort = selection.sort ?? [];
  const { limit, ...window } = windowOf(selection);
  const skip = plan.limitedBySql ? 0 : window.skip;
  const stopAt = plan.sortedBySql ? skip + limit : Infinity;
  const rows: StoredRow[] = [];
  for (const raw of access.handle.each(plan.sql, plan.params)) {
    const text = String(raw['doc']);
    const doc = decodeDocument(text);
    if (plan.predicate !== null && !plan.predicate(doc)) continue;
    if (plan.sortedBySql && sort.length > 0 && !sortsLikeScalar(doc, sort)) return null;
    rows.push({ rowid: Number(raw['rowid']), text, doc });
    if (rows.length >= stopAt) break;
  }
  if (plan.sortedBySql) return skip === 0 ? rows : rows.slice(skip);
  const rowOf = new Map(rows.map((row) => [row.doc, row]));
  return sortDocuments(
    rows.map((row) => row.doc),
    sort,
  )
    .slice(skip, skip + limit)
    .flatMap((doc) => rowOf.get(doc) ?? []);
}

/** The documents of a selection, in order. A collection that does not exist is empty. */
export function selectRows(access: Access, collection: string, selection: Selection): StoredRow[] {
  const info = access.catalog.get(collection);
  if (info === undefined) {
    // An unknown operator is an error even where there is nothing to find.
    compileFilter(selection.filter, { arrayState: () => 'never' });
    return [];
  }
  return (
    runPlan(access, planSelection(info, selection, true), selection) ??
    runPlan(access, planSelection(info, selection, false), selection) ??
    []
  );
}

/** The id that a filter names, if it asks for nothing else. That needs no plan: an id is neither an array nor matched in parts. */
export function soleId(filter: Doc | null | undefined): string | undefined {
  const id = filter?.['_id'];
  if (typeof id !== 'string') return undefined;
  for (const key in filter) if (key !== '_id') return undefined;
  return id;
}

/** The document with that id, or null. */
export function selectById(access: Access, collection: string, id: string): Doc | null {
  const info = access.catalog.get(collection);
  if (info === undefined) return null;
  const key = primaryKey(id.toWellFormed());
  const text = access.handle.scalar(`SELECT doc FROM ${info.table} WHERE _id = ?`, [key]);
  return typeof text === 'string' ? decodeDocument(text) : null;
}

/** Documents by row, in the order given; rows that are gone are left out. */
export function selectByRowids(access: Access, collection: string, rowids: readonly number[]): Doc[] {
  const info = access.catalog.get(collection);
  if (info === undefined) return [];
  return rowids.flatMap((rowid) => {
    const text = access.handle.scalar(`SELECT doc FROM ${info.table} WHERE rowid = ?`, [rowid]);
    return typeof text === 'string' ? [decodeDocument(text)] : [];
  });
}

/** The number of documents of a selection. */
export function countRows(access: Access, collection: string, selection: Selection): number {
  const info = access.catalog.get(collection);
  if (info === undefined) return selectRows(access, collection, selection).length;
  const { where, params, residual } = whereOf(info, selection.filter);
  if (residual !== null) return selectRows(access, collection, { ...selection, sort: [] }).length;
  const { skip, limit } = windowOf(selection);
  if (limit === Infinity && skip === 0) {
    return Number(access.handle.scalar(`SELECT count(*) FROM ${info.table}${where}`, params));
  }
  const sql = `SELECT count(*) FROM (SELECT 1 FROM ${info.table}${where} LIMIT ? OFFSET ?)`;
  return Number(access.handle.scalar(sql, [...params, limit === Infinity ? -1 : limit, skip]));
}

/** The different values of a field, in order; of arrays their elements, missing ones left out. */
export function distinctValues(
  access: Access,
  collection: string,
  { path, selection }: { path: string; selection: Selection },
): unknown[] {
  const values = new Map<string, Doc>();
  for (const { doc } of selectRows(access, collection, selection)) {
    const found: unknown = resolve(doc, path);
    for (const value of Array.isArray(found) ? found : [found]) {
      if (value !== undefined) values.set(encodeDocument({ value }).text, { value });
    }
  }
  return sortDocuments([...values.values()], [['value', 1]]).map((doc) => doc['value']);
}

/** How SQLite would run a selection, for tests and operators. */
export function explainSelection(access: Access, collection: string, selection: Selection): Doc {
  const info = access.catalog.get(collection);
  if (info === undefined) return { queryPlanner: { namespace: collection, winningPlan: { stage: 'EOF' } } };
  const plan = planSelection(info, selection, true);
  const detail = access.handle
    .once(`EXPLAIN QUERY PLAN ${plan.sql}`, plan.params)
    .map((row) => String(row['detail']));
  const scans = detail.some((line) => /^SCAN (?!json_each)/.test(line) && !line.includes('USING'));
  const indexNames = detail.flatMap((line) => /USING (?:COVERING )?INDEX (\S+)/.exec(line)?.[1] ?? []);
  return {
    queryPlanner: {
      namespace: collection,
      winningPlan: { stage: scans ? 'COLLSCAN' : 'IXSCAN', indexNames, detail },
      sql: plan.sql,
      evaluatedOutsideSql: plan.predicate !== null,
      sortedBySql: plan.sortedBySql,
    },
  };
}
