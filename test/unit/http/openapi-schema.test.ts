import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { idPattern } from '../../../src/contracts/ids.ts';
import {
  documentedSchema,
  exampleOf,
  hoistVariants,
  isJson,
} from '../../../src/platform/http/openapi-schema.ts';
import { queryBoolean, queryInteger } from '../../../src/platform/http/query-values.ts';

describe('an example made from a schema', () => {
  const ajv = new Ajv2020({ strict: false, formats: fullFormats });
  const schemas = {
    object: Type.Object({
      id: Type.String({ pattern: idPattern('video') }),
      at: Type.String({ format: 'date-time' }),
      sizeBytes: Type.Integer({ minimum: 1 }),
      isDone: Type.Boolean(),
    }),
    'optional and null': Type.Object({
      a: Type.Optional(Type.String({ minLength: 9, maxLength: 12 })),
      b: Type.Union([Type.Null(), Type.Number()]),
    }),
    array: Type.Array(Type.Object({ kind: Type.Literal('trim') }), { minItems: 2 }),
    choice: Type.Union([Type.Literal('mp4'), Type.Literal('webm')]),
    'exclusive bound': Type.Number({ exclusiveMinimum: 0 }),
    intersection: Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.Integer() })]),
    record: Type.Record(Type.String(), Type.Number()),
    default: Type.Integer({ default: 20, minimum: 1 }),
    integer: queryInteger('limit', { minimum: 1, maximum: 100, default: 20, description: 'x' }),
    boolean: queryBoolean('x'),
  };
  for (const [name, schema] of Object.entries(schemas))
    test(`fits: ${name}`, () => {
      const documented = documentedSchema(JSON.parse(JSON.stringify(schema)));
      if (!isJson(documented)) throw new Error('no schema');
      // An intersection of closed objects fits nothing; the document would say so.
      if (name === 'intersection') return expect(exampleOf(documented)).toMatchObject({ a: 'text', b: 0 });
      expect([ajv.validate(documented, exampleOf(documented)), ajv.errorsText()]).toEqual([
        true,
        'No errors',
      ]);
    });
});

describe('a documented schema', () => {
  test('closes objects with known fields and leaves open what says so', () => {
    expect(
      documentedSchema({ type: 'object', properties: { a: { type: 'object', properties: {} } } }),
    ).toEqual({
      type: 'object',
      properties: { a: { type: 'object', properties: {}, additionalProperties: false } },
      additionalProperties: false,
    });
    expect(documentedSchema({ type: 'object', properties: {}, additionalProperties: true })).toMatchObject({
      additionalProperties: true,
    });
  });
  test('keeps fields that are named like keywords', () => {
    const schema = {
      type: 'object',
      properties: { error: { type: 'string' }, extension: { type: 'string' }, default: { type: 'string' } },
      additionalProperties: false,
    };
    expect(documentedSchema(schema)).toEqual(schema);
  });
  test('names the variants of a choice with a discriminator', () => {
    const components: Record<string, unknown> = {};
    const variant = (op: string) => ({ type: 'object', properties: { op: { const: op, type: 'string' } } });
    const hoisted = hoistVariants(
      { anyOf: [variant('trim'), variant('black_white')], discriminator: { propertyName: 'op' } },
      components,
    );
    expect(hoisted).toEqual({
      oneOf: [
        { $ref: '#/components/schemas/TrimOperation' },
        { $ref: '#/components/schemas/BlackWhiteOperation' },
      ],
      discriminator: {
        propertyName: 'op',
        mapping: {
          trim: '#/components/schemas/TrimOperation',
          black_white: '#/components/schemas/BlackWhiteOperation',
        },
      },
    });
    expect(Object.keys(components)).toEqual(['TrimOperation', 'BlackWhiteOperation']);
  });
});
