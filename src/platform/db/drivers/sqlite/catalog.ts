import type { Doc } from './bson.ts';
import { engineError } from './errors.ts';
import type { ArrayState, FilterContext } from './filter-compiler.ts';
import { quoteName } from './field-path.ts';
import type { SqliteHandle } from './sqlite-handle.ts';

/** An index as MongoDB describes it. */
export interface IndexSpec {
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly partialFilterExpression?: Doc;
  readonly expireAfterSeconds?: number;
}

export interface CollectionInfo extends FilterContext {
  readonly name: string;
  /** The table, quoted. */
  readonly table: string;
  readonly indexes: Map<string, IndexSpec>;
  /** Dotted paths at which any document ever held an array. Only grows until the collection is dropped. */
  readonly arrayPaths: Set<string>;
}

/**
 * Nested paths remembered per collection, so that documents with keys from outside cannot fill the catalog. Past this a whole
 * top-level field counts as one that may hold arrays anywhere inside.
 */
const MAX_ARRAY_PATHS = 300;
const ANY_BELOW = '.*';

const SCHEMA = [
  'CREATE TABLE IF NOT EXISTS __vfxb_meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID',
  "INSERT OR IGNORE INTO __vfxb_meta VALUES ('catalog_version', 1)",
  'CREATE TABLE IF NOT EXISTS __vfxb_collections (name TEXT PRIMARY KEY) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS __vfxb_indexes (collection TEXT, name TEXT, spec TEXT NOT NULL, PRIMARY KEY (collection, name)) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS __vfxb_array_paths (collection TEXT, path TEXT, PRIMARY KEY (collection, path)) WITHOUT ROWID',
] as const;

function arrayStateOf(arrayPaths: ReadonlySet<string>, path: string): ArrayState {
  if (arrayPaths.size === 0 || path === '_id') return 'never';
  const firstDot = path.indexOf('.');
  if (firstDot !== -1 && arrayPaths.has(path.slice(0, firstDot) + ANY_BELOW)) return 'inner';
  for (let dot = firstDot; dot !== -1; dot = path.indexOf('.', dot + 1)) {
    if (arrayPaths.has(path.slice(0, dot))) return 'inner';
  }
  return arrayPaths.has(path) ? 'leaf' : 'never';
}

function createInfo(name: string): CollectionInfo {
  const arrayPaths = new Set<string>();
  return {
    name,
    table: quoteName(name),
    indexes: new Map(),
    arrayPaths,
    arrayState: (path) => arrayStateOf(arrayPaths, path),
  };
}

/**
 * What one connection knows of collections, indexes and array paths. It is kept in the database itself, with a version that
 * every change raises, so that other processes notice.
 */
export class Catalog {
  readonly #handle: SqliteHandle;
  #collections = new Map<string, CollectionInfo>();
  #version = -1;
  #dataVersion = -1;

  constructor(handle: SqliteHandle) {
    this.#handle = handle;
  }

  /** Creates the catalog's tables; call inside a write transaction. */
  static createTables(handle: SqliteHandle): void {
    for (const sql of SCHEMA) handle.once(sql);
  }

  /** Reloads when another connection changed the catalog. @returns true when it did */
  refresh(): boolean {
    const dataVersion = Number(this.#handle.scalar('PRAGMA data_version'));
    if (dataVersion === this.#dataVersion) return false;
    this.#dataVersion = dataVersion;
    const version = Number(
      this.#handle.scalar("SELECT value FROM __vfxb_meta WHERE key = 'catalog_version'"),
    );
    if (version === this.#version) return false;
    this.#load();
    this.#version = version;
    return true;
  }

  /** Forgets everything: after a rollback nothing remembered here is certain. */
  invalidate(): void {
    this.#dataVersion = -1;
    this.#version = -1;
  }

  #load(): void {
    this.#collections = new Map();
    for (const [name] of this.#handle.rows('SELECT name FROM __vfxb_collections')) {
      this.#collections.set(String(name), createInfo(String(name)));
    }
    for (const [collection, spec] of this.#handle.rows('SELECT collection, spec FROM __vfxb_indexes')) {
      const index = JSON.parse(String(spec)) as IndexSpec;
      this.#collections.get(String(collection))?.indexes.set(index.name, index);
    }
    for (const [collection, path] of this.#handle.rows('SELECT collection, path FROM __vfxb_array_paths')) {
      this.#collections.get(String(collection))?.arrayPaths.add(String(path));
    }
  }

  get(name: string): CollectionInfo | undefined {
    return this.#collections.get(name);
  }

  names(): readonly string[] {
    return [...this.#collections.keys()].sort();
  }

  #bump(): void {
    this.#version = Number(
      this.#handle.scalar(
        "UPDATE __vfxb_meta SET value = value + 1 WHERE key = 'catalog_version' RETURNING value",
      ),
    );
  }

  /** The collection, created when missing; call inside a write transaction. @throws on names SQLite cannot keep apart */
  ensure(name: string): CollectionInfo {
    const existing = this.#collections.get(name);
    if (existing !== undefined) return existing;
    if (name === '' || name.includes('\0') || /^(sqlite_|__vfxb|system\.)/i.test(name)) {
      throw engineError(`invalid collection name '${name}'`, { code: 73, codeName: 'InvalidNamespace' });
    }
    const twin = this.names().find((other) => other.toLowerCase() === name.toLowerCase());
    if (twin !== undefined) {
      throw engineError(`collection '${name}' differs from '${twin}' in case only`, { code: 73 });
    }
    const info = createInfo(name);
    this.#handle.once(`CREATE TABLE ${info.table} (_id PRIMARY KEY NOT NULL, doc TEXT NOT NULL)`);
    this.#handle.run('INSERT INTO __vfxb_collections VALUES (?)', [name]);
    this.#collections.set(name, info);
    this.#bump();
    return info;
  }

  /** Drops a collection. @returns false when there was none */
  drop(name: string): boolean {
    const info = this.#collections.get(name);
    if (info === undefined) return false;
    this.#handle.once(`DROP TABLE ${info.table}`);
    this.#handle.run('DELETE FROM __vfxb_collections WHERE name = ?', [name]);
    this.#handle.run('DELETE FROM __vfxb_indexes WHERE collection = ?', [name]);
    this.#handle.run('DELETE FROM __vfxb_array_paths WHERE collection = ?', [name]);
    this.#collections.delete(name);
    this.#bump();
    return true;
  }

  addIndex(info: CollectionInfo, spec: IndexSpec): void {
    this.#handle.run('INSERT INTO __vfxb_indexes VALUES (?, ?, ?)', [
      info.name,
      spec.name,
      JSON.stringify(spec),
    ]);
    info.indexes.set(spec.name, spec);
    this.#bump();
  }

  removeIndex(info: CollectionInfo, name: string): void {
    this.#handle.run('DELETE FROM __vfxb_indexes WHERE collection = ? AND name = ?', [info.name, name]);
    info.indexes.delete(name);
    this.#bump();
  }

  /** Remembers where a document about to be written holds arrays. */
  noteArrays(info: CollectionInfo, paths: ReadonlySet<string>): void {
    for (const path of paths) {
      if (info.arrayPaths.has(path)) continue;
      const [field = path] = path.split('.', 1);
      const full = path !== field && info.arrayPaths.size >= MAX_ARRAY_PATHS;
      const noted = full ? field + ANY_BELOW : path;
      if (info.arrayPaths.has(noted)) continue;
      this.#handle.run('INSERT OR IGNORE INTO __vfxb_array_paths VALUES (?, ?)', [info.name, noted]);
      info.arrayPaths.add(noted);
      this.#bump();
    }
  }
}
