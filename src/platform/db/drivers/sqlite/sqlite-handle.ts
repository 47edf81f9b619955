import { Database, type Statement } from 'bun:sqlite';

import type { SqlScalar } from './bson.ts';

type PreparedStatement = Statement<Record<string, unknown>, SqlScalar[]>;

const MAX_STATEMENTS = 400;

/** One SQLite connection with a bounded cache of prepared statements, least recently used out first. */
export class SqliteHandle {
  readonly #database: Database;
  readonly #statements = new Map<string, PreparedStatement>();

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Opens `path`, which is created when missing. @throws SQLiteError */
  static open(path: string): SqliteHandle {
    return new SqliteHandle(new Database(path, { create: true, readwrite: true, strict: true }));
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  #prepare(sql: string): PreparedStatement {
    const cached = this.#statements.get(sql);
    if (cached !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, cached);
      return cached;
    }
    const statement = this.#database.prepare<Record<string, unknown>, SqlScalar[]>(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > MAX_STATEMENTS) {
      const [oldest, evicted] = this.#statements.entries().next().value ?? [];
      if (oldest !== undefined) this.#statements.delete(oldest);
      evicted?.finalize();
    }
    return statement;
  }

  /** All rows, each an array of columns. */
  rows(sql: string, params: readonly SqlScalar[] = []): unknown[][] {
    return this.#prepare(sql).values(...params);
  }

  /** The first column of the first row, or undefined when there is none. */
  scalar(sql: string, params: readonly SqlScalar[] = []): unknown {
    return this.rows(sql, params)[0]?.[0];
  }

  /** Rows one by one as `{ column: value }`; leaving the loop early releases the read snapshot. */
  each(sql: string, params: readonly SqlScalar[] = []): Iterable<Record<string, unknown>> {
    return this.#prepare(sql).iterate(...params);
  }

  /** Runs reads that all see one state of the database; together they lock it once, which is most of what a short read costs. */
  snapshot<T>(reads: () => T): T {
    this.run('BEGIN');
    try {
      return reads();
    } finally {
      if (this.inTransaction) this.run('COMMIT');
    }
  }

  /** Runs one statement. @returns the number of changed rows */
  run(sql: string, params: readonly SqlScalar[] = []): number {
    return this.#prepare(sql).run(...params).changes;
  }

  /**
   * Runs a statement that is not worth keeping: schema changes, and EXPLAIN, which must be finalized because a kept one pins the
   * connection's read snapshot.
   */
  once(sql: string, params: readonly SqlScalar[] = []): Record<string, unknown>[] {
    const statement = this.#database.prepare<Record<string, unknown>, SqlScalar[]>(sql);
    try {
      return statement.all(...params);
    } finally {
      statement.finalize();
    }
  }

  /** Finalizes every statement and closes. @throws when something still holds the connection */
  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#database.close(true);
  }
}
