/**
 * Corrections of the last request: "actually 5 seconds", "I meant the last ten", "make it sepia instead". The last request is
 * read again with its one value of that kind exchanged, on the edits as they were before it.
 */
import type { Operation } from '../../../../src/contracts/edit-plan.ts';
import { type Line, readLines, readSpan } from './clauses.ts';
import { type Scene, type Step, ask, lastOf, removeOperations, replace, steps } from './scene.ts';
import { changeText } from './text-edits.ts';
import { takeLook } from './text-look.ts';
import { type Message, readMessage } from './text/message.ts';
import { Span } from './text/span.ts';
import { takeRanges } from './time-range.ts';

const MARKER =
  /^(?:(?:no|nope|wait|oh|oops|sorry|hmm|ah)[ ,.!]*)*(?:(?:actually|i meant?|make (?:it|that)|rather|better|instead|correction|not (?:that|quite),?|let us (?:say|make it)|how about|what about|change (?:it|that) to|use)\b[ ,:]*)+(?:make (?:it|that) |to |only |just )*/;
const TAIL = /[ ,]*\b(?:instead|rather|actually|then)\b[ .!]*$/;
const NO = /^(?:(?:no|nope|wait|oops|sorry|hmm|ah|oh)[ ,.!]+)+/;

/** The words of a correction without its marker; undefined when the message is none. */
function correctedValue(text: string): string | undefined {
  const hasMarker = MARKER.test(text);
  const hasTail = TAIL.test(text);
  if (!hasMarker && !hasTail && !NO.test(text)) return undefined;
  return text
    .replace(MARKER, '')
    .replace(TAIL, '')
    .replace(NO, '')
    .replace(/[.!]+$/, '')
    .trim();
}

const QUANTITIES: readonly RegExp[] = [
  /⟨[\d.]+⟩/g,
  /[+-]?\d+(?:\.\d+)?%/g,
  /-?\d+(?:\.\d+)?deg\b/g,
  /[+-]?\d+(?:\.\d+)?db\b/g,
  /\d+(?:\.\d+)?x(?!\d)/g,
  /\d+kelvin\b/g,
  /\d+x\d+\b/g,
  /\b\d{3,4}p\b/g,
  /ratio\d+:\d+/g,
  /\d+px\b/g,
];
const FAMILIES: readonly (readonly string[])[] = [
  ['trim', 'cut'],
  ['filter'],
  ['rotate'],
  ['crop'],
  ['scale'],
  ['speed'],
  ['fade'],
  ['mute'],
  ['volume'],
  ['color'],
];

/** The last request with its one quantity of the corrected kind exchanged. */
function exchanged(previous: string, value: string): string | undefined {
  for (const pattern of QUANTITIES) {
    const single = new RegExp(`^(?:for |by |to |at )?(${pattern.source})(?: long)?$`).exec(value)?.[1];
    if (single === undefined) continue;
    return [...previous.matchAll(pattern)].length === 1 ? previous.replace(pattern, single) : undefined;
  }
  const bare = /^(\d+(?:\.\d+)?)$/.exec(value)?.[1];
  if (bare === undefined) return undefined;
  const numbers = [...previous.matchAll(/(?<!«)\d+(?:\.\d+)?(?!»)/g)];
  return numbers.length === 1 ? previous.replace(/(?<!«)\d+(?:\.\d+)?(?!»)/, bare) : undefined;
}

/** A bare number, with or without its unit. */
const isQuantity = (value: string): boolean =>
  /^\d+(?:\.\d+)?$/.test(value) ||
  QUANTITIES.some((pattern) => new RegExp(`^(?:${pattern.source})$`).test(value));

/** The edits as they were before the last request; undefined when they changed since. */
function beforeRecent(scene: Scene): Scene | undefined {
  if (scene.recent.length === 0 || !scene.recent.every((operation) => scene.operations.includes(operation)))
    return undefined;
  const turns = scene.context.history
    .filter(({ role, outcome }) => role === 'assistant' && outcome === 'edit')
    .slice(0, -1);
  const older = turns.flatMap(({ operations }) => operations ?? []);
  return scene.recent.reduce((current, operation) => {
    const folded =
      operation.op === 'color' || operation.op === 'volume'
        ? older.findLast(({ op }) => op === operation.op)
        : undefined;
    return folded === undefined
      ? removeOperations(current, [operation])
      : replace(current, operation, folded);
  }, scene);
}

const line = (message: Message, list: readonly Step[]): Line => ({
  source: message.text,
  shown: message.raw,
  isAfter: false,
  reading: steps(list, 0.85),
});

/** Wraps steps so that they start from the edits before the last request. */
const anew = (list: readonly Step[]): Step[] => [
  (scene) => {
    const before = beforeRecent(scene);
    const [first, ...rest] = list;
    if (before === undefined || first === undefined)
      return { kind: 'note', phrase: 'I can not tell what that corrects: the edits changed since.' };
    let result = first(before);
    const phrases: string[] = [];
    for (const step of rest) {
      if (result.kind !== 'done') return result;
      phrases.push(result.phrase);
      result = step(result.scene);
    }
    if (result.kind !== 'done') return result;
    phrases.push(result.phrase);
    return { ...result, phrase: `changed that and ${phrases.join(' and ')}` };
  },
];

/** Reads the message as a correction of the last edit; undefined when it is not one. */
export function readCorrection(message: Message, scene: Scene): readonly Line[] | undefined {
  if (scene.recent.length === 0 || scene.recentRequest === undefined) return undefined;
  const value = correctedValue(message.text);
  if (value === undefined || value === '') return undefined;
  const previous = readMessage(scene.recentRequest);
  const again = exchanged(previous.text, value);
  if (again === undefined && isQuantity(value)) {
    const reading = ask('Which value should that replace? Please say the whole request once more.');
    return [{ source: message.text, shown: message.raw, isAfter: false, reading }];
  }
  if (again !== undefined) {
    const lines = readLines({ ...previous, text: again });
    const list = lines.flatMap(({ reading }) => (reading?.kind === 'steps' ? reading.steps : []));
    return lines.every(({ reading }) => reading?.kind === 'steps') ? [line(message, anew(list))] : undefined;
  }
  return (
    correctedRange(message, scene, { previous: previous.text, value }) ??
    correctedText(message, scene, value) ??
    correctedRequest(message, scene, value)
  );
}

function correctedRange(
  message: Message,
  scene: Scene,
  { previous, value }: { previous: string; value: string },
): readonly Line[] | undefined {
  const span = new Span(value, true);
  if (takeRanges(span).length === 0 || span.leftover().length > 0) return undefined;
  const kinds = new Set(scene.recent.map(({ op }) => op));
  const isTime = [...kinds].every((op) => op === 'trim' || op === 'cut');
  const verb = isTime
    ? /\b(?:keep|only|trim to|leave)\b/.test(previous)
      ? 'keep'
      : 'cut'
    : kinds.size === 1 && kinds.has('mute')
      ? 'mute'
      : undefined;
  if (verb === undefined) return undefined;
  const reading = readSpan(`${verb} ${value}`, message, true);
  return reading?.kind === 'steps' ? [line(message, anew(reading.steps))] : undefined;
}

/** "actually at the top", "in red instead". */
function correctedText(message: Message, scene: Scene, value: string): readonly Line[] | undefined {
  if (!scene.recent.some(({ op }) => op === 'text') || lastOf(scene, 'text') === undefined) return undefined;
  const quoted = /^(?:say |write |put |to |the text )*«(\d+)»$/.exec(value)?.[1];
  const content = quoted === undefined ? undefined : message.quotes[Number(quoted)];
  if (content !== undefined) return [line(message, [changeText(undefined, { content })])];
  const span = new Span(value, true);
  span.take(/\b(?:put|move|make|it|place)\b/);
  const look = takeLook(span);
  return Object.keys(look).length === 0 || span.leftover().length > 0
    ? undefined
    : [line(message, [changeText(undefined, look)])];
}

/** "actually make it sepia" replaces the black and white of the last request. */
function correctedRequest(message: Message, scene: Scene, value: string): readonly Line[] | undefined {
  const lines = readLines({ ...message, text: value });
  const only = lines[0];
  if (lines.length !== 1 || only?.reading?.kind !== 'steps') return undefined;
  const list = only.reading.steps;
  const result = list[0]?.(scene);
  if (result?.kind !== 'done') return undefined;
  const fresh = result.scene.operations.filter(
    (operation: Operation) => !scene.operations.includes(operation),
  );
  const isSameFamily = FAMILIES.some(
    (family) =>
      fresh.some(({ op }) => family.includes(op)) && scene.recent.every(({ op }) => family.includes(op)),
  );
  const isRelative = fresh.some(({ op }) => op === 'color' || op === 'volume');
  return [line(message, isSameFamily && !isRelative ? anew(list) : list)];
}
