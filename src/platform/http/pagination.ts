/**
 * Keyset pages: a cursor names the last item seen by its time and id, so that a page costs the same wherever it stands and
 * items added meanwhile neither repeat nor vanish. `?page=` remains for old clients.
 */
import { type Static, type TProperties, Type } from '@sinclair/typebox';
import { trusted } from 'mongoose';
import { AppError } from '../../contracts/errors.ts';
import { queryInteger } from './query-values.ts';
import type { Pagination } from './responses.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

const listProperties = {
  limit: Type.Optional(
    queryInteger('limit', {
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      description: 'Items a page',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: '`nextCursor` of the page before' }),
  ),
  page: Type.Optional(
    queryInteger('page', {
      minimum: 1,
      maximum: 10_000,
      description: 'Page number for clients that do not know cursors; slower the higher it is',
    }),
  ),
};

/** Query of a list route. */
export const ListQuery = Type.Object(listProperties, { additionalProperties: false });
export type ListQuery = Static<typeof ListQuery>;

/** Query of a list route that also filters: `listQueryWith({ status: Type.Optional(…) })`. */
export function listQueryWith<P extends TProperties>(properties: P) {
  return Type.Object({ ...listProperties, ...properties }, { additionalProperties: false });
}

/** The place of one item in a list sorted by time, then id, both descending. */
export interface Cursor {
  /** ISO 8601: the item's `createdAt` or `updatedAt`, whichever the list sorts by. */
  readonly at: string;
  readonly id: string;
}

/** A cursor as opaque text for `nextCursor`. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(`${cursor.at} ${cursor.id}`).toString('base64url');
}

const CURSOR_TEXT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([A-Za-z0-9_-]{1,64})$/;

/** @throws AppError `validation_failed` when the text is no cursor of ours */
export function decodeCursor(text: string): Cursor {
  const match = CURSOR_TEXT.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [, at, id] = match ?? [];
  if (at === undefined || id === undefined || Number.isNaN(Date.parse(at)))
    throw new AppError('validation_failed', 'The cursor is not one that a list gave', {
      issues: [{ path: '/query/cursor', message: 'Expected the nextCursor of a page before' }],
    });
  return { at, id };
}

/**
 * The filter for what follows a cursor in a list sorted by `{ [field]: -1, _id: -1 }`: put it beside `userId` in the query.
 * Marked as trusted, since `sanitizeFilter` would take its `$lt` for an attack.
 */
export function afterCursor(field: 'createdAt' | 'updatedAt', cursor: Cursor) {
  const at = new Date(cursor.at);
  return { $or: [{ [field]: trusted({ $lt: at }) }, { [field]: at, _id: trusted({ $lt: cursor.id }) }] };
}

/** Where a list query begins and how many items it wants. */
export function readListQuery(query: ListQuery): {
  limit: number;
  cursor: Cursor | undefined;
  page: number | undefined;
} {
  return {
    limit: query.limit ?? DEFAULT_LIMIT,
    cursor: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
    page: query.cursor === undefined ? query.page : undefined,
  };
}

/**
 * Cuts one page from rows read with `limit + 1`: the extra row only tells that more follow.
 * @param place where an item stands in the list
 */
export function cutPage<T>(
  rows: readonly T[],
  limit: number,
  place: (item: T) => Cursor,
): { items: readonly T[]; pagination: Pagination } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit;
  return {
    items,
    pagination: {
      limit,
      hasMore,
      nextCursor: hasMore && last !== undefined ? encodeCursor(place(last)) : null,
    },
  };
}

/** Adds what `?page=` clients expect. */
export function withPageNumbers(pagination: Pagination, page: number, total: number): Pagination {
  return { ...pagination, page, total, pages: Math.ceil(total / pagination.limit) };
}

/** The part of a list to read: what follows the cursor, or what is left after skipping. */
export interface ListRange {
  /** One more than a page holds. */
  readonly limit: number;
  readonly cursor?: Cursor;
  readonly skip?: number;
}

/** One page of a list, and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly pagination: Pagination;
}

/**
 * The page that a query asks for.
 * @param list how its rows are read and counted (only for `?page=`), and where a row stands
 * @throws AppError `validation_failed` for a cursor that is none of ours
 */
export async function readPage<T>(
  query: ListQuery,
  list: {
    readonly rows: (range: ListRange) => Promise<readonly T[]>;
    readonly count: () => Promise<number> | number;
    readonly place: (row: T) => Cursor;
  },
): Promise<Page<T>> {
  const { limit, cursor, page } = readListQuery(query);
  const rows = await list.rows({
    limit: limit + 1,
    ...(cursor === undefined ? {} : { cursor }),
    ...(page === undefined ? {} : { skip: (page - 1) * limit }),
  });
  const { items, pagination } = cutPage(rows, limit, list.place);
  if (page === undefined) return { items, pagination };
  return { items, pagination: withPageNumbers(pagination, page, await list.count()) };
}

/** Where a row stands in a list of the newest first. */
export const byCreation = (row: { readonly _id: string; readonly createdAt: Date }): Cursor => ({
  at: row.createdAt.toISOString(),
  id: row._id,
});

/** Where a row stands in a list of what was changed last first. */
export const byChange = (row: { readonly _id: string; readonly updatedAt: Date }): Cursor => ({
  at: row.updatedAt.toISOString(),
  id: row._id,
});
