import type { SqlScalar } from './bson.ts';
import type { FieldSql } from './field-path.ts';
import { kindBound } from './value-codec.ts';

/** Inclusive limits of one field; a missing side is open. */
export interface FieldBounds {
  readonly field: FieldSql;
  readonly low?: string | number | undefined;
  readonly high?: string | number | undefined;
}

/** By dotted path. */
export type Bounds = ReadonlyMap<string, FieldBounds>;

export interface Bracket {
  /** First key of the type, inclusive. */
  readonly low?: string;
  /** First key after the type. */
  readonly high?: string;
}

const BRACKETED_KINDS = ['objectId', 'boolean', 'date'] as const;

/** MongoDB compares only values of the same type: the range of keys that the type of `key` occupies. */
export function typeBracket(key: string | number): Bracket {
  if (typeof key === 'number') return { high: '' };
  for (const kind of BRACKETED_KINDS) {
    const low = kindBound(kind, 'start');
    if (key.startsWith(low)) return { low, high: kindBound(kind, 'end') };
  }
  return { low: '', high: kindBound('string', 'end') };
}

/** Limits that `field > key` (`upward`) or `field < key` put on the field. */
export function comparisonBounds(
  key: string | number,
  upward: boolean,
  bracket: Bracket,
): Omit<FieldBounds, 'field'> {
  return upward ? { low: key, high: bracket.high } : { low: bracket.low, high: key };
}

const encoder = new TextEncoder();

/** SQLite's order: numbers before text, text by its UTF-8 bytes. */
export function compareKeys(a: string | number, b: string | number): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  return Buffer.compare(encoder.encode(a), encoder.encode(b));
}

/** All limits hold at once. For a field limited twice one of the two is kept, which is still true of it. */
export function intersectBounds(parts: readonly (Bounds | undefined)[]): Bounds {
  const result = new Map<string, FieldBounds>();
  for (const part of parts) {
    for (const [path, bounds] of part ?? []) {
      const before = result.get(path);
      result.set(
        path,
        before === undefined
          ? bounds
          : { field: bounds.field, low: before.low ?? bounds.low, high: before.high ?? bounds.high },
      );
    }
  }
  return result;
}

function outer(
  a: string | number | undefined,
  b: string | number | undefined,
  sign: 1 | -1,
): string | number | undefined {
  if (a === undefined || b === undefined) return undefined;
  return compareKeys(a, b) * sign >= 0 ? a : b;
}

/** Limits that hold whichever of the alternatives does. */
export function hullOf(alternatives: readonly (Bounds | undefined)[]): Bounds {
  const [first, ...rest] = alternatives;
  const result = new Map<string, FieldBounds>();
  for (const [path, bounds] of first ?? []) {
    let hull: FieldBounds | undefined = bounds;
    for (const other of rest) {
      const limits = other?.get(path);
      if (limits === undefined || hull === undefined) hull = undefined;
      else {
        hull = {
          field: bounds.field,
          low: outer(hull.low, limits.low, -1),
          high: outer(hull.high, limits.high, 1),
        };
      }
    }
    if (hull !== undefined && (hull.low !== undefined || hull.high !== undefined)) result.set(path, hull);
  }
  return result;
}

/** The limits as SQL conditions. */
export function boundsSql(bounds: Bounds): { sql: readonly string[]; params: readonly SqlScalar[] } {
  const sql: string[] = [];
  const params: SqlScalar[] = [];
  for (const { field, low, high } of bounds.values()) {
    if (low !== undefined) {
      sql.push(`${field.value} >= ?`);
      params.push(low);
    }
    if (high !== undefined) {
      sql.push(`${field.value} <= ?`);
      params.push(high);
    }
  }
  return { sql, params };
}
