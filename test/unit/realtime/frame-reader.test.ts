import { expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { readFrame } from '../../../src/modules/realtime/frame-reader.ts';

test('a valid frame is read, from text and from what the framework parsed', () => {
  const frame = { type: 'resume', id: 'a', data: { after: 7 } };
  expect(readFrame(JSON.stringify(frame))).toEqual({ ok: true, frame: frame as never });
  expect(readFrame(frame)).toEqual({ ok: true, frame: frame as never });
  expect(readFrame('{"type":"ping"}')).toMatchObject({ ok: true });
});

test('a refused frame keeps its id where that can be read', () => {
  expect(readFrame('{"type":"nope","id":"x"}')).toMatchObject({ ok: false, id: 'x' });
  expect(readFrame('{"type":"ping","id":5}')).toMatchObject({ ok: false, id: undefined });
  expect(readFrame(`{"type":"ping","id":"${'x'.repeat(200)}"}`)).toMatchObject({ ok: false, id: undefined });
});

test('nothing that is no frame is read as one, and nothing throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (message) => {
      const read = readFrame(message);
      expect(read.ok).toBe(false);
    }),
    { numRuns: 500 },
  );
  for (const depth of [10, 1_000, 100_000])
    expect(readFrame(`{"type":"ping","data":${'['.repeat(depth)}${']'.repeat(depth)}}`).ok).toBe(false);
});
