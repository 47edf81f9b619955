import * as queryOperators from 'mingo/operators/query';

import { type Doc, isPlainObject, type SqlScalar } from './bson.ts';
import { engineError } from './errors.ts';
import { fieldSql, type FieldSql } from './field-path.ts';
import {
  type Bounds,
  boundsSql,
  comparisonBounds,
  hullOf,
  intersectBounds,
  typeBracket,
} from './value-bounds.ts';
import { kindBound, scalarKey } from './value-codec.ts';

/*
 * MongoDB filters to SQL. A fragment always selects every document that matches; `exact` says that it selects no other.
 * What SQL cannot say exactly stays in `residual` for the evaluator (mingo), which then sees only the narrowed rows.
 * The reason why equality on a field can be exact at all: the catalog remembers every path at which a document ever held an
 * array, and only arrays make `field = value` mean more than one comparison.
 */

/** What is known of a field: it and its parents never held an array; it did itself; one of its parents did. */
export type ArrayState = 'never' | 'leaf' | 'inner';

export interface FilterContext {
  arrayState(path: string): ArrayState;
}

export interface Fragment {
  readonly sql: string;
  readonly params: readonly SqlScalar[];
  readonly exact: boolean;
  /** What a matching document's fields must lie within; lets `$or` state a common range that an index can serve. */
  readonly bounds?: Bounds;
}

export interface CompiledFilter {
  readonly sql: string;
  readonly params: readonly SqlScalar[];
  /** The part that remains to be evaluated, or null when the SQL says it all. */
  readonly residual: Doc | null;
}

const KNOWN_OPERATORS = new Set([...Object.keys(queryOperators), '$options']);
const TOP_LEVEL_OPERATORS = new Set(['$and', '$or', '$nor', '$expr', '$comment', '$jsonSchema']);

function unknownOperator(name: string): Error {
  const hint =
    name === '$where' || name === '$text' ? ' is not supported by the embedded engine' : ' is unknown';
  return engineError(`operator ${name}${hint}`, { code: 2, codeName: 'BadValue' });
}

/** True for `{ $gt: 1 }` and the like; `{ a: 1 }` and `{}` are values. */
export function isOperatorExpression(value: unknown): value is Doc {
  return isPlainObject(value) && Object.keys(value).some((key) => key.startsWith('$'));
}

const fragment = (sql: string, params: readonly SqlScalar[] = [], bounds?: Bounds): Fragment =>
  bounds === undefined ? { sql, params, exact: true } : { sql, params, exact: true, bounds };

function inList(
  field: FieldSql,
  list: readonly unknown[],
): { sql: string; json: string; hasNull: boolean } | null {
  const keys: SqlScalar[] = [];
  let hasNull = false;
  for (const item of list) {
    const key = scalarKey(item);
    if (key === undefined || (typeof key === 'number' && !Number.isFinite(key))) return null;
    if (key === null) hasNull = true;
    else keys.push(key);
  }
  // One parameter whatever the length, so that the statement's text stays the same and no variable limit applies.
  return { sql: `${field.value} IN (SELECT value FROM json_each(?))`, json: JSON.stringify(keys), hasNull };
}

const TYPE_SQL: Readonly<Record<string, (field: FieldSql) => string>> = {
  string: (f) => `(${f.type} = 'text' AND ${f.value} < '${kindBound('object', 'start')}')`,
  number: (f) => `${f.type} IN ('integer','real')`,
  bool: (f) => `${f.type} IN ('true','false')`,
  date: (f) =>
    `(${f.value} >= '${kindBound('date', 'start')}' AND ${f.value} < '${kindBound('date', 'end')}')`,
  objectId: (f) =>
    `(${f.value} >= '${kindBound('objectId', 'start')}' AND ${f.value} < '${kindBound('objectId', 'end')}')`,
  null: (f) => `${f.type} = 'null'`,
  object: (f) => `${f.type} = 'object'`,
};

interface Operation {
  readonly path: string;
  readonly field: FieldSql;
  readonly operator: string;
  readonly operand: unknown;
}

function compileEquality({ path, field, operator, operand }: Operation): Fragment | null {
  const key = scalarKey(operand);
  if (key === undefined) return null;
  if (operator === '$ne') return fragment(`${field.value} IS NOT ?`, [key]);
  if (key === null) return fragment(`${field.value} IS NULL`);
  return fragment(`${field.value} = ?`, [key], new Map([[path, { field, low: key, high: key }]]));
}

function compileMembership({ field, operator, operand }: Operation): Fragment | null {
  if (!Array.isArray(operand))
    throw engineError(`${operator} needs an array`, { code: 2, codeName: 'BadValue' });
  const list = inList(field, operand);
  if (list === null) return null;
  const nullSql = `${field.value} IS NULL`;
  if (operator === '$in') {
    return fragment(list.hasNull ? `(${list.sql} OR ${nullSql})` : list.sql, [list.json]);
  }
  // With an empty list SQL's IN is false even for NULL, so null and missing are named apart.
  const outside = `NOT ifnull(${list.sql},0)`;
  return fragment(list.hasNull ? `(${field.value} IS NOT NULL AND ${outside})` : outside, [list.json]);
}

function compileComparison({ path, field, operator, operand }: Operation): Fragment | null {
  const key = scalarKey(operand);
  if (key === undefined || key === null) return null;
  const bracket = typeBracket(key);
  const symbol = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' }[operator];
  if (symbol === undefined) return null;
  const upward = symbol.startsWith('>');
  const edge = upward ? bracket.high : bracket.low;
  const bounds: Bounds = new Map([[path, { field, ...comparisonBounds(key, upward, bracket) }]]);
  if (edge === undefined) return fragment(`${field.value} ${symbol} ?`, [key], bounds);
  const edgeSql = upward ? `${field.value} < ?` : `${field.value} >= ?`;
  return fragment(`(${field.value} ${symbol} ? AND ${edgeSql})`, [key, edge], bounds);
}

function compileNot(operation: Operation, context: FilterContext): Fragment | null {
  const { operand, path } = operation;
  if (!isOperatorExpression(operand)) return null;
  const inner = compileField(path, operand, context);
  return inner?.exact === true ? fragment(`NOT ifnull((${inner.sql}),0)`, inner.params) : null;
}

function compileScalarOperation(operation: Operation, context: FilterContext): Fragment | null {
  const { field, operator, operand } = operation;
  switch (operator) {
    case '$eq':
    case '$ne':
      return compileEquality(operation);
    case '$in':
    case '$nin':
      return compileMembership(operation);
    case '$exists':
      return fragment(`${field.type} IS ${operand ? 'NOT NULL' : 'NULL'}`);
    case '$type': {
      const sql = typeof operand === 'string' ? TYPE_SQL[operand]?.(field) : undefined;
      return sql === undefined ? null : fragment(sql);
    }
    case '$not':
      return compileNot(operation, context);
    default:
      return compileComparison(operation);
  }
}

const ARRAY_TOLERANT = new Set(['$eq', '$in', '$gt', '$gte', '$lt', '$lte']);

function compileOperation(operation: Operation, context: FilterContext): Fragment | null {
  const state = context.arrayState(operation.path);
  if (state === 'never') return compileScalarOperation(operation, context);
  if (state === 'inner' || !ARRAY_TOLERANT.has(operation.operator)) return null;
  const scalar = compileScalarOperation(operation, context);
  if (scalar === null) return null;
  // Where arrays occur, every array stays a candidate for the evaluator.
  const { value } = operation.field;
  const sql = `((${scalar.sql}) OR (${value} >= '${kindBound('array', 'start')}' AND ${value} < '${kindBound('array', 'end')}'))`;
  return { sql, params: scalar.params, exact: false };
}

function conjunction(parts: readonly (Fragment | null)[]): Fragment | null {
  const usable = parts.filter((part) => part !== null);
  if (usable.length === 0) return parts.length === 0 ? fragment('1') : null;
  return {
    sql: usable.map((part) => part.sql).join(' AND '),
    params: usable.flatMap((part) => part.params),
    exact: usable.length === parts.length && usable.every((part) => part.exact),
    bounds: intersectBounds(usable.map((part) => part.bounds)),
  };
}

function compileField(path: string, condition: unknown, context: FilterContext): Fragment | null {
  const operators: Doc = isOperatorExpression(condition) ? condition : { $eq: condition };
  const field = fieldSql(path);
  const parts = Object.entries(operators).map(([operator, operand]) => {
    if (!operator.startsWith('$') || !KNOWN_OPERATORS.has(operator)) throw unknownOperator(operator);
    if (operator === '$not' && isPlainObject(operand)) compileField(path, operand, context);
    return field === null ? null : compileOperation({ path, field, operator, operand }, context);
  });
  return conjunction(parts);
}

function clauses(operator: string, operand: unknown): readonly Doc[] {
  if (!Array.isArray(operand) || operand.length === 0 || !operand.every(isPlainObject)) {
    throw engineError(`${operator} needs a non-empty array of filters`, { code: 2, codeName: 'BadValue' });
  }
  return operand;
}

function compileAlternatives(operand: unknown, context: FilterContext): Fragment | null {
  const branches = clauses('$or', operand).map((clause) => compileAll(clause, context));
  if (branches.some((branch) => branch === null)) return null;
  const usable = branches.filter((branch) => branch !== null);
  const hull = hullOf(usable.map((branch) => branch.bounds));
  const range = boundsSql(hull);
  const either = `(${usable.map((branch) => `(${branch.sql})`).join(' OR ')})`;
  return {
    sql: [...range.sql, either].join(' AND '),
    params: [...range.params, ...usable.flatMap((branch) => branch.params)],
    exact: usable.every((branch) => branch.exact),
    bounds: hull,
  };
}

function compileNeither(operand: unknown, context: FilterContext): Fragment | null {
  const branches = clauses('$nor', operand).map((clause) => compileAll(clause, context));
  if (!branches.every((branch) => branch?.exact === true)) return null;
  const usable = branches.filter((branch) => branch !== null);
  return fragment(
    usable.map((branch) => `NOT ifnull((${branch.sql}),0)`).join(' AND '),
    usable.flatMap((branch) => branch.params),
  );
}

function compileEntry(key: string, condition: unknown, context: FilterContext): Fragment | null {
  if (!key.startsWith('$')) return compileField(key, condition, context);
  if (!TOP_LEVEL_OPERATORS.has(key)) throw unknownOperator(key);
  switch (key) {
    case '$and':
      return conjunction(clauses('$and', condition).map((clause) => compileAll(clause, context)));
    case '$or':
      return compileAlternatives(condition, context);
    case '$nor':
      return compileNeither(condition, context);
    case '$comment':
      return fragment('1');
    default:
      return null;
  }
}

function compileAll(filter: Doc, context: FilterContext): Fragment | null {
  return conjunction(Object.entries(filter).map(([key, condition]) => compileEntry(key, condition, context)));
}

/** Splits `$and` into its clauses, so that each is narrowed or left over by itself. */
function* topLevelEntries(filter: Doc): Generator<readonly [string, unknown]> {
  for (const [key, condition] of Object.entries(filter)) {
    if (key !== '$and') yield [key, condition];
    else for (const clause of clauses('$and', condition)) yield* topLevelEntries(clause);
  }
}

/**
 * Compiles a canonical filter (see `canonical`) to a WHERE clause and what is left for the evaluator.
 * @throws MongoServerError code 2 that names an unknown or unsupported operator.
 */
export function compileFilter(filter: Doc, context: FilterContext): CompiledFilter {
  const sql: string[] = [];
  const params: SqlScalar[] = [];
  const residual: Doc[] = [];
  for (const [key, condition] of topLevelEntries(filter)) {
    const part = compileEntry(key, condition, context);
    if (part !== null && part.sql !== '1') {
      sql.push(`(${part.sql})`);
      params.push(...part.params);
    }
    if (part?.exact !== true) residual.push({ [key]: condition });
  }
  return {
    sql: sql.join(' AND '),
    params,
    residual:
      residual.length === 0 ? null : residual.length === 1 ? (residual[0] ?? null) : { $and: residual },
  };
}
