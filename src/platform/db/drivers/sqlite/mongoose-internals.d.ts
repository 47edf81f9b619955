/*
 * The abstract classes that a Mongoose driver extends. Mongoose publishes no types for them; these are the members used here.
 */
declare module 'mongoose/lib/connection.js' {
  import type { EventEmitter } from 'node:events';
  import type { Mongoose } from 'mongoose';

  export default class MongooseConnection extends EventEmitter {
    constructor(base?: Mongoose);
    base: Mongoose;
    name: string;
    host: string;
    port: number;
    db: unknown;
    client: unknown;
    config: Record<string, unknown>;
    collections: Record<string, { onOpen(): void }>;
    readyState: number;
    _connectionString: string;
    _closeCalled: boolean;
    _destroyCalled: boolean;
    $wasForceClosed: boolean;
    onOpen(): void;
    _waitForConnect(noTimeout?: boolean): Promise<void>;
  }
}

declare module 'mongoose/lib/collection.js' {
  import type MongooseConnection from 'mongoose/lib/connection.js';

  export default class MongooseCollection {
    constructor(name: string, connection: MongooseConnection, options?: Record<string, unknown>);
    name: string;
    collectionName: string;
    conn: MongooseConnection;
    buffer: boolean;
    opts: Record<string, unknown>;
    onOpen(): void;
    onClose(force?: boolean): void;
    addQueue(callback: () => void): this;
    removeQueue(callback: () => void): boolean;
    _shouldBufferCommands(): boolean;
    _getBufferTimeoutMS(): number;
  }
}
