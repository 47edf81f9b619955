/** Reads the replies of Redis scripts, which arrive without types. A reply of another form is a bug and throws. */

export interface StreamEntry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
}

function malformed(expected: string, reply: unknown): never {
  throw new TypeError(`Redis replied ${JSON.stringify(reply)} where ${expected} was expected`);
}

export function asArray(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : malformed('an array', reply);
}

export function asText(reply: unknown): string {
  return typeof reply === 'string' ? reply : malformed('a text', reply);
}

export function asNumber(reply: unknown): number {
  return typeof reply === 'number' ? reply : malformed('a number', reply);
}

/** `[field, value, field, value …]` as a map; a deleted entry's missing fields as an empty one. */
export function asFields(reply: unknown): ReadonlyMap<string, string> {
  if (reply === null || reply === undefined) return new Map();
  const flat = asArray(reply).map(asText);
  const pairs = flat.flatMap((field, at): [string, string][] =>
    at % 2 === 0 ? [[field, flat[at + 1] ?? '']] : [],
  );
  return new Map(pairs);
}

/** `[id, fields]` */
export function asEntry(reply: unknown): StreamEntry {
  const [id, fields] = asArray(reply);
  return { id: asText(id), fields: asFields(fields) };
}
