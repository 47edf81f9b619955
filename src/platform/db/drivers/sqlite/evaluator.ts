import { Aggregator, Query } from 'mingo';

import { type Doc, isPlainObject } from './bson.ts';
import { engineError } from './errors.ts';

/** Settings for mingo, which evaluates what SQL does not: no JavaScript from filters. */
export const EVALUATOR_OPTIONS = { scriptEnabled: false } as const;

/** Runs mingo code and gives its errors MongoDB's shape. */
export function evaluating<T>(work: () => T, code = 2): T {
  try {
    return work();
  } catch (error) {
    // mingo has no own error class in its public surface: its assertions are plain subclasses of Error.
    if (error instanceof Error && (error.constructor.name === 'MingoError' || error.constructor === Error)) {
      throw engineError(error.message, { code, cause: error });
    }
    throw error;
  }
}

/** A predicate for the part of a filter that SQL left over. */
export function predicateOf(filter: Doc): (doc: Doc) => boolean {
  const query = evaluating(() => new Query(filter, EVALUATOR_OPTIONS));
  return (doc) => evaluating(() => query.test(doc));
}

export type Sort = ReadonlyArray<readonly [path: string, direction: 1 | -1]>;

/** Sorts documents as MongoDB does, arrays included. */
export function sortDocuments(docs: readonly Doc[], sort: Sort): Doc[] {
  if (sort.length === 0) return [...docs];
  return evaluating(() =>
    new Aggregator([{ $sort: Object.fromEntries(sort) }], EVALUATOR_OPTIONS).run([...docs]),
  );
}

type Fields = readonly (readonly [string, unknown])[];

const isSlice = (value: unknown): boolean => isPlainObject(value) && '$slice' in value;

/** `$slice` alone, or with exclusions, keeps all other fields, unlike any other expression in a projection. */
function keepsOthers(fields: Fields): boolean {
  return (
    fields.some(([, value]) => isSlice(value)) &&
    fields.every(([path, value]) => !path.includes('.') && (isSlice(value) || value === 0 || value === false))
  );
}

function sliceProjector(fields: Fields, id: unknown): (doc: Doc) => Doc {
  const slices = Object.fromEntries(fields.filter(([, value]) => isSlice(value)));
  const dropped = new Set(fields.filter(([, value]) => !isSlice(value)).map(([path]) => path));
  if (id === 0 || id === false) dropped.add('_id');
  return (doc) => {
    const [sliced = {}] = evaluating(
      () => new Aggregator([{ $project: slices }], EVALUATOR_OPTIONS).run([doc]),
      31254,
    );
    const kept = Object.entries(doc).filter(([key]) => !dropped.has(key));
    return Object.fromEntries(kept.map(([key, value]) => [key, key in slices ? sliced[key] : value]));
  };
}

/** Applies a projection. Plain lists of top-level fields, the common case, take the short way. */
export function projector(projection: Doc | undefined): (doc: Doc) => Doc {
  const entries = Object.entries(projection ?? {});
  if (entries.length === 0) return (doc) => doc;
  const plain = entries.every(
    ([path, value]) =>
      !path.includes('.') &&
      !path.startsWith('$') &&
      (value === 1 || value === 0 || typeof value === 'boolean'),
  );
  const fields = entries.filter(([path]) => path !== '_id');
  const [first] = fields;
  const including = first === undefined ? Boolean(projection?.['_id']) : Boolean(first[1]);
  if (keepsOthers(fields)) return sliceProjector(fields, projection?.['_id'] ?? 1);
  if (!plain || fields.some(([, value]) => Boolean(value) !== including)) {
    return (doc) =>
      evaluating(
        () => new Aggregator([{ $project: projection }], EVALUATOR_OPTIONS).run([doc])[0] ?? {},
        31254,
      );
  }
  const idWanted = projection?.['_id'] === undefined ? true : Boolean(projection['_id']);
  const names = new Set(fields.map(([path]) => path));
  return (doc) => {
    const result: Doc = {};
    for (const key of Object.keys(doc)) {
      const wanted = key === '_id' ? idWanted : names.has(key) === including;
      if (wanted) result[key] = doc[key];
    }
    return result;
  };
}
