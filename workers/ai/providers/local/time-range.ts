/**
 * Time expressions: "first ten seconds", "last third", "the second half", "from 5 to 8", "until 0:20", "the middle 10 seconds".
 * They are read without knowing the video; `rangeOn` puts them on a timeline.
 */
import type { Span } from './text/span.ts';

/** A moment as a share of the timeline's length plus seconds: 5 s is (0, 5), the end (1, 0), halfway (0.5, 0). */
export interface Moment {
  readonly fraction: number;
  readonly seconds: number;
}

export interface TimeRange {
  readonly from: Moment;
  readonly to: Moment;
}

export const START: Moment = { fraction: 0, seconds: 0 };
export const END: Moment = { fraction: 1, seconds: 0 };

const NUMBER = '\\d+(?:\\.\\d+)?(?![\\w%.:])';
const TIME = '⟨[\\d.]+⟩';
const PERCENT = '\\d+(?:\\.\\d+)?%';
const BOUND = `(?:the )?(${TIME}|${PERCENT}|${NUMBER}|(?:very )?(?:start|beginning|end)|middle|half ?way)(?: (?:mark|point|in))?`;
const SHARE = 'half|third|quarter|(?:2|3) (?:thirds?|quarters?)|2\\/3|1\\/3|3\\/4|1\\/4|1\\/2';
const LENGTH = `(${TIME}|${PERCENT}|${SHARE}|${NUMBER})`;

const at = (seconds: number): Moment => ({ fraction: 0, seconds });
const share = (fraction: number): Moment => ({ fraction, seconds: 0 });

/** A bound or a length: `⟨5⟩`, `5`, `20%`, "half", "the end". */
function momentOf(text: string): Moment {
  if (/start|beginning/.test(text)) return START;
  if (text.endsWith('end')) return END;
  if (/middle|half/.test(text) || text === '1/2') return share(0.5);
  if (text.endsWith('%')) return share(Number.parseFloat(text) / 100);
  if (/^(?:2 thirds?|2\/3)$/.test(text)) return share(2 / 3);
  if (/^(?:3 quarters?|3\/4)$/.test(text)) return share(3 / 4);
  if (/third|1\/3/.test(text)) return share(1 / 3);
  if (/quarter|1\/4/.test(text)) return share(1 / 4);
  return at(Number(text.replace(/[⟨⟩]/g, '')));
}

const add = (a: Moment, b: Moment): Moment => ({
  fraction: a.fraction + b.fraction,
  seconds: a.seconds + b.seconds,
});
const scaled = (a: Moment, by: number): Moment => ({ fraction: a.fraction * by, seconds: a.seconds * by });
const before = (moment: Moment, length: Moment): Moment => add(moment, scaled(length, -1));

type Rule = readonly [RegExp, (groups: readonly string[]) => TimeRange];
const rule = (source: string, build: (groups: readonly string[]) => TimeRange): Rule => [
  new RegExp(source),
  build,
];
const g = (groups: readonly string[], index: number): string => groups[index] ?? '';

const PARTS: Readonly<Record<string, number>> = { half: 2, third: 3, quarter: 4 };
const ORDINALS: Readonly<Record<string, number>> = { first: 0, second: 1, third: 2, fourth: 3 };
const WHOLE = '(?: (?:of|in|from) (?:the |my |this |our )?(?:video|clip|movie|footage|film|whole thing|it))?';
const OFF = '(?:at|off|from|of|off of|in) (?:the )?(?:very )?';

const RULES: readonly Rule[] = [
  rule(`\\b(second|third|fourth) (half|third|quarter)\\b`, (m) => {
    const parts = PARTS[g(m, 2)] ?? 2;
    const index = ORDINALS[g(m, 1)] ?? 1;
    return { from: share(index / parts), to: share(Math.min(1, (index + 1) / parts)) };
  }),
  rule(`\\b(?:middle|central) ${LENGTH}`, (m) => {
    const half = scaled(momentOf(g(m, 1)), 0.5);
    return { from: before(share(0.5), half), to: add(share(0.5), half) };
  }),
  rule(
    `\\b(?:(?:for|during|in|within|over|throughout) )?(?:(?:the|it is|its) )?(?:first|opening|initial|beginning|starting|intro|leading) ${LENGTH}`,
    (m) => ({ from: START, to: momentOf(g(m, 1)) }),
  ),
  rule(
    `\\b(?:(?:for|during|in|within|over|throughout) )?(?:the )?(?:last|final|ending|closing|outro|trailing) ${LENGTH}`,
    (m) => ({
      from: before(END, momentOf(g(m, 1))),
      to: END,
    }),
  ),
  rule(`${LENGTH} ${OFF}(?:end|back|tail|outro)\\b`, (m) => ({
    from: before(END, momentOf(g(m, 1))),
    to: END,
  })),
  rule(`${LENGTH} ${OFF}(?:start|beginning|front|head|intro)\\b`, (m) => ({
    from: START,
    to: momentOf(g(m, 1)),
  })),
  rule(`${LENGTH} (?:intro|opening)\\b`, (m) => ({ from: START, to: momentOf(g(m, 1)) })),
  rule(`${LENGTH} (?:outro|ending)\\b`, (m) => ({ from: before(END, momentOf(g(m, 1))), to: END })),
  rule(`(${TIME}) (?:right |just |immediately |directly )?(?:after|following|starting at) ${BOUND}`, (m) => ({
    from: momentOf(g(m, 2)),
    to: add(momentOf(g(m, 2)), momentOf(g(m, 1))),
  })),
  rule(`(${TIME}) (?:right |just |immediately |directly )?(?:before|up to|leading up to) ${BOUND}`, (m) => ({
    from: before(momentOf(g(m, 2)), momentOf(g(m, 1))),
    to: momentOf(g(m, 2)),
  })),
  rule(`\\bfor ${LENGTH},? (?:starting |beginning )?(?:at|from) ${BOUND}`, (m) => ({
    from: momentOf(g(m, 2)),
    to: add(momentOf(g(m, 2)), momentOf(g(m, 1))),
  })),
  rule(`\\b(?:at|from|starting at|starting from|after|starting) ${BOUND},? for ${LENGTH}`, (m) => ({
    from: momentOf(g(m, 1)),
    to: add(momentOf(g(m, 1)), momentOf(g(m, 2))),
  })),
  rule(
    `(?:\\b(?:from|since) |\\bstarting (?:at|from) |\\bstart(?:ing)? at )?${BOUND} ?(?:to|until|till|til|through|thru|up to|-|and (?:end|stop|ending|disappear)(?:ing)? (?:at|by))+ ?${BOUND}`,
    (m) => ({ from: momentOf(g(m, 1)), to: momentOf(g(m, 2)) }),
  ),
  rule(
    `\\b(?:everything |anything |all |whatever )?(?:that is )?(?:from|after|past|beyond|since|starting (?:at|from)|beginning at|start(?:s|ing)? at) ${BOUND}(?: (?:on|onwards?|forwards?|out)\\b)?(?!\\w)`,
    (m) => ({ from: momentOf(g(m, 1)), to: END }),
  ),
  rule(`${BOUND} (?:and )?onwards?\\b`, (m) => ({ from: momentOf(g(m, 1)), to: END })),
  rule(
    `\\b(?:everything |anything |all |whatever )?(?:that is )?(?:until|till|til|up to|up until|before|through|ending at) ${BOUND}`,
    (m) => ({ from: START, to: momentOf(g(m, 1)) }),
  ),
];

const WITH_WHOLE = RULES.map(([pattern, build]) => [new RegExp(pattern.source + WHOLE), build] as const);
const LASTING = new RegExp(`\\b(?:lasting|lasts|for|during) (?:about |only )?${LENGTH}`);

/**
 * Takes all ranges out of the span; none when they stand side by side without "and" or a comma, since then one narrows the
 * other ("the first 5 seconds in the second half"). Unlike `takeRange` it never reads "for 5 seconds" as a range.
 */
export function takeRanges(span: Span): TimeRange[] {
  const joints = span.text.match(/\band\b|,|&|\+|\bplus\b|\balso\b/g)?.length ?? 0;
  const ranges: TimeRange[] = [];
  for (let found = takeOne(span); found !== undefined; found = takeOne(span)) ranges.push(found);
  return ranges.length - 1 > joints ? [] : ranges;
}

function takeOne(span: Span): TimeRange | undefined {
  for (const [pattern, build] of WITH_WHOLE) {
    const match = span.take(pattern);
    if (match !== undefined) return build([...match]);
  }
  return undefined;
}

/** Takes one range; "for 5 seconds" means from the start. */
export function takeRange(span: Span): TimeRange | undefined {
  const found = takeOne(span);
  if (found !== undefined) return found;
  const match = span.take(LASTING);
  return match === undefined ? undefined : { from: START, to: momentOf(match[1] ?? '') };
}

/** Takes a length in seconds: `⟨5⟩`, or a bare number when `bare` is set. */
export function takeSeconds(span: Span, bare = false): number | undefined {
  const match = span.take(/⟨([\d.]+)⟩/) ?? (bare ? span.take(/ (\d+(?:\.\d+)?)(?= )/) : undefined);
  return match === undefined ? undefined : Number(match[1]);
}

export interface SecondsRange {
  readonly from: number;
  readonly to: number;
}

/** The range on a timeline of that many seconds, unclamped, to the millisecond. */
export function rangeOn(range: TimeRange, durationSeconds: number): SecondsRange {
  const on = (moment: Moment): number =>
    Math.round((moment.fraction * durationSeconds + moment.seconds) * 1_000) / 1_000;
  return { from: on(range.from), to: on(range.to) };
}
