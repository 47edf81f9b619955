import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { AppError } from '../../../src/contracts/errors.ts';
import { newId } from '../../../src/contracts/ids.ts';
import {
  type Cursor,
  cutPage,
  decodeCursor,
  encodeCursor,
  type ListRange,
  type Page,
  readListQuery,
  readPage,
  withPageNumbers,
} from '../../../src/platform/http/pagination.ts';

const someTime = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });

describe('a cursor', () => {
  test('comes back as it went, for any time and id', () => {
    fc.assert(
      fc.property(someTime, (at) => {
        const cursor = { at: at.toISOString(), id: newId('video') };
        expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
        expect(encodeCursor(cursor)).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  test('of other making is refused as input, never as a crash', () => {
    const refused = (text: string) => {
      try {
        decodeCursor(text);
        return 'accepted';
      } catch (error) {
        return error instanceof AppError ? error.code : 'crashed';
      }
    };
    const encode = (text: string): string => Buffer.from(text).toString('base64url');
    for (const text of [
      '',
      'x',
      '🎬',
      encode('{"$gt":""}'),
      encode('2026-01-05T10:00:00.000Z'),
      encode('2026-99-99T10:00:00.000Z vid_1'),
      encode("2026-01-05T10:00:00.000Z ' OR 1=1"),
      encode(`2026-01-05T10:00:00.000Z ${'a'.repeat(65)}`),
    ])
      expect([text, refused(text)]).toEqual([text, 'validation_failed']);
    fc.assert(fc.property(fc.string(), (text) => refused(text) === 'validation_failed'));
  });
});

describe('a page', () => {
  const place = (item: { at: string; id: string }) => item;
  const rows = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ at: new Date(index).toISOString(), id: `vid_${index}` }));

  test('has a next one exactly when more rows came than were asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 20 }), (count, limit) => {
        const { items, pagination } = cutPage(rows(count).slice(0, limit + 1), limit, place);
        expect(items.length).toBe(Math.min(count, limit));
        expect(pagination.hasMore).toBe(count > limit);
        expect(pagination.nextCursor === null).toBe(!pagination.hasMore);
        if (pagination.nextCursor !== null)
          expect(decodeCursor(pagination.nextCursor)).toEqual(rows(count)[limit - 1] as never);
      }),
    );
  });

  test('for old clients counts pages; a cursor wins over a page number', () => {
    const { pagination } = cutPage(rows(3), 2, place);
    expect(withPageNumbers(pagination, 1, 5)).toMatchObject({ page: 1, total: 5, pages: 3, limit: 2 });
    const cursor = encodeCursor({ at: new Date(0).toISOString(), id: 'vid_1' });
    expect(readListQuery({ cursor, page: 3 }).page).toBeUndefined();
    expect(readListQuery({ page: 3 })).toEqual({ limit: 20, cursor: undefined, page: 3 });
  });
});

describe('a list read page by page', () => {
  const count = 7;
  /** A list in memory that reads as repositories do. */
  const listOf = (asked: ListRange[]) => {
    const all = Array.from({ length: count }, (_, index) => ({
      at: new Date(1_000_000 - index).toISOString(),
      id: String(index),
    }));
    return {
      rows: (range: ListRange) => {
        asked.push(range);
        const from = all.findIndex(({ id }) => id === range.cursor?.id) + 1 + (range.skip ?? 0);
        return Promise.resolve(all.slice(from, from + range.limit));
      },
      count: () => count,
      place: (row: { at: string; id: string }) => row,
    };
  };

  test('by cursor gives each row once, for any size of page', async () => {
    for (let limit = 1; limit <= count + 1; limit += 1) {
      const asked: ListRange[] = [];
      const list = listOf(asked);
      const seen: string[] = [];
      let cursor: string | null = '';
      do {
        const page: Page<Cursor> = await readPage({ limit, ...(cursor === '' ? {} : { cursor }) }, list);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        expect(page.pagination).not.toHaveProperty('total');
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.pagination.nextCursor;
      } while (cursor !== null);
      expect(seen).toEqual(['0', '1', '2', '3', '4', '5', '6']);
      expect(asked.every((range) => range.limit === limit + 1 && range.skip === undefined)).toBe(true);
    }
  });

  test('by number gives the same rows, with the total', async () => {
    const list = listOf([]);
    const pages = await Promise.all([1, 2, 3, 4].map(async (page) => readPage({ limit: 3, page }, list)));
    expect(pages.map(({ items }) => items.map(({ id }) => id).join(''))).toEqual(['012', '345', '6', '']);
    for (const { pagination } of pages) expect(pagination).toMatchObject({ total: 7, pages: 3 });
  });
});
