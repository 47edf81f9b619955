import type { Catalog } from './catalog.ts';
import type { SqliteHandle } from './sqlite-handle.ts';

/** One SQLite connection together with what it knows of the collections. */
export interface Access {
  readonly handle: SqliteHandle;
  readonly catalog: Catalog;
}
