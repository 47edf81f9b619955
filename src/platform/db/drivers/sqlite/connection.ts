import MongooseConnection from 'mongoose/lib/connection.js';

import type { Doc } from './bson.ts';
import { SqliteClient, SqliteDatabase } from './database-facade.ts';
import { Engine } from './engine.ts';
import { parseSqliteUri } from './engine-options.ts';
import { engineError } from './errors.ts';

const CONNECTED = 1;
const CONNECTING = 2;
const DISCONNECTED = 0;

/** Options of `connect` that belong to Mongoose and are kept on the connection. */
const CONFIG_OPTIONS = [
  'autoIndex',
  'autoCreate',
  'sanitizeFilter',
  'bufferTimeoutMS',
  'bufferCommands',
] as const;

/**
 * A Mongoose connection to a SQLite file. Fields are only declared: an initialiser here would overwrite what the base class's
 * constructor set up.
 */
export class SqliteConnection extends MongooseConnection {
  declare db: SqliteDatabase | undefined;
  declare client: SqliteClient | undefined;

  /** Opens the file. Called by Mongoose's `openUri`. */
  async createClient(uri: unknown, options: Doc = {}): Promise<this> {
    if (typeof uri !== 'string') {
      throw engineError(`the database address must be a string, got ${typeof uri}`, { code: 2 });
    }
    if (this._destroyCalled) throw engineError('the connection was destroyed: create a new one', { code: 2 });
    if (this.readyState === CONNECTED || this.readyState === CONNECTING) {
      throw engineError('the connection is open with another address: disconnect first', { code: 2 });
    }
    for (const name of CONFIG_OPTIONS) {
      const value = options[name];
      if (value !== undefined && value !== null) this.config[name] = value;
    }
    const engineOptions = parseSqliteUri(uri);
    this.readyState = CONNECTING;
    this._connectionString = uri;
    let engine: Engine;
    try {
      engine = await Engine.open(engineOptions);
    } catch (error) {
      this.readyState = DISCONNECTED;
      throw error;
    }
    this.db = new SqliteDatabase(engine);
    this.client = new SqliteClient(engine);
    this.name = this.db.databaseName;
    this.host = engine.path;
    this.onOpen();
    return this;
  }

  /** Called by Mongoose's `close`: waits for running writes, checkpoints, releases the file. */
  async doClose(): Promise<this> {
    await this.client?.close();
    return this;
  }

  /** Other databases would be other files: open another connection for them. */
  useDb(): never {
    throw engineError('useDb is not supported by the embedded engine: use createConnection', { code: 59 });
  }

  async listDatabases(): Promise<{ databases: { name: string }[] }> {
    await this._waitForConnect();
    return { databases: this.db === undefined ? [] : [{ name: this.db.databaseName }] };
  }
}
