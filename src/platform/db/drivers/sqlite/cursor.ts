import { Readable } from 'node:stream';

import type { Doc } from './bson.ts';

/** Where a cursor's documents come from. */
export interface CursorSource {
  /** Everything at once. */
  all(): Promise<Doc[]>;
  /** The row numbers in order, for reading in batches; null when the source can only give everything. */
  rowids(): Promise<readonly number[] | null>;
  load(rowids: readonly number[]): Promise<Doc[]>;
  explain(): Promise<Doc>;
}

/** What `limit`, `skip` … change before the cursor runs. */
export interface CursorSettings {
  sort?: unknown;
  skip?: number;
  limit?: number;
  projection?: Doc;
  batchSize?: number;
}

const DEFAULT_BATCH = 100;

/**
 * A cursor in the shape of the MongoDB driver's. `toArray` reads in one snapshot; `next` and iteration hold only row numbers and
 * read documents in batches, so memory stays flat and no snapshot is pinned: a document changed meanwhile shows its new state, a
 * deleted one is left out.
 */
export class SqliteCursor {
  readonly #createSource: (settings: CursorSettings) => CursorSource;
  readonly #settings: CursorSettings;
  #source: CursorSource | null = null;
  #rowids: readonly number[] | null = null;
  #position = 0;
  #buffer: Doc[] = [];
  #started = false;
  #closed = false;
  #map: ((doc: Doc) => Doc) | null = null;

  constructor(createSource: (settings: CursorSettings) => CursorSource, settings: CursorSettings) {
    this.#createSource = createSource;
    this.#settings = { ...settings };
  }

  get closed(): boolean {
    return this.#closed;
  }

  sort(sort: unknown): this {
    this.#settings.sort = sort;
    return this;
  }

  skip(count: number): this {
    this.#settings.skip = count;
    return this;
  }

  limit(count: number): this {
    this.#settings.limit = count;
    return this;
  }

  project(projection: Doc): this {
    this.#settings.projection = projection;
    return this;
  }

  batchSize(count: number): this {
    this.#settings.batchSize = count;
    return this;
  }

  /** Accepted for compatibility: cursors hold no server resources. */
  addCursorFlag(): this {
    return this;
  }

  map(transform: (doc: Doc) => Doc): this {
    this.#map = transform;
    return this;
  }

  #open(): CursorSource {
    this.#source ??= this.#createSource(this.#settings);
    return this.#source;
  }

  #mapped(docs: Doc[]): Doc[] {
    return this.#map === null ? docs : docs.map(this.#map);
  }

  async toArray(): Promise<Doc[]> {
    const docs = this.#started ? await this.#rest() : this.#mapped(await this.#open().all());
    await this.close();
    return docs;
  }

  async #rest(): Promise<Doc[]> {
    const docs: Doc[] = [];
    for (let doc = await this.next(); doc !== null; doc = await this.next()) docs.push(doc);
    return docs;
  }

  async #fill(): Promise<void> {
    const source = this.#open();
    if (!this.#started) {
      this.#started = true;
      this.#rowids = await source.rowids();
      if (this.#rowids === null) this.#buffer = this.#mapped(await source.all());
    }
    while (this.#buffer.length === 0 && this.#rowids !== null && this.#position < this.#rowids.length) {
      const batch = this.#rowids.slice(
        this.#position,
        this.#position + (this.#settings.batchSize ?? DEFAULT_BATCH),
      );
      this.#position += batch.length;
      this.#buffer = this.#mapped(await source.load(batch));
    }
  }

  /** The next document, or null at the end or after `close`. */
  async next(): Promise<Doc | null> {
    if (this.#closed) return null;
    if (this.#buffer.length === 0) await this.#fill();
    return this.#buffer.shift() ?? null;
  }

  async tryNext(): Promise<Doc | null> {
    return this.next();
  }

  async hasNext(): Promise<boolean> {
    if (this.#closed) return false;
    if (this.#buffer.length === 0) await this.#fill();
    return this.#buffer.length > 0;
  }

  async forEach(visit: (doc: Doc) => void | boolean): Promise<void> {
    for await (const doc of this) if (visit(doc) === false) return;
  }

  async explain(): Promise<Doc> {
    return this.#open().explain();
  }

  rewind(): void {
    this.#started = false;
    this.#closed = false;
    this.#position = 0;
    this.#buffer = [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#buffer = [];
    this.#rowids = null;
  }

  stream(): Readable {
    return Readable.from(this);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Doc> {
    try {
      for (let doc = await this.next(); doc !== null; doc = await this.next()) yield doc;
    } finally {
      await this.close();
    }
  }
}
