import mongoose from 'mongoose';

/*
 * One copy of the BSON classes: those that Mongoose itself uses. The `bson` package has an ESM and a CommonJS build, whose
 * classes are not `instanceof` each other, so nothing here imports it directly.
 */
export const { ObjectId, Decimal128, Binary, BSON } = mongoose.mongo;

/** A document as the driver sees it: plain data, dates and BSON values. */
export type Doc = Record<string, unknown>;

/** What SQLite may hold in a comparable position. */
export type SqlScalar = string | number | null;

/** True for object literals and null-prototype objects: documents and operator expressions, not BSON values or dates. */
export function isPlainObject(value: unknown): value is Doc {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The BSON type name of a value (`ObjectId`, `Decimal128`, `Binary` …), or undefined for anything else. */
export function bsonTypeOf(value: object): string | undefined {
  const name: unknown = Reflect.get(value, '_bsontype');
  return typeof name === 'string' ? name : undefined;
}
