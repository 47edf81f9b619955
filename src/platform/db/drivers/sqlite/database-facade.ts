import { basename } from 'node:path';

import type { Doc } from './bson.ts';
import { arrayCursor } from './collection-cursors.ts';
import type { SqliteCursor } from './cursor.ts';
import type { Engine } from './engine.ts';
import { engineError } from './errors.ts';
import { ClientSession } from './session.ts';

/** What Mongoose finds at `connection.db`: the database as a whole. */
export class SqliteDatabase {
  readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  get databaseName(): string {
    return basename(this.engine.path);
  }

  /** Creates a collection; one that exists is kept, with MongoDB's error 48. */
  async createCollection(name: string): Promise<{ collectionName: string }> {
    await this.engine.write((access) => {
      if (access.catalog.get(name) !== undefined) {
        throw engineError(`Collection ${name} already exists.`, { code: 48, codeName: 'NamespaceExists' });
      }
      access.catalog.ensure(name);
    });
    return { collectionName: name };
  }

  async dropCollection(name: string): Promise<boolean> {
    return this.engine.write((access) => access.catalog.drop(name));
  }

  async dropDatabase(): Promise<boolean> {
    return this.engine.write((access) => {
      for (const name of access.catalog.names()) access.catalog.drop(name);
      return true;
    });
  }

  listCollections(): SqliteCursor {
    return arrayCursor({
      all: async () =>
        this.engine.read((access) => access.catalog.names().map((name) => ({ name, type: 'collection' }))),
      explain: async () => ({}),
    });
  }

  async command(command: Doc): Promise<Doc> {
    if ('ping' in command) {
      await this.engine.read((access) => access.handle.scalar('SELECT 1'));
      return { ok: 1 };
    }
    throw engineError(`command ${Object.keys(command)[0] ?? ''} is not supported by the embedded engine`, {
      code: 59,
      codeName: 'CommandNotFound',
    });
  }

  admin() {
    return { ping: async () => this.command({ ping: 1 }) };
  }
}

/** What Mongoose finds at `connection.client`. */
export class SqliteClient {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  startSession(): ClientSession {
    return new ClientSession(this.#engine);
  }

  async withSession<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    const session = this.startSession();
    try {
      return await work(session);
    } finally {
      await session.endSession();
    }
  }

  async bulkWrite(): Promise<never> {
    throw engineError('connection.bulkWrite is not supported by the embedded engine: use Model.bulkWrite', {
      code: 59,
    });
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }
}
