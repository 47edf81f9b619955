import { expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { jsonDepth, readJsonBody } from '../../../src/platform/http/json-body.ts';

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

test('a body that trickles is given up in time, however often a byte comes', async () => {
  let trickle: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      trickle = setInterval(() => controller.enqueue(new Uint8Array([0x20])), 5);
    },
    cancel: () => clearInterval(trickle),
  });
  const request = new Request('http://localhost/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const startedAt = performance.now();
  const outcome: unknown = await readJsonBody(request, 100).catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: 'request_timeout', status: 408 });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  clearInterval(trickle);
});
