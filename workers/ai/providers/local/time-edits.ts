/** Taking time out of the video: removing ranges, keeping only some, and the questions when a range does not fit. */
import { placeRange } from './place-range.ts';
import {
  type Ask,
  type Reading,
  type Scene,
  type Step,
  type StepResult,
  append,
  ask,
  note,
  steps,
} from './scene.ts';
import type { Message } from './text/message.ts';
import { Span } from './text/span.ts';
import { forward } from './time-map.ts';
import { type SecondsRange, type TimeRange, takeRanges } from './time-range.ts';
import { lengthText, listText, rangeText } from './wording.ts';

/** Verbs that take a part away. */
export const REMOVE =
  /\b(?:(?:cut|trim|chop|snip|clip|crop|shave|lop|take|throw|toss|chuck|edit|strip|get|leave|knock)(?: it)? (?:out|off|away|rid of)(?: of)?|cut|remove|delete|drop|skip|chop|lose|trim|shave|snip|ditch|erase|strip|discard|kill|scrap|toss|axe|dump|chuck|omit|exclude|yeet|nuke|crop|clip)\b(?: out\b| off\b| away\b)?/;
/** All ranges in seconds of what the user sees, or the question about the one that does not fit. */
function checkAll(
  ranges: readonly TimeRange[],
  scene: Scene,
  use: (ranges: readonly TimeRange[]) => Step,
): SecondsRange[] | Ask {
  const placed: SecondsRange[] = [];
  for (const [index, range] of ranges.entries()) {
    const checked = placeRange(range, scene, (other) => use(ranges.with(index, other)));
    if ('question' in checked) return checked;
    placed.push(checked);
  }
  return placed;
}

const rangesIn = (text: string): { ranges: TimeRange[]; rest: string[] } => {
  const span = new Span(text, true);
  const ranges = takeRanges(span);
  return { ranges, rest: span.leftover() };
};

/** Reads the answer to "which part?". */
export function fillRanges(
  answer: Message,
  use: (ranges: readonly TimeRange[]) => Step,
): Reading | undefined {
  const { ranges, rest } = rangesIn(answer.text.replace(REMOVE, ' ').replace(/\b(?:no|nope)\b/, ' '));
  return ranges.length > 0 && rest.length === 0 ? steps(use(ranges)) : undefined;
}

/** Sorted, without overlaps. */
function merged(ranges: readonly SecondsRange[]): SecondsRange[] {
  const result: SecondsRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else result.push(range);
  }
  return result;
}

/** What is left of the timeline without the ranges. */
function complement(ranges: readonly SecondsRange[], durationSeconds: number): SecondsRange[] {
  const rest: SecondsRange[] = [];
  let at = 0;
  for (const { from, to } of ranges) {
    if (from > at) rest.push({ from: at, to: from });
    at = to;
  }
  if (at < durationSeconds) rest.push({ from: at, to: durationSeconds });
  return rest;
}

const seconds = (value: number): number => Math.round(value * 1_000) / 1_000;

/** Removes ranges: what touches an edge as one trim, the rest as cuts from the back, so that earlier times stay valid. */
function without(scene: Scene, ranges: readonly SecondsRange[]): Scene {
  const gone = merged(ranges.flatMap((range) => forward(scene.seen.map, range) ?? []));
  const { durationSeconds } = scene.timeline;
  const isEnd = (to: number): boolean => to >= durationSeconds - 1e-3;
  let next = scene;
  let length = durationSeconds;
  for (const { from, to } of gone.filter(({ from, to }) => from > 0 && !isEnd(to)).toReversed()) {
    next = append(next, { op: 'cut', start: from, end: to });
    length -= to - from;
  }
  const head = gone.find(({ from }) => from <= 0);
  const tail = gone.find(({ to }) => isEnd(to));
  if (head === undefined && tail === undefined) return next;
  const lost = tail === undefined ? 0 : durationSeconds - tail.from;
  return append(next, {
    op: 'trim',
    ...(head === undefined ? {} : { start: head.to }),
    ...(tail === undefined ? {} : { end: seconds(length - lost) }),
  });
}

/** Removes the ranges, which are seconds of what the user sees. */
export const removing =
  (ranges: readonly TimeRange[]): Step =>
  (scene): StepResult => {
    const placed = checkAll(ranges, scene, removing);
    if (!Array.isArray(placed)) return { kind: 'ask', ask: placed };
    const { durationSeconds } = scene.seen;
    if (complement(merged(placed), durationSeconds).length === 0)
      return ask('That would leave nothing of the video. Which part should go?', {
        fill: (answer) => fillRanges(answer, removing),
      });
    const next = without(scene, placed);
    if (next === scene) return note('That part is already gone.');
    if (next.timeline.durationSeconds <= 0)
      return ask('That would leave nothing of the video. Which part should stay?');
    return {
      kind: 'done',
      scene: next,
      phrase: `cut ${listText(placed.map((range) => rangeText(range, durationSeconds)))}`,
    };
  };

/** Keeps only the ranges, which are seconds of what the user sees. */
export const keeping =
  (ranges: readonly TimeRange[]): Step =>
  (scene): StepResult => {
    const placed = checkAll(ranges, scene, keeping);
    if (!Array.isArray(placed)) return { kind: 'ask', ask: placed };
    const { durationSeconds } = scene.seen;
    const gone = complement(merged(placed), durationSeconds);
    if (gone.length === 0)
      return note(
        `The video is ${lengthText(durationSeconds)} long, so that is all of it and nothing had to go.`,
      );
    return {
      kind: 'done',
      scene: without(scene, gone),
      phrase: `kept only ${listText(placed.map((range) => rangeText(range, durationSeconds)))}`,
    };
  };

/** Changes the speed so that the video lasts as long as wanted. */
export const fitting =
  (length: number): Step =>
  (scene) => {
    const factor = Math.round((scene.timeline.durationSeconds / length) * 1_000) / 1_000;
    return {
      kind: 'done',
      scene: append(scene, { op: 'speed', factor }),
      phrase: `set the speed to ${factor}× so that it lasts ${lengthText(length)}`,
    };
  };
