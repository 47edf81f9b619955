/*
 * SQLite uses an expression index only for a query that repeats the very same expression, so every index, filter and sort gets
 * its SQL from this one file.
 */
import { kindBound, TAG } from './value-codec.ts';

const PLAIN_SEGMENT = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export interface FieldSql {
  /** The field's comparable value: NULL when missing or null, else the scalar, with objects and arrays as tagged text. */
  readonly value: string;
  /** SQLite's JSON type name, NULL when missing. */
  readonly type: string;
}

const known = new Map<string, FieldSql | null>();
const MAX_KNOWN = 5000;

function build(path: string): FieldSql | null {
  const segments = path.split('.');
  if (!segments.every((segment) => PLAIN_SEGMENT.test(segment))) return null;
  const jsonPath = `'$${segments.map((segment) => `."${segment}"`).join('')}'`;
  const type = `json_type(doc,${jsonPath})`;
  if (path === '_id') return { value: '_id', type };
  const raw = `doc->>${jsonPath}`;
  const value =
    `CASE ${type} WHEN 'object' THEN '${kindBound('object', 'start')}'||(${raw})` +
    ` WHEN 'array' THEN '${kindBound('array', 'start')}'||(${raw})` +
    ` WHEN 'true' THEN '${TAG}Ft' WHEN 'false' THEN '${TAG}Ff' ELSE ${raw} END`;
  return { value, type };
}

/** SQL of a dotted path, or null for paths with array positions or unusual names, which only the evaluator may resolve. */
export function fieldSql(path: string): FieldSql | null {
  const cached = known.get(path);
  if (cached !== undefined) return cached;
  if (known.size >= MAX_KNOWN) known.clear();
  const built = build(path);
  known.set(path, built);
  return built;
}

/** A name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A scalar as an SQL literal: index definitions cannot have parameters. */
export function quoteLiteral(value: string | number | null): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
