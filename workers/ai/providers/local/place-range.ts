/** Puts a user's range on the timeline he sees, or says why it does not fit. */
import { formatTime } from '../../../../src/editing/timeline.ts';
import { type Ask, type Reading, type Scene, type Step, ask, onResult, seeResult, steps } from './scene.ts';
import { forward } from './time-map.ts';
import type { Message } from './text/message.ts';
import { Span } from './text/span.ts';
import { type SecondsRange, type TimeRange, END, rangeOn, takeRanges } from './time-range.ts';
import { capitalised, lengthText, rangeText } from './wording.ts';

const TOLERANCE_SECONDS = 0.05;

/**
 * The range in seconds of the timeline the user sees. Beyond its end it becomes a question, which `use` completes: an end
 * that is too late is offered as "until the end". Displays round, so an end that reads like the video's own length is the end.
 */
export function placeRange(
  range: TimeRange,
  scene: Scene,
  use: (range: TimeRange) => Step,
): SecondsRange | Ask {
  const { durationSeconds } = scene.seen;
  const { from, to } = rangeOn(range, durationSeconds);
  const is = `The video is only ${lengthText(durationSeconds)} long`;
  const fill = (answer: Message): Reading | undefined => {
    const span = new Span(
      answer.text.replace(/\b(?:cut|trim|remove|keep|mute|no|nope|make it|take)\b/g, ' '),
      true,
    );
    const ranges = takeRanges(span);
    const first = ranges[0];
    return first !== undefined && ranges.length === 1 && span.leftover().length === 0
      ? steps(use(first))
      : undefined;
  };
  if (from < 0)
    return ask(`${is}, so it has no last ${lengthText(durationSeconds - from)}. Which part do you mean?`, {
      fill,
    }).ask;
  if (from >= durationSeconds)
    return ask(`${is}, so there is nothing from ${formatTime(from)} on. Which part do you mean?`, { fill })
      .ask;
  if (to <= from)
    return ask(
      `The end (${formatTime(to)}) must come after the start (${formatTime(from)}). Which part do you mean?`,
      { fill },
    ).ask;
  const isEnd = to - durationSeconds <= TOLERANCE_SECONDS || lengthText(to) === lengthText(durationSeconds);
  if (isEnd) return { from, to: Math.min(to, durationSeconds) };
  if (from <= 0)
    return ask(`${is}, so I can't go until ${formatTime(to)}. Which part do you mean?`, { fill }).ask;
  return ask(
    `${is}, so I can't go until ${formatTime(to)}. Should I take ${formatTime(from)} until the end?`,
    { fill, proposal: [use({ from: range.from, to: END })] },
  ).ask;
}

/**
 * The range on the timeline as it is after the requests before it in the same message; `said` is how the user would name it.
 * What he asked to cut can not be meant: "cut the last 5 seconds and put 'The End' in the last 3" is about the result, and a
 * range that is cut in part could be either, so that is asked.
 */
export function placeNow(
  range: TimeRange,
  scene: Scene,
  use: (range: TimeRange) => Step,
): { now: SecondsRange; said: string } | Ask {
  const placed = placeRange(range, scene, use);
  if ('question' in placed) return placed;
  const { durationSeconds, map } = scene.seen;
  const said = rangeText(placed, durationSeconds);
  const now = forward(map, placed);
  const isStart = placed.from <= 0;
  const isEdge = isStart !== placed.to >= durationSeconds;
  const isCut =
    map.length > 0 && (isStart ? (map[0]?.from ?? 0) > 0 : (map.at(-1)?.to ?? 0) < durationSeconds - 1e-3);
  if (now !== undefined && !(isEdge && isCut)) return { now, said };
  if (now === undefined && isEdge) {
    const again = placeRange(range, seeResult(scene), use);
    return 'question' in again ? again : { now: again, said: `${said} of what is left` };
  }
  if (now === undefined)
    return ask(`${capitalised(said)} is in the part you asked to cut. Which part do you mean?`).ask;
  return ask(`You asked to cut a part of ${said}. Should I take ${said} of what is left?`, {
    proposal: [onResult(use(range))],
  }).ask;
}
