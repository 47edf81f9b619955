import { expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { jsonDepth } from '../../../src/platform/http/json-body.ts';

/** Depth by walking the parsed value: what `jsonDepth` must find without parsing. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('the depth of any JSON text is found without parsing it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      expect(jsonDepth(text)).toBe(depthOf(JSON.parse(text)));
    }),
    { numRuns: 500 },
  );
});

test('brackets and quotes inside texts do not count', () => {
  for (const value of ['[[[[', '"]"[', '\\"[{', '\\\\', '{"a":['])
    expect(jsonDepth(JSON.stringify([value]))).toBe(1);
});

test('a text of 256 KB of brackets takes no time to speak of', () => {
  const startedAt = performance.now();
  expect(jsonDepth('['.repeat(262_144))).toBe(262_144);
  expect(performance.now() - startedAt).toBeLessThan(200);
});
