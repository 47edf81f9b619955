import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { wantedBytes } from '../../../src/platform/http/byte-range.ts';

describe('a Range of a file of 100 bytes', () => {
  test.each([
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=0-', { start: 0, end: 99 }],
    ['bytes=90-500', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['Bytes= 5-6 ', { start: 5, end: 6 }],
    ['bytes=99-99', { start: 99, end: 99 }],
  ])('%s is a part', (header, part) => {
    expect(wantedBytes(header, 100)).toEqual(part);
  });

  test.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s has no byte of it',
    (header) => {
      expect(wantedBytes(header, 100)).toBe('none');
    },
  );

  test.each([
    null,
    '',
    'bytes=',
    'bytes=-',
    'bytes=9-5',
    'bytes=a-b',
    'bytes=0-9,20-29',
    `bytes=${Array.from({ length: 1000 }, (_, index) => `${index}-${index}`).join(',')}`,
    'items=0-9',
    'bytes=0x0-9',
    'bytes=-5-9',
    'bytes=1.5-9',
  ])('%j is ignored', (header) => {
    expect(wantedBytes(header, 100)).toBe('whole');
  });

  test('whatever it says, a part lies within the file', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
    );
    fc.assert(
      fc.property(header, fc.integer({ min: 0, max: 1_000_000 }), (text, sizeBytes) => {
        const wanted = wantedBytes(text, sizeBytes);
        if (typeof wanted === 'string') return;
        expect(wanted.start).toBeGreaterThanOrEqual(0);
        expect(wanted.end).toBeGreaterThanOrEqual(wanted.start);
        expect(wanted.end).toBeLessThan(sizeBytes);
      }),
    );
  });
});
