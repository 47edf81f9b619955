/** JSON Schemas as OpenAPI 3.1 shows them: without what only the validator needs, and with an example made from them. */
import { DOCUMENTED_KEY, EXPECTED_KEY } from './query-values.ts';

export type Json = Record<string, unknown>;

/** Words of Elysia, its documentation plugin and ourselves that are no JSON Schema. */
const FOREIGN_KEYWORDS = new Set([
  '$id',
  'elysiaMeta',
  'maxSize',
  'minSize',
  'extension',
  'error',
  'nullable',
]);
const OWN_KEYWORDS = new Set([EXPECTED_KEY]);
const EXAMPLE_DEPTH_MAX = 8;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own copy of a schema for the document. Objects with known fields are closed unless they say otherwise. */
export function documentedSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(documentedSchema);
  if (!isJson(schema)) return schema;
  const documented = schema[DOCUMENTED_KEY];
  if (isJson(documented)) return { ...documented };
  const copy: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (FOREIGN_KEYWORDS.has(key) || OWN_KEYWORDS.has(key) || value === undefined) continue;
    copy[key] = copyKeyword(key, value);
  }
  if (isJson(copy['properties']) && copy['additionalProperties'] === undefined)
    copy['additionalProperties'] = false;
  return asEnum(copy);
}

/** A choice of texts reads better as `enum` than as a union of constants. */
function asEnum(schema: Json): Json {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf)) return schema;
  const values = anyOf.map((variant) => (isJson(variant) ? variant['const'] : undefined));
  return values.every((value) => typeof value === 'string') && values.length > 0
    ? { type: 'string', enum: values, ...rest }
    : schema;
}

function copyKeyword(key: string, value: unknown): unknown {
  if (key === 'properties' || key === 'patternProperties' || key === '$defs')
    return isJson(value)
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, documentedSchema(inner)]))
      : value;
  // Values, not schemas.
  if (key === 'examples' || key === 'default' || key === 'const' || key === 'enum' || key === 'required')
    return value;
  return documentedSchema(value);
}

/** A value that fits the schema: its own example if it has one, else one made from its parts. */
export function exampleOf(schema: unknown, depth = 0): unknown {
  if (!isJson(schema) || depth > EXAMPLE_DEPTH_MAX) return null;
  const given = givenExample(schema);
  if (given !== undefined) return given;
  const variants = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(variants)) return exampleOf(variants[0], depth + 1);
  if (Array.isArray(schema['allOf']))
    return Object.assign({}, ...schema['allOf'].map((part) => exampleOf(part, depth + 1)));
  return typedExample(schema, depth);
}

function givenExample(schema: Json): unknown {
  if (Array.isArray(schema['examples']) && schema['examples'].length > 0) return schema['examples'][0];
  if (schema['example'] !== undefined) return schema['example'];
  if (schema['const'] !== undefined) return schema['const'];
  if (schema['default'] !== undefined) return schema['default'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  return undefined;
}

function typedExample(schema: Json, depth: number): unknown {
  switch (Array.isArray(schema['type']) ? schema['type'][0] : schema['type']) {
    case 'object':
      return objectExample(schema, depth);
    case 'array':
      return schema['maxItems'] === 0 || schema['items'] === undefined
        ? []
        : Array.from({ length: Math.max(1, Number(schema['minItems'] ?? 1)) }, () =>
            exampleOf(schema['items'], depth + 1),
          );
    case 'string':
      return textExample(schema);
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? (schema['exclusiveMinimum'] === undefined ? 0 : 1));
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function objectExample(schema: Json, depth: number): Json {
  const properties = isJson(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [name, exampleOf(inner, depth + 1)]),
  );
}

/** An id pattern of ours starts with its prefix: `^vid_[0-9a-f]…`. */
const ID_PATTERN = /^\^([a-z]{3})_\[0-9a-f\]/;

function textExample(schema: Json): string {
  if (schema['format'] === 'date-time') return '2026-01-05T10:00:00.000Z';
  if (schema['format'] === 'binary') return '(bytes)';
  const prefix = typeof schema['pattern'] === 'string' ? ID_PATTERN.exec(schema['pattern'])?.[1] : undefined;
  if (prefix !== undefined) return `${prefix}_0193b5c0-7e1a-7c3e-9d52-3f7a1c0de000`;
  const text = 'text'
    .padEnd(Number(schema['minLength'] ?? 0), '.')
    .slice(0, Number(schema['maxLength'] ?? 64));
  if (typeof schema['pattern'] !== 'string') return text;
  const form = new RegExp(schema['pattern']);
  return [text, ...PATTERN_CANDIDATES].find((candidate) => form.test(candidate)) ?? text;
}

/** Texts that fit the patterns in use; the document's test fails for an example that fits none. */
const PATTERN_CANDIDATES = ['1767607200', '10', 'true', '#ffffff', 'a'.repeat(43), 'a'.repeat(64)];

type Components = Record<string, unknown>;

/**
 * Moves the variants of a choice with a `discriminator` into components, as OpenAPI asks: a discriminator names variants, so
 * they must have names. A variant is named after its constant: `operation` `trim` → `TrimOperation`.
 */
export function hoistVariants(node: unknown, components: Components): unknown {
  if (Array.isArray(node)) return node.map((item) => hoistVariants(item, components));
  if (!isJson(node)) return node;
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, hoistVariants(value, components)]),
  );
  const { discriminator } = copy;
  const variants = copy['anyOf'] ?? copy['oneOf'];
  if (!isJson(discriminator) || !Array.isArray(variants)) return copy;
  const key = String(discriminator['propertyName']);
  const mapping: Record<string, string> = {};
  const refs = variants.map((variant) => {
    const value = constantOf(variant, key);
    if (value === undefined) return variant;
    const name = `${value
      .split(/[^a-z0-9]/i)
      .map(capitalized)
      .join('')}${capitalized(key === 'op' ? 'operation' : key)}`;
    components[name] = variant;
    mapping[value] = `#/components/schemas/${name}`;
    return { $ref: `#/components/schemas/${name}` };
  });
  const { anyOf: _anyOf, ...rest } = copy;
  return { ...rest, oneOf: refs, discriminator: { propertyName: key, mapping } };
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function constantOf(variant: unknown, key: string): string | undefined {
  const properties = isJson(variant) ? variant['properties'] : undefined;
  const property = isJson(properties) ? properties[key] : undefined;
  const value = isJson(property) ? property['const'] : undefined;
  return typeof value === 'string' ? value : undefined;
}
