/** Where the video starts and ends: "start at 0:05", "so that it ends at 20 s", "end it 3 seconds sooner", "trim the end 2 s". */
import { type Reading, LIKELY, ask, steps } from '../scene.ts';
import type { Span } from '../text/span.ts';
import { keeping, removing } from '../time-edits.ts';
import { type TimeRange, END, START } from '../time-range.ts';

const edgeOf = (isStart: boolean, seconds: number): TimeRange =>
  isStart
    ? { from: START, to: { fraction: 0, seconds } }
    : { from: { fraction: 1, seconds: -seconds }, to: END };

const WHAT = '(?:it|this|that|(?:the |my |our |this )?(?:video|clip|movie))';
// "trim end 2s" is no "trim it so that it ends at 2 s".
const SO = `^ (?:(?:trim|cut|edit|shorten|crop) (?=so |such |to |it |this |that |the |my |our )(?:${WHAT} )?)?(?:so |so that |such that |that |to )?`;
const BOUND_AT =
  '(?:at|after|from|with|on|in)? ?(?:the )?(⟨[\\d.]+⟩|\\d+(?:\\.\\d+)?(?![\\w%.]))(?! (?:later|earlier|sooner))';
const edgeAt = (verbs: string): RegExp =>
  new RegExp(
    `${SO}(?:make |have |let )?(?:${WHAT} )?(?:(?:should|must|has to|needs to|is to|to) )?(?:${verbs})(?: (?:${WHAT}|playing))? ${BOUND_AT}`,
  );
const START_AT = edgeAt('starts?|begins?');
const END_AT = edgeAt('ends?|stops?|finish(?:es)?|cut off');
/** "start it 5 seconds later", "end it 3 seconds sooner"; the other ways would need what is not there. */
const SHIFT = new RegExp(
  `^ (?:make |have |let )?(?:${WHAT} )?(?:should )?(starts?|begins?|ends?|stops?|finish(?:es)?)(?: ${WHAT})? ⟨([\\d.]+)⟩ (later|earlier|sooner)\\b`,
);

/** Reads a start or an end moved by a length. */
export function readShift(span: Span): Reading | undefined {
  const shift = span.take(SHIFT);
  if (shift === undefined) return undefined;
  const seconds = Number(shift[2]);
  const isStart = /^(?:start|begin)/.test(shift[1] ?? '');
  if (isStart !== (shift[3] === 'later'))
    return ask('There is no more picture there. Which part should I cut?');
  return steps(removing([edgeOf(isStart, seconds)]));
}

/** Reads "start at 5", "so that it ends at 20". */
export function readEdges(span: Span): Reading | undefined {
  const start = span.take(START_AT)?.[1];
  span.take(/^ (?:and|,) /);
  const end = span.take(END_AT)?.[1];
  if (start === undefined && end === undefined) return undefined;
  const moment = (text: string): TimeRange['from'] => ({
    fraction: 0,
    seconds: Number(text.replace(/[⟨⟩]/g, '')),
  });
  return steps(
    keeping([
      { from: start === undefined ? START : moment(start), to: end === undefined ? END : moment(end) },
    ]),
  );
}

/** Reads the rest of "trim the end 2 s", whose verb is taken already. */
export function readEdgeLength(span: Span): Reading | undefined {
  const edge = span.take(
    /^ (?:and |then )?(?:the )?(start|beginning|intro|end|ending|outro) (?:by |of )?⟨([\d.]+)⟩/,
  );
  if (edge === undefined) return undefined;
  return steps(removing([edgeOf(/^(?:start|beg|intro)/.test(edge[1] ?? ''), Number(edge[2]))]), LIKELY);
}
