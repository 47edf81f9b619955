/** Values in a query string are text: these schemas say what the text must be and turn it into what it means. */
import { type TUnsafe, Type } from '@sinclair/typebox';
import { invalidInput } from './problem.ts';

/** Schema key: the message for a value that does not fit, instead of TypeBox's. */
export const EXPECTED_KEY = 'x-expected';
/** Schema key: the schema that the OpenAPI document shows instead of the text's. */
export const DOCUMENTED_KEY = 'x-documented';

interface IntegerRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly default?: number;
  readonly description: string;
}

/**
 * An integer in a query: `{ limit: Type.Optional(queryInteger('limit', { minimum: 1, … })) }`. A default makes it present always.
 * @throws AppError validation_failed naming `/query/<name>`
 */
export function queryInteger(name: string, range: IntegerRange): TUnsafe<number> {
  const expected = `Expected a whole number from ${range.minimum} to ${range.maximum}`;
  const { description, ...limits } = range;
  const schema = Type.Transform(
    Type.String({
      pattern: '^[0-9]{1,15}$',
      ...(range.default === undefined ? {} : { default: String(range.default) }),
      description,
      [EXPECTED_KEY]: expected,
      [DOCUMENTED_KEY]: { type: 'integer', ...limits, description },
    }),
  )
    .Decode((text) => {
      const value = Number(text);
      if (value >= range.minimum && value <= range.maximum) return value;
      throw invalidInput([{ path: `/query/${name}`, message: expected }]);
    })
    .Encode(String);
  // Elysia types a handler's query by the schema before decoding; the handler gets what was decoded.
  return schema as unknown as TUnsafe<number>;
}

/** `true` or `false` in a query. */
export function queryBoolean(description: string): TUnsafe<boolean> {
  const schema = Type.Transform(
    Type.String({
      pattern: '^(true|false)$',
      description,
      [EXPECTED_KEY]: 'Expected true or false',
      [DOCUMENTED_KEY]: { type: 'boolean', description },
    }),
  )
    .Decode((text) => text === 'true')
    .Encode(String);
  return schema as unknown as TUnsafe<boolean>;
}
