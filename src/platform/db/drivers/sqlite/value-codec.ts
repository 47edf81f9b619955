import {
  Binary,
  BSON,
  bsonTypeOf,
  Decimal128,
  type Doc,
  isPlainObject,
  ObjectId,
  type SqlScalar,
} from './bson.ts';
import { engineError } from './errors.ts';

/*
 * Documents are stored as JSON text. JSON has no dates, ids or bytes, so such values become strings that begin with TAG, a
 * private-use character which sorts after every ordinary string, followed by a letter for the kind. Within SQLite the order of
 * the stored scalars is therefore MongoDB's order of types: null, numbers, strings, objects, arrays, binary, ObjectId,
 * boolean, date, timestamp, regular expression. Dates keep their ISO text, so their order is the order of time.
 * An ordinary string that begins with TAG is escaped under the letter A.
 */
declare global {
  // In Bun, not yet in TypeScript's library: numbers that JSON.stringify would turn into null.
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

export const TAG = '\u{10FFFD}';
const KIND = {
  string: 'A',
  object: 'B',
  array: 'C',
  binary: 'D',
  objectId: 'E',
  boolean: 'F',
  date: 'G',
  regex: 'I',
  long: 'L',
  decimal: 'N',
  other: 'X',
  notANumber: 'Z',
} as const;

/** First key of a kind, and with `end` the first key after it: bounds of a type bracket. */
export function kindBound(kind: keyof typeof KIND, end: 'start' | 'end'): string {
  return TAG + (end === 'start' ? KIND[kind] : String.fromCodePoint((KIND[kind].codePointAt(0) ?? 0) + 1));
}

/** MongoDB's own bounds, so that what is stored here could be stored there. */
const MAX_DEPTH = 100;
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
const EPOCH_OFFSET_MS = 8_640_000_000_000_000;

interface EncodeState {
  /** Dotted paths (without array positions) at which an array was met. */
  readonly arrayPaths: Set<string>;
  /** Filters refuse functions; documents drop them as BSON does. */
  readonly refuseFunctions: boolean;
}

function dateText(date: Date): string {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw engineError('an invalid Date cannot be stored', { code: 2 });
  const year = date.getUTCFullYear();
  // Years outside 0–9999 have a sign in ISO text and would not sort: they go before or after as padded milliseconds.
  if (year < 0) return `${TAG}G4${String(ms + EPOCH_OFFSET_MS).padStart(17, '0')}`;
  if (year > 9999) return `${TAG}G6${String(ms + EPOCH_OFFSET_MS).padStart(17, '0')}`;
  return `${TAG}G5${date.toISOString()}`;
}

function encodeNumber(value: number): unknown {
  // JSON has no negative zero.
  if (Number.isFinite(value)) return value === 0 ? 0 : value;
  if (Number.isNaN(value)) return `${TAG}Z`;
  return JSON.rawJSON(value > 0 ? '1e999' : '-1e999');
}

function encodeInteger(value: bigint): unknown {
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : `${TAG}L${value}`;
}

/** BSON values print themselves: hex of an ObjectId, digits of a Decimal128 or Long. */
function printed(value: { toString(): string }): string {
  return value.toString();
}

function encodeBson(value: object, type: string): unknown {
  switch (type) {
    case 'ObjectId':
      return `${TAG}E${printed(value)}`;
    case 'Decimal128':
      return `${TAG}N${printed(value)}`;
    case 'Long':
      return encodeInteger(BigInt(printed(value)));
    case 'Int32':
    case 'Double':
      return encodeNumber(Number(value));
    case 'Binary': {
      const binary = value as InstanceType<typeof Binary>;
      const subtype = binary.sub_type.toString(16).padStart(2, '0');
      return `${TAG}D${subtype}${Buffer.from(binary.value()).toString('base64')}`;
    }
    default:
      return `${TAG}X${BSON.EJSON.stringify(value, { relaxed: false })}`;
  }
}

function encodeObject(value: object, path: string, state: EncodeState & { depth: number }): unknown {
  if (value instanceof Date) return dateText(value);
  const bsonType = bsonTypeOf(value);
  if (bsonType !== undefined) return encodeBson(value, bsonType);
  if ('toBSON' in value && typeof value.toBSON === 'function')
    return encodeValue(value.toBSON(), path, state);
  if (value instanceof RegExp) return `${TAG}I${JSON.stringify([value.source, value.flags])}`;
  if (value instanceof Uint8Array) return `${TAG}D00${Buffer.from(value).toString('base64')}`;
  if (state.depth >= MAX_DEPTH)
    throw engineError(`the document is nested deeper than ${MAX_DEPTH} levels`, { code: 15 });
  const inner = { ...state, depth: state.depth + 1 };
  if (Array.isArray(value)) {
    state.arrayPaths.add(path);
    return value.map((item: unknown) => encodeValue(item, path, inner));
  }
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  const result: Doc = Object.create(null);
  for (const [key, item] of entries) {
    const name = String(key);
    if (name.includes('\0')) throw engineError('a field name contains a NUL character', { code: 2 });
    if (typeof item === 'function') {
      if (state.refuseFunctions) throw engineError(`a function is not a value for '${name}'`, { code: 2 });
      continue;
    }
    result[name] = encodeValue(item, path === '' ? name : `${path}.${name}`, inner);
  }
  return result;
}

function encodeValue(value: unknown, path: string, state: EncodeState & { depth: number }): unknown {
  switch (typeof value) {
    case 'string': {
      const text = value.isWellFormed() ? value : value.toWellFormed();
      return text.startsWith(TAG) ? `${TAG}A${text}` : text;
    }
    case 'number':
      return encodeNumber(value);
    case 'bigint':
      return encodeInteger(value);
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : encodeObject(value, path, state);
    case 'function':
      if (state.refuseFunctions) throw engineError('a function is not a value in a filter', { code: 2 });
      return null;
    case 'undefined':
    case 'symbol':
      return null;
    default:
      return null;
  }
}

/**
 * A document as JSON text, with the dotted paths at which it holds arrays.
 * @throws MongoServerError for an invalid date, NUL in a name, more than 100 levels or more than 16 MiB.
 */
export function encodeDocument(doc: Doc): { text: string; arrayPaths: ReadonlySet<string> } {
  const arrayPaths = new Set<string>();
  const text = JSON.stringify(encodeValue(doc, '', { arrayPaths, refuseFunctions: false, depth: 0 }));
  if (text.length > MAX_DOCUMENT_BYTES) {
    throw engineError(`the document has ${text.length} bytes, more than ${MAX_DOCUMENT_BYTES}`, {
      code: 10334,
    });
  }
  return { text, arrayPaths };
}

function decodeTagged(text: string): unknown {
  const body = text.slice(TAG.length + 1);
  switch (text.charAt(TAG.length)) {
    case KIND.string:
      return body;
    case KIND.date:
      return body.startsWith('5')
        ? new Date(body.slice(1))
        : new Date(Number(body.slice(1)) - EPOCH_OFFSET_MS);
    case KIND.objectId:
      return new ObjectId(body);
    case KIND.decimal:
      return Decimal128.fromString(body);
    case KIND.long:
      return BigInt(body);
    case KIND.binary:
      return new Binary(Buffer.from(body.slice(2), 'base64'), Number.parseInt(body.slice(0, 2), 16));
    case KIND.regex: {
      const [source, flags] = JSON.parse(body) as [string, string];
      return new RegExp(source, flags);
    }
    case KIND.notANumber:
      return Number.NaN;
    default:
      return BSON.EJSON.parse(body, { relaxed: false });
  }
}

function decodeObject(value: Doc): Doc {
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (typeof item !== 'string' && (typeof item !== 'object' || item === null)) continue;
    const decoded = decodeValue(item);
    if (decoded === item) continue;
    // An own "__proto__" is data: plain assignment would change the prototype.
    if (key === '__proto__')
      Object.defineProperty(value, key, {
        value: decoded,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    else value[key] = decoded;
  }
  return value;
}

function decodeValue(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(TAG) ? decodeTagged(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (JSON.isRawJSON(value)) return Number(Reflect.get(value, 'rawJSON'));
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = decodeValue(value[i]);
    return value;
  }
  return decodeObject(value as Doc);
}

/** The document that `encodeDocument` wrote. */
export function decodeDocument(text: string): Doc {
  return decodeObject(JSON.parse(text) as Doc);
}

function withPrototype(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPrototype);
  if (!isPlainObject(value)) return value;
  const result: Doc = {};
  for (const key of Object.keys(value)) {
    Object.defineProperty(result, key, {
      value: withPrototype(value[key]),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}

/**
 * A deep copy with what storage would keep: Mongoose arrays, maps and buffers become plain data, undefined becomes null.
 * Used for filters, updates and replacements, so that they compare equal to stored values.
 * @throws MongoServerError when `refuseFunctions` is set and a function is met.
 */
export function canonical<T>(value: T, refuseFunctions = false): T {
  const encoded = encodeValue(value, '', { arrayPaths: new Set(), refuseFunctions, depth: 0 });
  return withPrototype(decodeValue(encoded)) as T;
}

/** The comparable form of a scalar as SQLite sees it, or undefined for values that only the evaluator may compare. */
export function scalarKey(value: unknown): SqlScalar | undefined {
  if (value === null) return null;
  if (typeof value === 'string') return value.startsWith(TAG) ? `${TAG}A${value}` : value;
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value;
  if (typeof value === 'boolean') return `${TAG}F${value ? 't' : 'f'}`;
  if (typeof value !== 'object') return undefined;
  if (value instanceof Date) return dateText(value);
  return bsonTypeOf(value) === 'ObjectId' ? `${TAG}E${printed(value)}` : undefined;
}

/** Key of the primary key column for any `_id`. @throws MongoServerError for null, arrays and regular expressions. */
export function primaryKey(id: unknown): string | number {
  const key = scalarKey(id);
  if (key !== undefined && key !== null) return key;
  if (id === null || id === undefined || Array.isArray(id) || id instanceof RegExp) {
    const type = Array.isArray(id) ? 'array' : id === null || id === undefined ? 'null' : 'regex';
    throw engineError(`The '_id' value cannot be of type ${type}`, { code: 53 });
  }
  const encoded = encodeValue(id, '', { arrayPaths: new Set(), refuseFunctions: false, depth: 0 });
  return typeof encoded === 'string' ? encoded : `${kindBound('object', 'start')}${JSON.stringify(encoded)}`;
}
