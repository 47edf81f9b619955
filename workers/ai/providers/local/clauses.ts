/**
 * Splits a message into requests. Where one ends and the next begins cannot be told from words alone ("black and white and
 * blurry", "cut the first 5 and the last 3 seconds"), so every stretch between two possible borders is tried against all
 * grammars, and the division that understands most with the fewest requests wins.
 *
 * A grammar understands a stretch only when nothing is left of it: an unknown word ("blur the faces") makes it not
 * understood, which keeps a half-understood request from becoming a wrong edit.
 */
import { INTENTS } from './intents/index.ts';
import type { Reading } from './scene.ts';
import type { Message } from './text/message.ts';
import { ASKED } from './text/mood.ts';
import { Span } from './text/span.ts';

export interface Line {
  /** As normalised; for messages use `shown`. */
  readonly source: string;
  /** The words the user would recognise. */
  readonly shown: string;
  /** The user's times refer to the result of the lines before ("then"). */
  readonly isAfter: boolean;
  readonly reading: Reading | undefined;
}

interface Atom {
  readonly text: string;
  /** What stands between this atom and the one before. */
  readonly joint: string;
  readonly isAfter: boolean;
}

/** Words that begin a request when no comma or "and" stands before them. */
const STARTERS =
  '(?:make|put|add|write|cut|trim|crop|rotate|turn|mute|unmute|fade|speed|slow|set|remove|delete|change|move|export|render|keep|resize|scale|apply|undo|redo|blur|sharpen|convert|boost|lower|raise|increase|decrease|reduce|give|drop|skip|take|brighten|darken|get rid|desaturate|insert|place|show|without (?:change|touch|alter)|\\d{3,4}p)';
const AFTER =
  '(?:and )?(?:then|after that|afterwards|after this|next|once that is done|when that is done|subsequently)';
const CONNECTOR = new RegExp(
  `(?:[,;!?\\n]|\\.(?!\\d))+(?: ?${AFTER}[ ,]| ?(?:and|also|plus|but|as well as|as well|oh and|oh)[ ,])*| (?:${AFTER}|and also|and|also|plus|(?<!\\b(?:all|everything|everyone|anything|nothing|none|it all) )but|as well as|as well|&|\\+)(?: (?:also|then|finally|please))*(?: |$)|$`,
  'g',
);
/** "how do I cut …" asks about a request and does not make it. */
const ASKING =
  /^(?:how|what|why|when|where|who|which|should|shall|is|are|was|does|did|do (?:i|you|we)|if|unless|whenever|while|because|since|in case|until|once)\b/;
const LONGEST = 8;
/** More pieces than anyone writes; planning takes time for each. */
const MOST_ATOMS = 80;

function atomsOf(text: string): Atom[] {
  const atoms: Atom[] = [];
  let joint = '';
  let isAfter = false;
  let at = 0;
  const push = (piece: string): void => {
    const pieces = ASKING.test(piece.trim()) ? [piece] : piece.split(SOFT_BORDER);
    const parts = pieces.filter((part) => part.trim() !== '');
    for (const [index, part] of parts.entries()) {
      atoms.push({ text: part.trim(), joint: index === 0 ? joint : ' ', isAfter: index === 0 && isAfter });
    }
  };
  for (const match of text.matchAll(CONNECTOR)) {
    const piece = text.slice(at, match.index);
    if (piece.trim() !== '') {
      push(piece);
      joint = '';
      isAfter = false;
    }
    joint += match[0];
    isAfter ||= new RegExp(`\\b(?:${AFTER})\\b`).test(match[0]);
    at = match.index + match[0].length;
  }
  return openedAfter(atoms);
}

/** "after that …" may open an atom without a connector before it. */
function openedAfter(atoms: readonly Atom[]): Atom[] {
  const opener = new RegExp(`^${AFTER}\\b,? `);
  return atoms.map((atom) =>
    opener.test(atom.text) ? { ...atom, text: atom.text.replace(opener, ''), isAfter: true } : atom,
  );
}

/** A line break may stand in the middle of a request; other signs become commas. */
function jointText({ text, joint }: Atom): string {
  if (/[.!?;]/.test(joint)) return ' , ';
  return joint.includes('\n') ? (/^[\d⟨]/.test(text) ? ' ' : ' , ') : joint;
}

const joinAtoms = (atoms: readonly Atom[]): string =>
  atoms
    .map((atom, index) => `${index === 0 ? '' : jointText(atom)}${atom.text}`)
    .join('')
    .replace(/ ?, ?/g, ' , ');

/** The first grammar that understands all of the text. */
export function readSpan(text: string, message: Message, isWhole: boolean): Reading | undefined {
  let question: Reading | undefined;
  for (const intent of INTENTS) {
    const span = new Span(text, isWhole);
    const reading = intent.read(span, message);
    if (reading === undefined || span.leftover().length > 0) continue;
    if (reading.kind === 'steps') return reading;
    question ??= reading;
  }
  return question;
}

const COST = { steps: 1, ask: 4, unknown: 20, innerVerb: 2 } as const;
/** Between words, before a verb that is not used as a noun ("undo the mute", "twice as slow"). */
const SOFT_BORDER = new RegExp(
  `(?<!\\b(?:the|a|an|as|of|my|this|that|last|first|again|to|not|or|every|some|any|no)) (?=${STARTERS}\\b)`,
);
const STARTS = new RegExp(`^${STARTERS}\\b`);

interface Division {
  readonly cost: number;
  readonly lines: readonly Line[];
}

/**
 * A fragment that goes on with the verb before it: "cut the first 10 seconds and then the first 5", "remove the fade and the
 * text".
 */
function readElliptic(source: string, previous: Line | undefined, message: Message): Reading | undefined {
  const verb = /^(?:cut|remove|delete|trim|mute|drop|skip|undo|take out|get rid of)\b/.exec(
    previous?.source ?? '',
  )?.[0];
  const isFragment = /^(?:the )?(?:first|last)\b|^(?:the|that|my|our) [a-z_]+(?: [a-z_]+)?$/.test(source);
  return verb !== undefined && isFragment ? readSpan(`${verb} ${source}`, message, false) : undefined;
}

interface Task {
  readonly message: Message;
  /** Atoms of the whole message. */
  readonly total: number;
}

/** Marks back to the user's own words. */
function shownText(text: string, { quotes }: Message): string {
  return text
    .replace(/«(\d+)»/g, (_, index: string) => `“${quotes[Number(index)] ?? ''}”`)
    .replace(/⟨([\d.]+)⟩/g, '$1 s')
    .replace(/black_white/g, 'black and white')
    .replaceAll(ASKED, '')
    .replace(/ratio(\d+:\d+)/g, '$1')
    .replace(/\s+/g, ' ')
    .replace(/ ,/g, ',')
    .trim();
}

/** All requests of the message in order; a line without a reading was not understood. */
export function readLines(message: Message): readonly Line[] {
  const all = atomsOf(message.text);
  const atoms = all.slice(0, MOST_ATOMS);
  const best: (Division | undefined)[] = [{ cost: 0, lines: [] }];
  const task: Task = { message, total: all.length };
  for (let end = 1; end <= atoms.length; end += 1) best.push(bestDivision(atoms.slice(0, end), best, task));
  const lines = [...(best.at(-1)?.lines ?? [])];
  // What is beyond the limit counts as not understood: it must not be dropped silently.
  const rest = joinAtoms(all.slice(MOST_ATOMS));
  if (rest !== '')
    lines.push({ source: rest, shown: shownText(rest, message), isAfter: false, reading: undefined });
  return joinUnknown(lines);
}

/** The cheapest way to read all of the atoms, given the cheapest ways to read fewer of them. */
function bestDivision(
  atoms: readonly Atom[],
  best: readonly (Division | undefined)[],
  task: Task,
): Division | undefined {
  const end = atoms.length;
  let winner: Division | undefined;
  for (let start = end - 1; start >= Math.max(0, end - LONGEST); start -= 1) {
    const before = best[start];
    if (before === undefined || atoms.slice(start + 1).some(({ isAfter }) => isAfter)) continue;
    const line = readStretch(atoms.slice(start), before.lines.at(-1), task);
    if (line.reading === undefined && end - start > 1) continue;
    const cost = before.cost + costOf(line, atoms.slice(start + 1));
    if (winner === undefined || cost < winner.cost) winner = { cost, lines: [...before.lines, line] };
  }
  return winner;
}

/** A stretch that holds more than one verb is one request only when it cannot be read as several. */
function costOf({ reading }: Line, inner: readonly Atom[]): number {
  const verbs = inner.filter(({ text }) => STARTS.test(text)).length;
  return (reading === undefined ? COST.unknown : COST[reading.kind]) + verbs * COST.innerVerb;
}

function readStretch(stretch: readonly Atom[], previous: Line | undefined, { message, total }: Task): Line {
  const source = joinAtoms(stretch);
  const reading =
    readSpan(source, message, stretch.length === total) ?? readElliptic(source, previous, message);
  return { source, shown: shownText(source, message), isAfter: stretch[0]?.isAfter ?? false, reading };
}

/** Neighbours that were not understood are one piece to ask about; pieces without a word say nothing. */
function joinUnknown(lines: readonly Line[]): Line[] {
  const result: Line[] = [];
  for (const line of lines) {
    const last = result.at(-1);
    if (line.reading === undefined && new Span(line.source, false).leftover().length === 0) continue;
    if (line.reading === undefined && last !== undefined && last.reading === undefined) {
      result[result.length - 1] = {
        ...last,
        source: `${last.source} ${line.source}`,
        shown: `${last.shown} ${line.shown}`,
      };
    } else result.push(line);
  }
  return result;
}
