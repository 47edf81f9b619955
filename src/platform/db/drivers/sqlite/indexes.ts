import { SQLiteError } from 'bun:sqlite';
import { resolve } from 'mingo/util';

import type { Doc, SqlScalar } from './bson.ts';
import type { CollectionInfo, IndexSpec } from './catalog.ts';
import type { Access } from './access.ts';
import { engineError } from './errors.ts';
import { fieldSql, type FieldSql, quoteLiteral, quoteName } from './field-path.ts';
import { compileFilter, isOperatorExpression } from './filter-compiler.ts';
import { canonical, scalarKey, TAG } from './value-codec.ts';

/** Options of `createIndex` that the engine honours; `background` is accepted and has no meaning here. */
export interface IndexOptions {
  readonly name?: string;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly partialFilterExpression?: Doc;
  readonly expireAfterSeconds?: number;
  readonly collation?: unknown;
}

const LIST_PLACEHOLDER = 'IN (SELECT value FROM json_each(?))';
/** Stands for null in the index that makes nulls collide. */
const NULL_KEY = `'${TAG}0'`;

function directionOf(field: string, value: unknown): 1 | -1 {
  if (value === 1 || value === 'asc' || value === 'ascending' || value === 'hashed') return 1;
  if (value === -1 || value === 'desc' || value === 'descending') return -1;
  throw engineError(
    `index on '${field}': type ${JSON.stringify(value)} is not supported by the embedded engine`,
    {
      code: 67,
      codeName: 'CannotCreateIndex',
    },
  );
}

function fieldOf(path: string): FieldSql {
  const field = fieldSql(path);
  if (field === null)
    throw engineError(`cannot index the path '${path}'`, { code: 67, codeName: 'CannotCreateIndex' });
  return field;
}

/** A parameterised condition with its values written in: index definitions take neither parameters nor subqueries. */
function inlineParams(sql: string, params: readonly SqlScalar[]): string {
  let next = 0;
  return sql.replaceAll(/IN \(SELECT value FROM json_each\(\?\)\)|\?/g, (match) => {
    const value = params[next++] ?? null;
    if (match !== LIST_PLACEHOLDER) return quoteLiteral(value);
    return `IN (${(JSON.parse(String(value)) as SqlScalar[]).map(quoteLiteral).join(',')})`;
  });
}

/** The condition of a partial index as SQL text. @throws when it cannot be said exactly in SQL */
export function partialConditionSql(condition: Doc): string {
  const compiled = compileFilter(canonical(condition, true), { arrayState: () => 'never' });
  if (compiled.residual !== null) {
    throw engineError(
      `partialFilterExpression ${JSON.stringify(compiled.residual)} is not supported by the embedded engine`,
      {
        code: 67,
        codeName: 'CannotCreateIndex',
      },
    );
  }
  return inlineParams(compiled.sql, compiled.params);
}

const sqlName = (info: CollectionInfo, name: string, suffix = ''): string =>
  quoteName(`${info.name}::${name}${suffix}`);

function createStatements(info: CollectionInfo, spec: IndexSpec): string[] {
  const fields = Object.entries(spec.key).map(([path, direction]) => ({
    field: fieldOf(path),
    order: direction === 1 ? '' : ' DESC',
  }));
  const columns = fields.map(({ field, order }) => field.value + order).join(',');
  const partial = spec.partialFilterExpression;
  const condition = partial === undefined ? '' : partialConditionSql(partial);
  const where = condition === '' ? '' : ` WHERE ${condition}`;
  const unique = spec.unique === true ? 'UNIQUE ' : '';
  const statements = [
    `CREATE ${unique}INDEX ${sqlName(info, spec.name)} ON ${info.table} (${columns})${where}`,
  ];
  if (spec.unique === true) {
    // SQL's unique lets NULLs repeat, MongoDB's does not (missing counts as null): a second index over the rows with a NULL,
    // which for a sparse index are only those that have at least one of the fields.
    const someNull = fields.map(({ field }) => `${field.value} IS NULL`).join(' OR ');
    const somePresent = fields.map(({ field }) => `${field.type} IS NOT NULL`).join(' OR ');
    const terms = [`(${someNull})`];
    if (spec.sparse === true) terms.push(`(${somePresent})`);
    if (condition !== '') terms.push(`(${condition})`);
    const keys = fields.map(({ field }) => `ifnull(${field.value},${NULL_KEY})`).join(',');
    statements.push(
      `CREATE UNIQUE INDEX ${sqlName(info, spec.name, '::nulls')} ON ${info.table} (${keys}) WHERE ${terms.join(' AND ')}`,
    );
  }
  return statements;
}

function specOf(key: Doc, options: IndexOptions): IndexSpec {
  const fields = Object.entries(key).map(([path, value]) => [path, directionOf(path, value)] as const);
  if (fields.length === 0) throw engineError('an index needs at least one field', { code: 67 });
  if (options.collation !== undefined && options.collation !== null) {
    throw engineError('index collations are not supported by the embedded engine', { code: 67 });
  }
  return {
    name: options.name ?? fields.map(([path, direction]) => `${path}_${direction}`).join('_'),
    key: Object.fromEntries(fields),
    ...(options.unique === true ? { unique: true } : {}),
    ...(options.sparse === true ? { sparse: true } : {}),
    ...(options.partialFilterExpression === undefined
      ? {}
      : { partialFilterExpression: options.partialFilterExpression }),
    ...(options.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: options.expireAfterSeconds }),
  };
}

const signature = (spec: IndexSpec, withOptions: boolean): string =>
  JSON.stringify([
    Object.entries(spec.key),
    withOptions ? [spec.unique, spec.sparse, spec.expireAfterSeconds] : [],
    spec.partialFilterExpression,
  ]);

/**
 * Creates an index unless the very same exists; call inside a write transaction.
 * @returns its name
 * @throws MongoServerError 85/86 on a conflict with another index, 67 for kinds not supported, 11000 when documents collide
 */
export function createIndex(
  access: Access,
  collection: string,
  request: { key: Doc; options: IndexOptions },
): string {
  const spec = specOf(request.key, request.options);
  const info = access.catalog.ensure(collection);
  const fields = Object.keys(spec.key);
  if (fields.length === 1 && fields[0] === '_id') return '_id_';
  for (const other of info.indexes.values()) {
    const same = signature(other, true) === signature(spec, true);
    if (same && other.name === spec.name) return other.name;
    if (other.name === spec.name) {
      throw engineError(
        `An existing index has the same name as the requested index: '${spec.name}' on ${collection}`,
        {
          code: 86,
          codeName: 'IndexKeySpecsConflict',
        },
      );
    }
    if (signature(other, false) === signature(spec, false)) {
      throw engineError(
        `Index already exists with a different name or options: '${other.name}' on ${collection}`,
        {
          code: 85,
          codeName: 'IndexOptionsConflict',
        },
      );
    }
  }
  try {
    for (const sql of createStatements(info, spec)) access.handle.once(sql);
  } catch (error) {
    if (!isConstraint(error)) throw error;
    throw engineError(
      `E11000 duplicate key error collection: ${collection} index: ${spec.name}: existing documents collide`,
      { code: 11000, codeName: 'DuplicateKey', cause: error, extra: { keyPattern: spec.key, keyValue: {} } },
    );
  }
  access.catalog.addIndex(info, spec);
  return spec.name;
}

/** Drops one index. @throws MongoServerError 27 when there is none of that name */
export function dropIndex(access: Access, collection: string, name: string): void {
  const info = access.catalog.get(collection);
  const spec = info?.indexes.get(name);
  if (info === undefined || spec === undefined) {
    throw engineError(`index not found with name [${name}]`, { code: 27, codeName: 'IndexNotFound' });
  }
  access.handle.once(`DROP INDEX IF EXISTS ${sqlName(info, name)}`);
  access.handle.once(`DROP INDEX IF EXISTS ${sqlName(info, name, '::nulls')}`);
  access.catalog.removeIndex(info, name);
}

/** Descriptions of all indexes, that of `_id` first. */
export function listIndexes(info: CollectionInfo): Doc[] {
  return [
    { v: 2, key: { _id: 1 }, name: '_id_' },
    ...[...info.indexes.values()].map((spec) => Object.assign<Doc, IndexSpec>({ v: 2 }, spec)),
  ];
}

/** True for a violation of a unique index or primary key. */
export function isConstraint(error: unknown): boolean {
  return error instanceof SQLiteError && error.code?.startsWith('SQLITE_CONSTRAINT') === true;
}

/** A unique violation as MongoDB reports it. */
export function duplicateKeyError(info: CollectionInfo, error: unknown, doc: Doc): Error {
  const message = error instanceof Error ? error.message : '';
  const named = /index '(.*)'/
    .exec(message)?.[1]
    ?.slice(info.name.length + 2)
    .replace(/::nulls$/, '');
  const spec = named === undefined ? undefined : info.indexes.get(named);
  const keyPattern = spec?.key ?? { _id: 1 };
  const keyValue: Doc = {};
  for (const path of Object.keys(keyPattern)) keyValue[path] = resolve(doc, path) ?? null;
  const shown = Object.entries(keyValue)
    .map(([path, value]) => `${path}: ${JSON.stringify(value)}`)
    .join(', ');
  return engineError(
    `E11000 duplicate key error collection: ${info.name} index: ${spec?.name ?? '_id_'} dup key: { ${shown} }`,
    { code: 11000, codeName: 'DuplicateKey', cause: error, extra: { index: 0, keyPattern, keyValue } },
  );
}

function impliesExistence(condition: unknown): boolean {
  if (!isOperatorExpression(condition)) return condition !== null && condition !== undefined;
  return Object.entries(condition).some(
    ([operator, operand]) =>
      (['$eq', '$gt', '$gte', '$lt', '$lte'].includes(operator) && operand !== null) ||
      (operator === '$in' && Array.isArray(operand) && !operand.includes(null)) ||
      (operator === '$exists' && operand === true),
  );
}

function implies(condition: unknown, required: unknown): boolean {
  if (Bun.deepEquals(condition, required)) return true;
  if (isOperatorExpression(condition) && '$eq' in condition && Bun.deepEquals(condition['$eq'], required))
    return true;
  if (!isOperatorExpression(required)) return false;
  return Object.entries(required).every(([operator, operand]) => {
    if (operator === '$exists' && operand === true) return impliesExistence(condition);
    if (operator === '$eq') return Bun.deepEquals(condition, operand);
    const value = isOperatorExpression(condition) ? condition['$eq'] : condition;
    if (operator === '$type' && operand === 'string') return typeof value === 'string';
    if (operator === '$in' && Array.isArray(operand)) {
      return scalarKey(value) !== undefined && operand.some((item) => Bun.deepEquals(item, value));
    }
    return false;
  });
}

/**
 * Conditions of the partial indexes that a filter implies. SQLite takes a partial index only if the query repeats its condition
 * word for word, so they are added to the query's own.
 */
export function impliedPartialConditions(info: CollectionInfo, filter: Doc): string[] {
  const result: string[] = [];
  for (const { partialFilterExpression: partial } of info.indexes.values()) {
    if (partial === undefined) continue;
    const implied = Object.entries(partial).every(
      ([path, required]) => !path.startsWith('$') && path in filter && implies(filter[path], required),
    );
    const safe = Object.keys(partial).every((path) => info.arrayState(path) === 'never');
    if (implied && safe) result.push(`(${partialConditionSql(partial)})`);
  }
  return result;
}
