import { type Doc, isPlainObject } from './bson.ts';
import { type CursorSettings, type CursorSource, SqliteCursor } from './cursor.ts';
import { engineError } from './errors.ts';
import { projector, type Sort } from './evaluator.ts';
import type { Scope, SessionOptions } from './scope.ts';
import { explainSelection, selectByRowids, selectRows, type Selection } from './select.ts';

function directionOf(path: string, value: unknown): 1 | -1 {
  if (value === 1 || value === '1' || value === 'asc' || value === 'ascending') return 1;
  if (value === -1 || value === '-1' || value === 'desc' || value === 'descending') return -1;
  throw engineError(`sort by '${path}': ${JSON.stringify(value)} is no direction`, { code: 15974 });
}

/** A sort in any form that the MongoDB driver takes. @throws MongoServerError when a direction is unknown */
export function parseSort(sort: unknown): Sort {
  if (sort === undefined || sort === null) return [];
  if (typeof sort === 'string') return [[sort, 1]];
  const entries: [unknown, unknown][] =
    sort instanceof Map
      ? [...sort.entries()]
      : Array.isArray(sort)
        ? sort.map((item: unknown) => (Array.isArray(item) ? [item[0], item[1]] : [item, 1]))
        : isPlainObject(sort)
          ? Object.entries(sort)
          : [];
  return entries.map(([path, value]) => [String(path), directionOf(String(path), value)]);
}

interface FindRequest {
  readonly collection: string;
  readonly scope: Scope;
  readonly filter: Doc;
}

/** The cursor of a `find`. */
export function findCursor(
  { collection, scope, filter }: FindRequest,
  options: SessionOptions & CursorSettings & { readonly fields?: Doc },
): SqliteCursor {
  const createSource = (settings: CursorSettings): CursorSource => {
    const project = projector(settings.projection);
    const selection: Selection = {
      filter,
      sort: parseSort(settings.sort),
      skip: settings.skip ?? 0,
      limit: Math.abs(settings.limit ?? 0),
    };
    return {
      all: async () => {
        const rows = await scope.read(options, (access) => selectRows(access, collection, selection));
        return rows.map((row) => project(row.doc));
      },
      rowids: async () =>
        scope.read(options, (access) => selectRows(access, collection, selection).map((row) => row.rowid)),
      load: async (rowids) => {
        const docs = await scope.read(options, (access) => selectByRowids(access, collection, rowids));
        return docs.map(project);
      },
      explain: async () => scope.read(options, (access) => explainSelection(access, collection, selection)),
    };
  };
  const projection = options.projection ?? options.fields;
  return new SqliteCursor(createSource, {
    ...options,
    ...(projection === undefined ? {} : { projection }),
  });
}

/** A cursor over something computed at once. */
export function arrayCursor(source: Pick<CursorSource, 'all' | 'explain'>): SqliteCursor {
  const full: CursorSource = { ...source, rowids: async () => null, load: async () => [] };
  return new SqliteCursor(() => full, {});
}
