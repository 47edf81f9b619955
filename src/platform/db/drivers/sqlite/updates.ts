// From the package's root, for there all expression operators are known to pipelines.
import { updateOne } from 'mingo';
import { resolve } from 'mingo/util';

import { type Doc, isPlainObject, ObjectId } from './bson.ts';
import { engineError } from './errors.ts';
import { EVALUATOR_OPTIONS, evaluating } from './evaluator.ts';
import { isOperatorExpression } from './filter-compiler.ts';
import { primaryKey } from './value-codec.ts';

export interface UpdateRequest {
  /** Canonical filter; gives `$` its position and an upsert its first fields. */
  readonly filter: Doc;
  /** Canonical update operators, or a pipeline. */
  readonly update: Doc | readonly Doc[];
  readonly arrayFilters?: readonly Doc[] | undefined;
}

/** Operators that create what is missing on their path. */
const CREATING = new Set(['$set', '$inc', '$mul', '$min', '$max', '$push', '$addToSet', '$currentDate']);
const KNOWN = new Set([
  ...CREATING,
  '$unset',
  '$rename',
  '$pull',
  '$pullAll',
  '$pop',
  '$bit',
  '$setOnInsert',
]);

/** True when every top-level key is an operator; a mix or a plain document is no update. */
function assertOperators(update: Doc): void {
  const keys = Object.keys(update);
  for (const key of keys) {
    if (!key.startsWith('$')) {
      throw engineError(`the update must use operators, but has the field '${key}'`, {
        code: 9,
        codeName: 'FailedToParse',
      });
    }
    if (!KNOWN.has(key)) {
      throw engineError(`Unknown modifier: ${key}`, { code: 9, codeName: 'FailedToParse' });
    }
    if (!isPlainObject(update[key])) {
      throw engineError(`Modifiers operate on fields but ${key} has no object`, {
        code: 9,
        codeName: 'FailedToParse',
      });
    }
  }
}

/** MongoDB refuses to walk through a scalar; mingo would silently do nothing. */
function assertPathViable(doc: Doc, path: string): void {
  const segments = path.split('.');
  let value: unknown = doc;
  for (const [index, segment] of segments.entries()) {
    if (segment.startsWith('$') || value === undefined) return;
    const isArray = Array.isArray(value);
    if ((!isArray && !isPlainObject(value)) || (isArray && !/^\d+$/.test(segment))) {
      throw engineError(
        `Cannot create field '${segment}' in element {${segments[index - 1] ?? ''}: ${JSON.stringify(value)}}`,
        {
          code: 28,
          codeName: 'PathNotViable',
        },
      );
    }
    value = isArray ? (value as unknown[])[Number(segment)] : (value as Doc)[segment];
  }
}

function assertOperandFits(doc: Doc, operator: string, path: string): void {
  if (path.includes('$')) return;
  const value: unknown = resolve(doc, path);
  if (value === undefined) return;
  if ((operator === '$inc' || operator === '$mul') && typeof value !== 'number') {
    throw engineError(`Cannot apply ${operator} to a value of non-numeric type at '${path}'`, {
      code: 14,
      codeName: 'TypeMismatch',
    });
  }
  if ((operator === '$push' || operator === '$addToSet') && !Array.isArray(value)) {
    throw engineError(`The field '${path}' must be an array but is of another type`, {
      code: 2,
      codeName: 'BadValue',
    });
  }
}

/** `_id` may be named in an update only with the value it has. */
function withoutSameId(doc: Doc, operator: string, fields: Doc): Doc {
  if (!('_id' in fields) || (operator !== '$set' && operator !== '$setOnInsert')) return fields;
  const { _id, ...rest } = fields;
  if (doc['_id'] === undefined || primaryKey(_id) === primaryKey(doc['_id'])) return rest;
  throw engineError("Performing an update on the path '_id' would modify the immutable field '_id'", {
    code: 66,
    codeName: 'ImmutableField',
  });
}

function operatorsFor(doc: Doc, update: Doc, inserting: boolean): Doc {
  const result: Doc = {};
  for (const [operator, value] of Object.entries(update)) {
    const fields = withoutSameId(doc, operator, value as Doc);
    if (operator === '$setOnInsert' && !inserting) continue;
    const effective = operator === '$setOnInsert' ? '$set' : operator;
    for (const path of Object.keys(fields)) {
      if (CREATING.has(effective)) assertPathViable(doc, path);
      assertOperandFits(doc, effective, path);
    }
    if (Object.keys(fields).length === 0) continue;
    result[effective] = { ...(result[effective] as Doc | undefined), ...fields };
  }
  return result;
}

function applyPipeline(doc: Doc, pipeline: readonly Doc[]): Doc {
  const docs = [doc];
  const id = primaryKey(doc['_id']);
  evaluating(
    () => updateOne(docs, {}, [...pipeline] as Parameters<typeof updateOne>[2], {}, EVALUATOR_OPTIONS),
    9,
  );
  const [result = doc] = docs;
  if (primaryKey(result['_id']) !== id) {
    throw engineError("the pipeline would modify the immutable field '_id'", {
      code: 66,
      codeName: 'ImmutableField',
    });
  }
  return result;
}

/**
 * The document after an update. `doc` itself may be changed in place.
 * @throws MongoServerError for unknown operators, conflicts, wrong types and changes of `_id`
 */
export function applyUpdate(doc: Doc, request: UpdateRequest, inserting = false): Doc {
  const { update } = request;
  if (Array.isArray(update)) return applyPipeline(doc, update as readonly Doc[]);
  assertOperators(update as Doc);
  const operators = operatorsFor(doc, update as Doc, inserting);
  if (Object.keys(operators).length === 0) return doc;
  const positional = Object.values(operators).some((fields) =>
    Object.keys(fields as Doc).some((path) => path.split('.').includes('$')),
  );
  evaluating(
    () =>
      updateOne([doc], positional ? request.filter : {}, operators as Parameters<typeof updateOne>[2], {
        arrayFilters: [...(request.arrayFilters ?? [])],
        cloneMode: 'deep',
      }),
    9,
  );
  return doc;
}

/** The document after a replacement. @throws MongoServerError when it holds operators or another `_id` */
export function applyReplacement(doc: Doc, replacement: Doc): Doc {
  const operator = Object.keys(replacement).find((key) => key.startsWith('$'));
  if (operator !== undefined) {
    throw engineError(`the replacement document must not contain the operator ${operator}`, { code: 9 });
  }
  const { _id, ...rest } = withoutSameId(doc, '$set', replacement);
  return { _id: doc['_id'] ?? _id, ...rest };
}

function assignPath(target: Doc, path: string, value: unknown): void {
  const segments = path.split('.');
  const last = segments.pop() ?? path;
  let node = target;
  for (const segment of segments) {
    const next = node[segment];
    if (isPlainObject(next)) node = next;
    else {
      const created: Doc = {};
      node[segment] = created;
      node = created;
    }
  }
  node[last] = value;
}

function equalityValue(condition: unknown): { value: unknown } | null {
  if (condition instanceof RegExp) return null;
  if (!isOperatorExpression(condition)) return { value: condition };
  if ('$eq' in condition) return { value: condition['$eq'] };
  const list = condition['$in'];
  return Array.isArray(list) && list.length === 1 ? { value: list[0] } : null;
}

/** The fields that a filter demands by equality: what an upsert starts from. */
function seedFromFilter(filter: Doc, seed: Doc = {}): Doc {
  for (const [key, condition] of Object.entries(filter)) {
    if (key === '$and' && Array.isArray(condition)) {
      for (const clause of condition) if (isPlainObject(clause)) seedFromFilter(clause, seed);
    }
    if (key === '$or' && Array.isArray(condition) && condition.length === 1 && isPlainObject(condition[0])) {
      seedFromFilter(condition[0], seed);
    }
    if (key.startsWith('$')) continue;
    const equality = equalityValue(condition);
    if (equality !== null) assignPath(seed, key, equality.value);
  }
  return seed;
}

function idFromUpdate(update: Doc | readonly Doc[]): unknown {
  if (Array.isArray(update)) return undefined;
  const { $set, $setOnInsert } = update as { $set?: Doc; $setOnInsert?: Doc };
  return $setOnInsert?.['_id'] ?? $set?.['_id'];
}

/** The document that an upsert inserts. */
export function upsertDocument(request: UpdateRequest, replacement?: Doc): Doc {
  const seed = seedFromFilter(request.filter);
  const id = seed['_id'] ?? replacement?.['_id'] ?? idFromUpdate(request.update) ?? new ObjectId();
  if (replacement !== undefined) return applyReplacement({ _id: id }, replacement);
  return applyUpdate({ ...seed, _id: id }, request, true);
}
