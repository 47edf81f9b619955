/** Shapes of answers (DESIGN §9), as values and as schemas: one place decides what a success and a failure look like. */
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { ErrorCode } from '../../contracts/errors.ts';
import { ERROR_KINDS } from '../../contracts/errors.ts';

export interface Success<T> {
  readonly success: true;
  readonly data: T;
}

/** `{ success: true, data }` */
export function ok<T>(data: T): Success<T> {
  return { success: true, data };
}

const PaginationSchema = Type.Object(
  {
    limit: Type.Integer({ description: 'Items asked for', examples: [20] }),
    nextCursor: Type.Union([Type.String(), Type.Null()], {
      description: 'Give it as ?cursor= for the next page; null on the last one',
    }),
    hasMore: Type.Boolean({ description: 'True when another page follows' }),
    page: Type.Optional(Type.Integer({ description: 'Only with ?page=: the page given, from 1' })),
    total: Type.Optional(Type.Integer({ description: 'Only with ?page=: items in all' })),
    pages: Type.Optional(Type.Integer({ description: 'Only with ?page=: pages in all' })),
  },
  { additionalProperties: false, description: 'Where this page stands in the list' },
);
export type Pagination = Static<typeof PaginationSchema>;

/** A list's answer: the items beside where the page stands. */
export function page<T>(
  items: readonly T[],
  pagination: Pagination,
): { success: true; data: T[]; pagination: Pagination } {
  return { success: true, data: [...items], pagination };
}

/** Schema of `ok(data)`. */
export function dataOf<T extends TSchema>(schema: T) {
  return Type.Object({ success: Type.Literal(true), data: schema }, { additionalProperties: false });
}

/** Schema of `page(items, …)`. */
export function listOf<T extends TSchema>(schema: T) {
  return Type.Object(
    { success: Type.Literal(true), data: Type.Array(schema), pagination: PaginationSchema },
    { additionalProperties: false },
  );
}

/** RFC 9457 problem details with the fields that clients of the REST dialect before it expect beside them. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'A URI that names the kind of problem' }),
    title: Type.String({ description: 'The kind of problem in words' }),
    status: Type.Integer({ description: 'The HTTP status' }),
    detail: Type.String({ description: 'What went wrong this time' }),
    instance: Type.String({ description: 'The path that was asked for' }),
    success: Type.Literal(false),
    code: Type.String({ description: 'Stable code to act on' }),
    message: Type.String({ description: 'The same as detail' }),
    requestId: Type.String({ description: 'Quote it when reporting the problem' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            path: Type.String({ description: 'JSON pointer into the input; empty: the whole of it' }),
            message: Type.String(),
          },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false, description: 'Problem details' },
);
export type Problem = Static<typeof ProblemSchema>;

/** Which codes a documented problem answer stands for; the OpenAPI document makes its examples from it. */
export const PROBLEM_CODES_KEY = 'x-problem-codes';

/**
 * Response schemas of a route's own failures, by status: spread it into `response`. Failures that every route shares
 * (401 of a guarded route, 413, 415, 422 of a body, 500 …) are added to the OpenAPI document by themselves.
 * The type says nothing of the statuses, since failures are thrown, never returned.
 */
export function problemResponses(...codes: readonly ErrorCode[]): object {
  const byStatus = Map.groupBy(codes, (code) => ERROR_KINDS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      Type.Object(ProblemSchema.properties, {
        additionalProperties: false,
        description: group.map((code) => ERROR_KINDS[code].title).join('; '),
        [PROBLEM_CODES_KEY]: group,
      }),
    ]),
  );
}
