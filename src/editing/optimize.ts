/**
 * Rewrites a plan into one that gives the same frames and samples with less work, as a query planner does. Each rewrite is a
 * pure function, exact on its own; `optimize` repeats them until nothing changes.
 */
import type { Operation } from '../contracts/edit-plan.ts';
import type { Timeline } from './operation.ts';
import {
  type Color,
  type CompleteColor,
  completeColor,
  NEUTRAL_COLOR,
  toColorOperation,
} from './operations/color.ts';
import type { Cut } from './operations/cut.ts';
import { definitionOf } from './operations/index.ts';
import type { Rotate } from './operations/rotate.ts';
import { isTrim } from './operations/trim.ts';
import type { Volume } from './operations/volume.ts';
import { frameCount, toFrames } from './timeline.ts';

/** Takes valid operations and the timeline that the first one is given. */
export type Rewrite = (operations: readonly Operation[], timeline: Timeline) => readonly Operation[];

/** The timeline before each operation. */
function timelinesBefore(operations: readonly Operation[], timeline: Timeline): Timeline[] {
  const timelines: Timeline[] = [];
  let current = timeline;
  for (const operation of operations) {
    timelines.push(current);
    current = definitionOf(operation.op).apply(operation, current);
  }
  return timelines;
}

/** Replaces neighbours by what `merge` returns; `undefined` leaves them. */
function mergeNeighbours(
  operations: readonly Operation[],
  merge: (first: Operation, second: Operation, index: number) => readonly Operation[] | undefined,
): readonly Operation[] {
  for (const [index, second] of operations.entries()) {
    const first = operations[index - 1];
    const merged = first === undefined ? undefined : merge(first, second, index);
    if (merged !== undefined)
      return [...operations.slice(0, index - 1), ...merged, ...operations.slice(index + 1)];
  }
  return operations;
}

const isCut = (operation: Operation): operation is Cut => operation.op === 'cut';
const isColor = (operation: Operation): operation is Color => operation.op === 'color';
const isRotate = (operation: Operation): operation is Rotate => operation.op === 'rotate';
const isVolume = (operation: Operation): operation is Volume => operation.op === 'volume';

/** Operations that leave picture and sound as they are disappear. */
export const dropNoops: Rewrite = (operations, timeline) => {
  const before = timelinesBefore(operations, timeline);
  return operations.filter((operation, index) => {
    const at = before[index];
    return at === undefined || !definitionOf(operation.op).isNoop(operation, at);
  });
};

/** A cut at the very start or end is a trim, which can become an input seek. */
export const cutEdgesByTrim: Rewrite = (operations, timeline) => {
  const before = timelinesBefore(operations, timeline);
  return operations.map((operation, index) => {
    const at = before[index];
    if (at === undefined || !isCut(operation)) return operation;
    const { startFrame, endFrame } = toFrames(operation, at);
    if (startFrame === 0) return { op: 'trim', start: endFrame / at.fps };
    return endFrame === frameCount(at) ? { op: 'trim', end: startFrame / at.fps } : operation;
  });
};

/** Two trims in a row are one. Counted in frames, so that rounding stays what it was. */
export const mergeTrims: Rewrite = (operations, timeline) => {
  const before = timelinesBefore(operations, timeline);
  return mergeNeighbours(operations, (first, second, index) => {
    const [outer, inner] = [before[index - 1], before[index]];
    if (!isTrim(first) || !isTrim(second) || outer === undefined || inner === undefined) return undefined;
    const offset = toFrames(first, outer).startFrame;
    const { startFrame, endFrame } = toFrames(second, inner);
    const { fps } = timeline;
    return [{ op: 'trim', start: (offset + startFrame) / fps, end: (offset + endFrame) / fps }];
  });
};

/** True when each frame and sample is treated alike whenever it comes, so that trimming first makes no difference. */
function isTimeless(operation: Operation): boolean {
  switch (operation.op) {
    case 'crop':
    case 'scale':
    case 'rotate':
    case 'color':
    case 'filter':
    case 'volume':
      return true;
    case 'text':
    case 'mute':
      return operation['start'] === undefined && operation['end'] === undefined;
    default:
      return false;
  }
}

/** Trims move before what does not depend on time, so that fewer frames are worked on and the trim may become a seek. */
export const hoistTrims: Rewrite = (operations) =>
  mergeNeighbours(operations, (first, second) =>
    isTrim(second) && isTimeless(first) ? [second, first] : undefined,
  );

/** Quarter turns in a row are one turn. Other angles lose their corners each time, so they stay. */
export const mergeQuarterTurns: Rewrite = (operations) =>
  mergeNeighbours(operations, (first, second) => {
    if (!isRotate(first) || !isRotate(second)) return undefined;
    if (first.degrees % 90 !== 0 || second.degrees % 90 !== 0) return undefined;
    return [{ op: 'rotate', degrees: (first.degrees + second.degrees) % 360 }];
  });

const MAX_GAIN = 10;

/** Gains in a row multiply; the samples are floating-point, so nothing clips between them. */
export const mergeVolumes: Rewrite = (operations) =>
  mergeNeighbours(operations, (first, second) => {
    if (!isVolume(first) || !isVolume(second)) return undefined;
    const gain = first.gain * second.gain;
    return gain <= MAX_GAIN ? [{ op: 'volume', gain }] : undefined;
  });

type ColorKnob = keyof typeof NEUTRAL_COLOR;

/** In the order in which the compiled filters run. */
const COLOR_STAGES: readonly (readonly ColorKnob[])[] = [
  ['brightness', 'contrast', 'gamma'],
  ['saturation'],
  ['hue'],
  ['temperature'],
];
const MAX_FACTOR = 3;

/** Both turns of one knob as one turn; `undefined` when that is not the same or leaves the knob's range. */
function combineKnob(knob: ColorKnob, first: number, second: number): number | undefined {
  if (knob === 'hue') return (first + second) % 360;
  if (knob === 'brightness') {
    const sum = first + second;
    return first * second > 0 && Math.abs(sum) <= 1 ? sum : undefined;
  }
  if (knob === 'contrast' || knob === 'saturation') {
    const product = first * second;
    return (first - 1) * (second - 1) > 0 && product <= MAX_FACTOR ? product : undefined;
  }
  return undefined;
}

/** Adds one stage of `second` to `first`; `undefined` when the two do not make one pass. */
function foldStage(
  knobs: readonly ColorKnob[],
  first: CompleteColor,
  second: CompleteColor,
): CompleteColor | undefined {
  const turned = (color: CompleteColor): ColorKnob[] =>
    knobs.filter((knob) => color[knob] !== NEUTRAL_COLOR[knob]);
  const [knobsOfFirst, knobsOfSecond] = [turned(first), turned(second)];
  if (knobsOfSecond.length === 0) return first;
  if (knobsOfFirst.length === 0) {
    return { ...first, ...Object.fromEntries(knobsOfSecond.map((knob) => [knob, second[knob]])) };
  }
  const [knob, ...others] = new Set([...knobsOfFirst, ...knobsOfSecond]);
  if (knob === undefined || others.length > 0) return undefined;
  const combined = combineKnob(knob, first[knob], second[knob]);
  return combined === undefined ? undefined : { ...first, [knob]: combined };
}

const isStageNeutral = (knobs: readonly ColorKnob[], color: CompleteColor): boolean =>
  knobs.every((knob) => color[knob] === NEUTRAL_COLOR[knob]);

/**
 * Two colour corrections in a row become one where the result is the same but for the rounding that a second pass would add:
 * when the second only begins where the first ends (brightness, contrast and gamma are one stage; saturation, hue and
 * temperature follow), or when both turn the same knob the same way, so that nothing clips in one direction and is then
 * brought back in the other.
 */
export const foldColors: Rewrite = (operations) =>
  mergeNeighbours(operations, (first, second) => {
    if (!isColor(first) || !isColor(second)) return undefined;
    const [before, after] = [completeColor(first), completeColor(second)];
    const lastStage = COLOR_STAGES.findLastIndex((knobs) => !isStageNeutral(knobs, before));
    const firstStage = COLOR_STAGES.findIndex((knobs) => !isStageNeutral(knobs, after));
    if (firstStage !== -1 && firstStage < lastStage) return undefined;
    let folded: CompleteColor | undefined = before;
    for (const knobs of COLOR_STAGES) folded &&= foldStage(knobs, folded, after);
    return folded === undefined ? undefined : [toColorOperation(folded)];
  });

export const REWRITES: Readonly<Record<string, Rewrite>> = {
  dropNoops,
  cutEdgesByTrim,
  mergeTrims,
  hoistTrims,
  mergeQuarterTurns,
  mergeVolumes,
  foldColors,
};

/** The plan after all rewrites. `timeline` is the source's. Ends: each rewrite shortens the list or moves a trim forward. */
export function optimize(operations: readonly Operation[], timeline: Timeline): readonly Operation[] {
  let current = operations;
  for (;;) {
    const before = JSON.stringify(current);
    for (const rewrite of Object.values(REWRITES)) current = rewrite(current, timeline);
    if (JSON.stringify(current) === before) return current;
  }
}
