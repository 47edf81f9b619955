/** Shortening in time: "cut the first ten seconds", "keep only 5 to 8", "trim it to 10 s", "start at 0:05". */
import { formatTime } from '../../../../../src/editing/timeline.ts';
import { type Intent, type Reading, type Step, EXACT, LIKELY, ask, onResult, steps } from '../scene.ts';
import { readMessage } from '../text/message.ts';
import { Span } from '../text/span.ts';
import { REMOVE, fillRanges, fitting, keeping, removing } from '../time-edits.ts';
import { type TimeRange, END, START, takeRanges, takeSeconds } from '../time-range.ts';
import { lengthText } from '../wording.ts';
import { readEdgeLength, readEdges, readShift } from './edges.ts';

const KEEP =
  /\b(?:keep|leave(?! (?:out|off|away)\b)|use|retain|preserve|show only|show just)\b(?: (?:me|in))?(?: (?:only|just))?|\b(?:only|just) (?:keep|use|leave|show|want|need)\b|\b(?:should|must) (?:only be|be only|just be)\b/;
const EXCEPT =
  /\b(?:cut|remove|delete|drop|trim|get rid of|lose|throw away)(?: out| off| away)? (?:everything|all|the rest|it all|anything)(?: (?:else|out|away))? (?:except|but|apart from|besides|other than|outside|outside of)(?: for)?\b/;
const TRIM_TO =
  /\b(?:trim|cut|shorten|reduce|clip|limit|chop|bring|crop)(?: (?:it|this|that|(?:the|my) (?:video|clip)))?(?: down)? to (?:be |just |only |about )?(?=(?:the )?(?:⟨|first|last|middle|\d))/;
const EDGE_WORD = /\b(intro|opening|beginning|start|outro|ending|end|credits)\b/;
/** An ask whose answer is read as a request of its own, with words put before it when it is only a fragment. */
const asking = (question: string, ...verbs: readonly string[]): Reading =>
  ask(question, {
    fill: (answer) => {
      const direct = readTime(new Span(answer.text, true));
      if (direct?.kind === 'steps') return direct;
      for (const verb of verbs) {
        const span = new Span(`${verb} ${answer.text}`, true);
        const completed = readTime(span);
        if (completed?.kind === 'steps' && span.leftover().length === 0) return completed;
      }
      return undefined;
    },
  });

/** "the start" or "the end" as the answer to where a length should go. */
const askSide = (length: number): Reading =>
  ask(`Should I cut ${lengthText(length)} from the start or from the end?`, {
    fill: ({ text }) => {
      const span = new Span(text.replace(REMOVE, ' '), true);
      const isStart =
        span.take(/\b(?:from |at |off )?(?:the )?(?:start|beginning|front|first|intro)\b/) !== undefined;
      const isEnd = span.take(/\b(?:from |at |off )?(?:the )?(?:end|ending|back|last|outro)\b/) !== undefined;
      span.take(/⟨[\d.]+⟩|\bfrom\b/);
      if (span.leftover().length > 0 || isStart === isEnd) return fillRanges(readMessage(text), removing);
      const side = isStart
        ? { from: START, to: { fraction: 0, seconds: length } }
        : { from: { fraction: 1, seconds: -length }, to: END };
      return steps(removing([side]));
    },
  });

/** Words that only point at the range next to them: "the part", "the intro, like the first 4 s". */
function takePartWords(span: Span): void {
  span.takeAll(
    /\b(?:part|parts|bit|bits|section|sections|piece|portion|stuff|segment|footage|rest|remainder|tail|intro|outro|opening|ending)\b/,
  );
}

function readKeep(span: Span): Reading | undefined {
  if (span.take(EXCEPT) !== undefined) return rangesOr(span, keeping, 'Which part should stay?');
  const trimTo = TRIM_TO.exec(span.text);
  if (trimTo !== null) {
    span.take(TRIM_TO);
    const ranges = takeRanges(span);
    if (ranges.length > 0) return steps(keeping(ranges));
    const length = takeSeconds(span, true);
    if (length === undefined) return undefined;
    // "to 12 seconds" is how long the result should be, whatever was cut before.
    return steps(onResult(keeping([{ from: START, to: { fraction: 0, seconds: length } }])), LIKELY);
  }
  if (/\b(?:again|twice|2x|repeat)\b/.test(span.text)) return undefined;
  const keep = span.take(KEEP);
  if (keep !== undefined) {
    const ranges = takeRanges(span);
    span.take(/\bonly\b/);
    takePartWords(span);
    if (ranges.length > 0) return steps(keeping(ranges));
    return undefined;
  }
  return span.isWhole ? readOnly(span) : undefined;
}

/** "only the first 5 seconds", "the first 5 seconds only". */
function readOnly(span: Span): Reading | undefined {
  if (span.take(/ (?:only|alone) [.!]*$/) !== undefined) {
    const isClear = span.take(/^ give me\b/) !== undefined || /\b(?:first|last)\b/.test(span.text);
    if (!isClear) return undefined;
  } else if (span.take(/^ (?:only|just) /) === undefined) return undefined;
  const ranges = takeRanges(span);
  return ranges.length > 0 ? steps(keeping(ranges), LIKELY) : undefined;
}

function rangesOr(span: Span, use: (ranges: readonly TimeRange[]) => Step, question: string): Reading {
  const ranges = takeRanges(span);
  return ranges.length > 0
    ? steps(use(ranges))
    : ask(question, { fill: (answer) => fillRanges(answer, use) });
}

/** "trim from 5 to 8" keeps that part, as an editor's trim handles do; "trim the first 5 s" takes it off. */
function trimKeeps(source: string): boolean {
  const isStretch =
    /(?:⟨[\d.]+⟩|\d%?|start|beginning|middle|halfway) ?(?:to|until|till|through|-) ?(?:the )?(?:⟨|\d|end|middle|halfway)/;
  return /\btrim\b(?! (?:out|off|away))/.test(source) && isStretch.test(source);
}

/** "take the first 10 seconds out". */
function takeParted(span: Span): string | undefined {
  const verb = /\b(?:take|throw|edit|leave) (?=.*⟩.* (?:out|off|away)\b)/.test(span.text)
    ? span.take(/\b(?:take|throw|edit|leave)\b/)
    : undefined;
  return verb === undefined ? undefined : span.take(/\b(?:out|off|away)\b/)?.[0];
}

/** "cut 0.05 to 0.08" may be seconds or a clock written with a dot. */
function readDottedClock(span: Span, verb: string): Reading | undefined {
  const dotted = span.take(
    /\b(?:from )?(\d{1,2})\.([0-5]\d) ?(?:to|-|until|till) ?(\d{1,2})\.([0-5]\d)(?![\w%.⟩:])/,
  );
  if (dotted === undefined) return undefined;
  const [, m1, s1, m2, s2] = dotted;
  return asking(
    `Do you mean ${m1}:${s1} to ${m2}:${s2} (minutes and seconds), or fractions of a second?`,
    verb,
  );
}

/** What "it" is, a text just added or the part just named, is not said; only a video can be trimmed or cut. */
const OF_SOMETHING =
  /\b(?:remove|delete|drop|erase|lose|kill|ditch|discard|hide) (?:it|that|this|them|these)(?= (?:⟨|at|after|before|from|until|for|when|between|to|in|,|and|during)|\s*$)/;
const HALF_OPEN =
  /\btrim (?:it |this |the (?:video|clip) )?(?:from|until|till|til|up to|up until) (?:the )?⟨?[\d.]+⟩?(?: mark)?[ .!]*$/;

/** "trim until 20": an editor's handle would keep that part, a pair of scissors would not. */
function askHalfOpen(source: string): Reading | undefined {
  if (HALF_OPEN.test(source)) return asking('Should I keep that part, or cut it off?', 'cut');
  return /\btrim\b.*\bfrom\b.*\b(?:on|onwards?)\b/.test(source)
    ? asking('Should I keep the part from there on, or cut it off?', 'cut')
    : undefined;
}

function readRemove(span: Span): Reading | undefined {
  const verb = span.take(REMOVE)?.[0].trim() ?? takeParted(span);
  if (verb === undefined) return undefined;
  const { source } = span;
  if (OF_SOMETHING.test(source)) return undefined;
  // "so that it starts at 5" says what stays, not what goes.
  if (/\b(?:starts?|begins?|ends?|stops?) at\b/.test(source)) return undefined;
  const special = readEdgeLength(span) ?? readDottedClock(span, verb);
  if (special !== undefined) return special;
  const ranges = takeRanges(span);
  if (/\b(?:volume|sound|audio|speed|size|resolution|brightness|contrast|saturation)\b/.test(source))
    return undefined;
  const isPicture = /^(?:crop|clip)/.test(verb);
  if (isPicture && !source.includes('⟨')) return undefined;
  if (ranges.length === 0) return readUnplaced(span, verb);
  takePartWords(span);
  span.take(/ (?:off|out|away) (?=[.! ]*$)/);
  const half = askHalfOpen(source);
  if (half !== undefined) return half;
  const confidence = /⟨|%|half|third|quarter/.test(source) ? EXACT : LIKELY;
  return steps(trimKeeps(source) ? keeping(ranges) : removing(ranges), confidence);
}

/** Something is to be cut, but from where to where is not said. */
function readUnplaced(span: Span, verb: string): Reading | undefined {
  const point = span.take(/\bat (?:the )?(⟨[\d.]+⟩|\d+(?:\.\d+)?(?![\w%.]))/)?.[1];
  if (point !== undefined) {
    const at = Number(point.replace(/[⟨⟩]/g, ''));
    const question = `Should I cut off what comes before ${formatTime(at)}, or what comes after it?`;
    return asking(question, `cut ⟨${at}⟩`);
  }
  const edge = EDGE_WORD.exec(span.text)?.[1];
  const length = takeSeconds(span);
  if (length !== undefined) {
    span.take(/\b(?:by|from|of|down|shorter)\b/);
    return askSide(length);
  }
  if (edge === undefined) return readVague(span, verb);
  span.take(EDGE_WORD);
  const isStart = /intro|opening|beginning|start/.test(edge);
  const question = `How many seconds should I cut from the ${isStart ? 'start' : 'end'}?`;
  return asking(question, isStart ? 'cut the first' : 'cut the last');
}

const VAGUE =
  /\b(?:[a-z]+ly |most )?(?:the |that |this |those |all )*(?:[a-z]+ ){0,2}(?:part|parts|bit|bits|section|sections|scene|scenes|stuff|pieces?|pauses?|silences?|moments?|middle|beginning|half|seconds?|minutes?|mistakes?|outtakes?|bloopers?)\b(?: (?:where|when|with|in which|of)\b.*)?/;

function readVague(span: Span, verb: string): Reading | undefined {
  if (span.take(VAGUE) !== undefined && !/^(?:crop)/.test(verb)) {
    return asking('Which part should I cut, from when to when?', 'cut');
  }
  if (/^(?:trim|cut|clip|chop|snip)/.test(verb)) {
    span.take(/\b(?:down|short|shorter)\b/);
    return asking('What should I cut: which part, or down to which length?', 'cut', 'trim to');
  }
  return undefined;
}

/** "the last 10 seconds gone", "first 5 s removed". */
function readGone(span: Span): Reading | undefined {
  if (
    span.take(
      /\b(?:(?:should|must|needs? to|has to|have to|can) (?:be|go)|(?:is|are) to be)? ?(?:gone|removed|deleted|cut (?:out|off|away)|trimmed(?: off)?|taken out)\b|\b(?:should|must|can|may|needs? to|has to|have to) (?:go|disappear)\b|(?<=^ (?:the )?(?:first|last) \S+ )(?:off|away) (?=$)/,
    ) === undefined
  )
    return undefined;
  const ranges = takeRanges(span);
  takePartWords(span);
  return ranges.length > 0 ? steps(removing(ranges)) : undefined;
}

function readShorter(span: Span): Reading | undefined {
  const to =
    span.take(
      /\b(?:make|get|i want|have) (?:it|this|that|the (?:video|clip))(?: to be| be)?(?: only| just)? ⟨([\d.]+)⟩(?: (?:long|in length|total|in total))?/,
    ) ?? span.take(/\b(?:should|must) (?:be|last)(?: only| just)? ⟨([\d.]+)⟩(?: long)?/);
  if (to !== undefined) {
    const length = Number(to[1]);
    return ask(
      `Should I keep only the first ${lengthText(length)}, or change the speed so that all of it lasts ${lengthText(length)}?`,
      {
        fill: ({ text }) =>
          /\b(?:first|keep|cut|trim|1st)\b/.test(text)
            ? steps(keeping([{ from: START, to: { fraction: 0, seconds: length } }]))
            : /\bspeed|fast|all of it\b/.test(text)
              ? steps(fitting(length))
              : undefined,
      },
    );
  }
  if (span.take(/\b(?:shorten|shorter)\b/) === undefined) return undefined;
  const by = takeSeconds(span);
  if (by !== undefined) return askSide(by);
  return asking('Which part should I cut, or down to which length?', 'cut');
}

function readTime(span: Span): Reading | undefined {
  if (/\b(?:do not|never)\b/.test(span.text)) return undefined;
  return (
    readShift(span) ??
    readEdges(span) ??
    readGone(span) ??
    readKeep(span) ??
    readShorter(span) ??
    readRemove(span)
  );
}

export const time: Intent = { name: 'time', read: readTime };
