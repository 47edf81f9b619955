import { describe, expect, test } from 'bun:test';
import { assert, double, integer, property } from 'fast-check';
import { retryDelayMs } from '../../../src/platform/queue/retry-delay.ts';

const ALMOST_ONE = 1 - Number.EPSILON;

describe('the delay before a retry', () => {
  test('doubles its bound from one second on, up to five minutes', () => {
    const bounds = [1, 2, 3, 4, 9, 10, 50, 2_000].map((failed) => retryDelayMs(failed, ALMOST_ONE));
    expect(bounds).toEqual([999, 1_999, 3_999, 7_999, 255_999, 299_999, 299_999, 299_999]);
  });

  test('is anything between nothing and the bound, so that jobs that failed together return apart', () => {
    expect(retryDelayMs(3, 0)).toBe(0);
    expect(retryDelayMs(3, 0.5)).toBe(2_000);
    assert(
      property(
        integer({ min: 0, max: 1e6 }),
        double({ min: 0, max: ALMOST_ONE, noNaN: true }),
        (failed, random) => {
          const delay = retryDelayMs(failed, random);
          return Number.isInteger(delay) && delay >= 0 && delay < 300_000;
        },
      ),
    );
  });
});
