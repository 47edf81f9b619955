/** A text that is one of a list, as a schema. */
import { Type } from '@sinclair/typebox';

/**
 * Its static type is said beside the union: from a union made of a list, inference would read `never` or go too deep.
 */
export const oneOf = <const T extends string>(values: readonly T[], description: string) =>
  Type.Unsafe<T>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description, examples: [values[0]] },
    ),
  );
