import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import type { Operation } from '../../../src/contracts/edit-plan.ts';
import {
  cutEdgesByTrim,
  dropNoops,
  foldColors,
  hoistTrims,
  mergeQuarterTurns,
  mergeTrims,
  mergeVolumes,
  optimize,
  REWRITES,
} from '../../../src/editing/optimize.ts';
import { timelineAfter } from '../../../src/editing/plan.ts';
import { frameCount, sourceTimeline } from '../../../src/editing/timeline.ts';
import { buildProbe } from '../../fixtures/probe-builder.ts';
import { randomPlan } from '../../fixtures/random-plans.ts';

const source = buildProbe();
const timeline = sourceTimeline(source);
const color = (parameters: Record<string, number>): Operation => ({ op: 'color', ...parameters });
const text = (range = {}): Operation => ({ op: 'text', content: 'x', ...range });

test('dropNoops: what changes nothing disappears', () => {
  const noops: Operation[] = [
    { op: 'trim', start: 0, end: 12 },
    { op: 'trim', start: 0.01 },
    color({ brightness: 0, contrast: 1, hue: 360 }),
    { op: 'speed', factor: 1 },
    { op: 'volume', gain: 1 },
    { op: 'rotate', degrees: -360 },
    { op: 'scale', width: 640 },
    { op: 'crop', x: 0, y: 0, width: 640, height: 360 },
    { op: 'fade', in: 0, out: 0 },
    { op: 'filter', name: 'blur', intensity: 0 },
  ];
  expect(dropNoops(noops, timeline)).toEqual([]);
  expect(
    dropNoops([{ op: 'mute' }, { op: 'fade', in: 1, target: 'audio' }], { ...timeline, hasAudio: false }),
  ).toEqual([]);
  const real: Operation[] = [{ op: 'mute' }, { op: 'rotate', degrees: 1 }, { op: 'trim', end: 11 }];
  expect(dropNoops(real, timeline)).toEqual(real);
});

test('dropNoops: measured on the timeline at that point', () => {
  const operations: Operation[] = [
    { op: 'scale', width: 320 },
    { op: 'scale', width: 320 },
  ];
  expect(dropNoops(operations, timeline)).toEqual([{ op: 'scale', width: 320 }]);
});

test('cutEdgesByTrim: a cut at an edge is a trim, one in the middle stays', () => {
  expect(cutEdgesByTrim([{ op: 'cut', start: 0, end: 2 }], timeline)).toEqual([{ op: 'trim', start: 2 }]);
  expect(cutEdgesByTrim([{ op: 'cut', start: 9, end: 12 }], timeline)).toEqual([{ op: 'trim', end: 9 }]);
  expect(cutEdgesByTrim([{ op: 'cut', start: 3, end: 4 }], timeline)).toEqual([
    { op: 'cut', start: 3, end: 4 },
  ]);
});

test('mergeTrims: two in a row are one, rounded as before', () => {
  const operations: Operation[] = [
    { op: 'trim', start: 2.51 },
    { op: 'trim', start: 1.02, end: 3.01 },
  ];
  const merged = mergeTrims(operations, timeline);
  // Frame 75 and 31 after it; frame 75 and 90 after it.
  expect(merged).toEqual([{ op: 'trim', start: 106 / 30, end: 165 / 30 }]);
});

test('hoistTrims: before what does not depend on time, never before what does', () => {
  const trim: Operation = { op: 'trim', start: 1 };
  const timeless: Operation[] = [
    color({ hue: 9 }),
    { op: 'filter', name: 'sepia' },
    { op: 'crop', x: 0, y: 0, width: 64, height: 64 },
    { op: 'volume', gain: 2 },
    { op: 'mute' },
    text(),
  ];
  for (const operation of timeless)
    expect(hoistTrims([operation, trim], timeline)).toEqual([trim, operation]);
  const timed: Operation[] = [
    { op: 'speed', factor: 2 },
    { op: 'fade', in: 1 },
    { op: 'cut', start: 2, end: 3 },
    { op: 'mute', start: 2 },
    text({ end: 3 }),
  ];
  for (const operation of timed) expect(hoistTrims([operation, trim], timeline)).toEqual([operation, trim]);
});

test('mergeQuarterTurns: quarter turns add up, other angles stay', () => {
  const turn = (degrees: number): Operation => ({ op: 'rotate', degrees });
  expect(mergeQuarterTurns([turn(90), turn(180)], timeline)).toEqual([turn(270)]);
  expect(mergeQuarterTurns([turn(45), turn(45)], timeline)).toEqual([turn(45), turn(45)]);
  expect(optimize([turn(90), turn(-90)], timeline)).toEqual([]);
});

test('mergeVolumes: gains multiply within the range', () => {
  const gain = (value: number): Operation => ({ op: 'volume', gain: value });
  expect(mergeVolumes([gain(0.5), gain(4)], timeline)).toEqual([gain(2)]);
  expect(mergeVolumes([gain(5), gain(5)], timeline)).toEqual([gain(5), gain(5)]);
});

describe('foldColors', () => {
  test('later stages join earlier ones', () => {
    expect(foldColors([color({ brightness: 0.1 }), color({ hue: 30 })], timeline)).toEqual([
      color({ brightness: 0.1, hue: 30 }),
    ]);
    const stages = [color({ contrast: 1.2 }), color({ saturation: 0.5 }), color({ temperature: 5000 })];
    expect(optimize(stages, timeline)).toEqual([
      color({ contrast: 1.2, saturation: 0.5, temperature: 5000 }),
    ]);
  });

  test('the same knob turned on adds up', () => {
    expect(foldColors([color({ brightness: 0.25 }), color({ brightness: 0.5 })], timeline)).toEqual([
      color({ brightness: 0.75 }),
    ]);
    expect(foldColors([color({ saturation: 0.5 }), color({ saturation: 0.5 })], timeline)).toEqual([
      color({ saturation: 0.25 }),
    ]);
    expect(optimize([color({ hue: 200 }), color({ hue: 160 })], timeline)).toEqual([]);
  });

  test('what would not be the same stays apart', () => {
    const apart: [Operation, Operation][] = [
      [color({ brightness: 0.9 }), color({ brightness: -0.9 })],
      [color({ contrast: 2 }), color({ contrast: 0.5 })],
      [color({ contrast: 2 }), color({ contrast: 2 })],
      [color({ temperature: 4000 }), color({ brightness: 0.1 })],
      [color({ temperature: 4000 }), color({ temperature: 5000 })],
      [color({ gamma: 1.5 }), color({ contrast: 1.5 })],
      [color({ hue: 30 }), color({ saturation: 2 })],
    ];
    for (const pair of apart) expect(foldColors(pair, timeline)).toEqual(pair);
  });
});

test('a leading trim comes out of a chain of rewrites', () => {
  const operations: Operation[] = [
    color({ brightness: 0.1 }),
    { op: 'cut', start: 0, end: 2 },
    { op: 'filter', name: 'sepia' },
    { op: 'trim', end: 5 },
    { op: 'volume', gain: 1 },
  ];
  expect(optimize(operations, timeline)).toEqual([
    { op: 'trim', start: 2, end: 7 },
    color({ brightness: 0.1 }),
    { op: 'filter', name: 'sepia' },
  ]);
});

test('no rewrite changes what the timeline comes to, and optimizing twice changes nothing more', () => {
  fc.assert(
    fc.property(randomPlan(source, 8), (operations) => {
      const before = timelineAfter(operations, source);
      for (const [name, rewrite] of Object.entries(REWRITES)) {
        const after = timelineAfter(rewrite(operations, timeline), source);
        expect([name, frameCount(after), after.width, after.height]).toEqual([
          name,
          frameCount(before),
          before.width,
          before.height,
        ]);
      }
      const optimized = optimize(operations, timeline);
      expect(optimize(optimized, timeline)).toEqual(optimized);
    }),
    { numRuns: 500, seed: 7 },
  );
});
