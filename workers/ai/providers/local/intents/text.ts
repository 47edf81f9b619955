/** Text on the picture: "put 'Acme' at the top left in red from 2s to 5s, bigger"; and changes to a text that is there. */
import type { Operation } from '../../../../../src/contracts/edit-plan.ts';
import { placeNow } from '../place-range.ts';
import {
  type Intent,
  type Reading,
  type Scene,
  type Step,
  type StepResult,
  EXACT,
  LIKELY,
  append,
  ask,
  lastOf,
  replace,
  steps,
} from '../scene.ts';
import type { Message } from '../text/message.ts';
import { Span } from '../text/span.ts';
import { type TimeRange, END, START, takeRange } from '../time-range.ts';

export type Size = { readonly ratio: number } | { readonly pixels: number } | { readonly factor: number };

/** What a request says about a text; what is left out stays as it is. */
export interface TextLook {
  readonly position?: string | { readonly x: number; readonly y: number };
  readonly color?: string;
  readonly size?: Size;
  readonly range?: TimeRange;
}

/** Line height as a part of the frame's height when nothing is said, as the text operation draws it. */
const DEFAULT_RATIO = 1 / 14;
const SIZE_WORDS: readonly (readonly [RegExp, Size])[] = [
  [/\b(?:much|way|a lot|far) (?:bigger|larger)\b/, { factor: 2 }],
  [/\b(?:a bit|a little|slightly|a touch|a tad|little) (?:bigger|larger)\b/, { factor: 1.2 }],
  [/\b(?:bigger|larger)(?: (?:font|size|text|letters))?\b/, { factor: 1.5 }],
  [/\b(?:much|way|a lot|far) smaller\b/, { factor: 0.5 }],
  [/\b(?:a bit|a little|slightly|a touch|a tad|little) smaller\b/, { factor: 0.8 }],
  [/\bsmaller(?: (?:font|size|text|letters))?\b/, { factor: 0.67 }],
  [/\b(?:twice|2x|double)(?: (?:as|the))? (?:big|large|size)\b/, { factor: 2 }],
  [/\bhalf (?:as big|as large|the size)\b/, { factor: 0.5 }],
  [
    /\b(?:in |with )?(?:very |really )(?:big|large)(?: (?:font|size|letters|text|type|print))?\b|\b(?:in |with )?(?:a )?(?:huge|giant|enormous|massive)(?: (?:font|size|letters|text|type))?\b/,
    { ratio: 1 / 6 },
  ],
  [
    /\b(?:in |with )?(?:a )?(?:big|large)(?: (?:bold )?(?:font|size|letters|type|print))?\b/,
    { ratio: 1 / 9 },
  ],
  [
    /\b(?:in |with )?(?:a )?(?:tiny|very small|really small)(?: (?:font|size|letters|type|print))?\b/,
    { ratio: 1 / 30 },
  ],
  [/\b(?:in |with )?(?:a )?small(?: (?:font|size|letters|type|print))?\b/, { ratio: 1 / 20 }],
];

const COLORS =
  'white|black|red|green|blue|yellow|orange|purple|pink|cyan|magenta|gray|brown|gold|silver|lime|navy|teal';
const MORE_COLORS: Readonly<Record<string, string>> = {
  violet: 'purple',
  turquoise: 'cyan',
  aqua: 'cyan',
  golden: 'gold',
  fuchsia: 'magenta',
  rose: 'pink',
};

function takeColor(span: Span): string | undefined {
  const hex =
    span.take(/\b(?:in |colou?r(?:ed)? )?(?:the )?(?:colou?r )?#([0-9a-f]{6}|[0-9a-f]{3})\b/) ??
    span.take(/ (?:in )?(?:colou?r )?#([0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-f])/);
  const digits = hex?.[1];
  if (digits !== undefined) return `#${digits.length === 3 ? digits.replace(/./g, '$&$&') : digits}`;
  const name = span.take(
    new RegExp(
      `\\b(?:in |colou?red |with |to |into )?(?:the )?(?:colou?r )?(?:a )?(?:bright |pure )?(${COLORS}|${Object.keys(MORE_COLORS).join('|')})(?: (?:colou?r|font|letters|text|type))?\\b`,
    ),
  )?.[1];
  return name === undefined ? undefined : (MORE_COLORS[name] ?? name);
}

const VERTICAL: Readonly<Record<string, string>> = {
  top: 'top',
  upper: 'top',
  bottom: 'bottom',
  lower: 'bottom',
};
const IN =
  '(?:(?:at|in|on|to|into|near|along|across|towards?|up|down|over|by)\\s+)*(?:the\\s+|its\\s+)?(?:very\\s+|dead\\s+|far\\s+)*';
const TAIL =
  '(?:[- ](?:hand\\s)?(?:corner|edge|side|part|area|third))?(?:\\s+(?:of|on)\\s+(?:the\\s+)?(?:screen|video|frame|picture|image|clip))?';
const SCREEN = '(?:\\s+(?:of|on)\\s+(?:the\\s+)?(?:screen|video|frame|picture|image|clip))?';

const POINT =
  /\bat (?:position |x ?=? ?)?(\d+)(?:px)?(?: ?, ?| ?x ?| )(?:y ?=? ?)?(\d+)(?:px)?\b(?! ?(?:seconds?|⟩))/;
const place = (source: string): RegExp => new RegExp(`\\b${IN}${source}`);

/** Places by name, corners before edges, since a corner's name holds an edge's. */
const PLACES: readonly (readonly [RegExp, (first: string, second: string) => string])[] = [
  [
    place(`(top|bottom|upper|lower)[- ]?(left|right)(?:[- ]?hand)?${TAIL}`),
    (edge, side) => `${VERTICAL[edge] ?? edge}-${side}`,
  ],
  [
    place(`(left|right)[- ](top|bottom|upper|lower)${TAIL}`),
    (side, edge) => `${VERTICAL[edge] ?? edge}-${side}`,
  ],
  [place(`(top|bottom)[- ,]*(?:and )?(?:center|middle|centered)?${TAIL}`), (edge) => edge],
  [place(`(upper|lower) (?:edge|part|third|area|half)${SCREEN}`), (edge) => VERTICAL[edge] ?? edge],
  [place(`(left|right)${TAIL}`), (side) => side],
  [place(`(?:center|middle|centered)${SCREEN}`), () => 'center'],
  [/\b(?:above|on top)\b/, () => 'top'],
  [/\b(?:below|underneath|at the foot)\b/, () => 'bottom'],
];

function takePosition(span: Span): TextLook['position'] | undefined {
  const point = span.take(POINT);
  if (point !== undefined) return { x: Number(point[1]), y: Number(point[2]) };
  for (const [pattern, name] of PLACES) {
    const match = span.take(pattern);
    if (match !== undefined) return name(match[1] ?? '', match[2] ?? '');
  }
  return undefined;
}

function takeSize(span: Span): Size | undefined {
  const pixels =
    span.take(
      /\b(?:font )?(?:size |sized |at |in )?(\d+)(?:px|pt| ?points?)(?: (?:high|tall|font|text|size))?\b/,
    ) ?? span.take(/\b(?:font ?)?size (?:of |to )?(\d+)\b/);
  if (pixels !== undefined) return { pixels: Number(pixels[1]) };
  return SIZE_WORDS.find(([pattern]) => span.take(pattern) !== undefined)?.[1];
}

function takeTextRange(span: Span): TimeRange | undefined {
  const range = takeRange(span);
  if (range !== undefined) return range;
  const at = span.take(/\b(?:starting )?(?:at|from) (?:the )?⟨([\d.]+)⟩/);
  if (at !== undefined) return { from: { fraction: 0, seconds: Number(at[1]) }, to: END };
  return span.take(
    /\b(?:(?:for|during|throughout|over) )?(?:the )?(?:whole|entire|full) (?:video|clip|time|duration|thing)\b|\b(?:all the time|the whole time|throughout|permanently)\b/,
  ) === undefined
    ? undefined
    : { from: START, to: END };
}

/** Takes everything that describes a text's look and time. */
export function takeLook(span: Span): TextLook {
  const position = takePosition(span);
  const size = takeSize(span);
  const range = takeTextRange(span);
  const color = takeColor(span);
  return {
    ...(position === undefined ? {} : { position }),
    ...(color === undefined ? {} : { color }),
    ...(size === undefined ? {} : { size }),
    ...(range === undefined ? {} : { range }),
  };
}

const hasLook = (look: TextLook): boolean => Object.keys(look).length > 0;

function pixelsFor(size: Size, current: unknown, scene: Scene): number {
  if ('pixels' in size) return size.pixels;
  if ('ratio' in size) return Math.round(scene.timeline.height * size.ratio);
  const now = typeof current === 'number' ? current : scene.timeline.height * DEFAULT_RATIO;
  return Math.round(now * size.factor);
}

const positionText = (position: unknown): string => {
  if (typeof position === 'string')
    return position === 'center' ? 'in the center' : `at the ${position.replace('-', ' ')}`;
  return 'at that point';
};

/** The times as the operation carries them; an ask when they do not fit. */
function timesFor(
  range: TimeRange,
  scene: Scene,
  use: (range: TimeRange) => Step,
): { times: Record<string, number>; said: string } | { ask: Reading & { kind: 'ask' } } {
  const placed = placeNow(range, scene, use);
  if ('question' in placed) {
    return { ask: { kind: 'ask', ask: { ...placed, fill: (answer) => fillRange(answer, use) } } };
  }
  const { now, said } = placed;
  const isEnd = now.to >= scene.timeline.durationSeconds - 1e-3;
  const times = { ...(now.from <= 0 ? {} : { start: now.from }), ...(isEnd ? {} : { end: now.to }) };
  return { times, said: now.from <= 0 && isEnd ? '' : ` for ${said}` };
}

function fillRange(answer: Message, use: (range: TimeRange) => Step): Reading | undefined {
  const span = new Span(answer.text, true);
  const range = takeTextRange(span);
  return range !== undefined && span.leftover().length === 0 ? steps(use(range)) : undefined;
}

export const addText =
  (content: string, look: TextLook): Step =>
  (scene): StepResult => {
    const position = look.position ?? 'bottom';
    let times: Record<string, number> = {};
    let said = '';
    if (look.range !== undefined) {
      const found = timesFor(look.range, scene, (range) => addText(content, { ...look, range }));
      if ('ask' in found) return found.ask;
      ({ times, said } = found);
    }
    const operation: Operation = {
      op: 'text',
      content,
      position,
      ...(look.size === undefined ? {} : { size: pixelsFor(look.size, undefined, scene) }),
      ...(look.color === undefined ? {} : { color: look.color }),
      ...times,
    };
    const color = look.color === undefined ? '' : ` in ${look.color}`;
    return {
      kind: 'done',
      scene: append(scene, operation),
      phrase: `put “${content}” ${positionText(position)}${color}${said}`,
    };
  };

/** Changes a text that is there; `pick` says which, by its content or as the last one. */
export const changeText =
  (pick: string | undefined, change: TextLook & { readonly content?: string }): Step =>
  (scene): StepResult => {
    const text =
      pick === undefined
        ? lastOf(scene, 'text')
        : scene.operations.findLast(
            ({ op, content }) => op === 'text' && String(content).toLowerCase() === pick.toLowerCase(),
          );
    if (text === undefined) {
      return ask(
        pick === undefined
          ? 'There is no text on the video yet. What should it say?'
          : `There is no text “${pick}” on the video. Which text do you mean?`,
        pick === undefined ? { isFreeText: true, fill: (answer) => contentOf(answer, change) } : {},
      );
    }
    let times: Record<string, number> = {};
    const kept: Record<string, unknown> = { ...text };
    if (change.range !== undefined) {
      const found = timesFor(change.range, scene, (range) => changeText(pick, { ...change, range }));
      if ('ask' in found) return found.ask;
      ({ times } = found);
      delete kept['start'];
      delete kept['end'];
    }
    const changed: Operation = {
      ...kept,
      op: 'text',
      ...(change.content === undefined ? {} : { content: change.content }),
      ...(change.position === undefined ? {} : { position: change.position }),
      ...(change.size === undefined ? {} : { size: pixelsFor(change.size, text['size'], scene) }),
      ...(change.color === undefined ? {} : { color: change.color }),
      ...times,
    };
    return { kind: 'done', scene: replace(scene, text, changed), phrase: changePhrase(change, changed) };
  };

function changePhrase(change: TextLook & { readonly content?: string }, changed: Operation): string {
  const parts = [
    ...(change.content === undefined ? [] : [`changed the text to “${change.content}”`]),
    ...(change.position === undefined
      ? []
      : [`moved the text ${positionText(change.position).replace(/^at /, 'to ')}`]),
    ...(change.size === undefined ? [] : [`set the text's size to ${String(changed['size'])} px`]),
    ...(change.color === undefined ? [] : [`made the text ${change.color}`]),
    ...(change.range === undefined ? [] : ["changed the text's time"]),
  ];
  return parts.join(' and ');
}

/** The answer to "what should it say?": quoted, or all of it. */
function contentOf(answer: Message, look: TextLook): Reading | undefined {
  const quoted = answer.quotes[0];
  if (quoted !== undefined && answer.quotes.length === 1) {
    const span = new Span(answer.text.replace(/«\d+»/, ' '), true);
    const more = takeLook(span);
    return steps(addText(quoted, { ...look, ...more }));
  }
  const content = answer.raw
    .trim()
    .replace(/^(?:it should say|let it say|it says|say|the text is|make it say|just|write|put)\s*:?\s+/i, '');
  return content === '' || answer.quotes.length > 1 ? undefined : steps(addText(content, look), LIKELY);
}

const ADD =
  /\b(?:put|write|add|place|show|display|insert|overlay|print|type|slap|stick|throw|have|get|give|superimpose|include|draw|burn|caption|title|create|use|need|want)\b/;
const NOUN =
  /\b(?:the |a |an |some |our |my )*(?:company |brand |channel )?(?:text|texts|title|titles|caption|captions|words?|heading|headline|header|label|subtitle|message|sentence|phrase|banner|name|watermark|lettering|line|writing|font|letters|tagline|slogan|call to action)(?: (?:card|overlay|called|on screen))?\b/;
const SAYS =
  /\b(?:that |which |it should |it |should )*(?:says?|saying|reads?|reading|with|of|is|called|content|to say|to read|instead)\b|:/;

function readAdd(span: Span, message: Message): Reading | undefined {
  const marks = [...span.text.matchAll(/«(\d+)»/g)];
  const mark = marks[0];
  if (marks.length !== 1 || mark === undefined) return undefined;
  const content = message.quotes[Number(mark[1])];
  if (content === undefined) return undefined;
  span.take(/«\d+»/);
  const noun = span.take(NOUN);
  const verb = span.take(ADD);
  span.take(NOUN);
  const look = takeLook(span);
  span.takeAll(SAYS);
  span.takeAll(
    /\b(?:text|font|letters|colou?r|size|there|screen|on screen|starting|appear(?:s|ing)?|visible|shown|bold)\b/,
  );
  if (verb === undefined && noun === undefined && look.position === undefined) return undefined;
  return steps(addText(content, look), message.guessedQuotes > 0 ? LIKELY : EXACT);
}

/** "add a title at the top": what should it say? */
function readAskContent(span: Span): Reading | undefined {
  if (span.take(ADD) === undefined) return undefined;
  if (span.take(NOUN) === undefined) return undefined;
  const look = takeLook(span);
  span.takeAll(/\b(?:here|there|in|with|of|something|nice|cool)\b/);
  return ask('What should the text say?', {
    isFreeText: true,
    fill: (answer) => contentOf(answer, look),
  });
}

const CHANGE =
  /\b(?:change|make|move|set|edit|update|put|rename|replace|turn|color|colour|shift|place|have|show|align|resize|let|want|position|recolor|use|display|keep)\b/;
const THE_TEXT =
  /\b(?:the |that |this |our |my )?(?:last )?(?:text|title|caption|words?|heading|headline|label|name|watermark|lettering|font|font size|text size|letters|writing)(?:'s)?(?: (?:color|colour|size|position|content))?\b/;

/** "make the text bigger", "move 'Acme' to the top", "change the text to 'Hi'". */
/** "change 'Acme' to 'Globex'". */
function readRename(span: Span, message: Message): Reading | undefined {
  const pairs = span.take(/«(\d+)» (?:to|with|into|by) «(\d+)»/);
  if (pairs === undefined || span.take(CHANGE) === undefined) return undefined;
  span.take(THE_TEXT);
  const [old, fresh] = [message.quotes[Number(pairs[1])], message.quotes[Number(pairs[2])]];
  return old === undefined || fresh === undefined ? undefined : steps(changeText(old, { content: fresh }));
}

const NEW_CONTENT = /\b(?:to|should|with|by|say|says|read|it|instead|now|be|saying| )* ?«(\d+)»/;

function readChange(span: Span, message: Message): Reading | undefined {
  const hasNoun = span.take(THE_TEXT) !== undefined;
  const verb = span.take(CHANGE)?.[0];
  const said = hasNoun ? span.take(NEW_CONTENT)?.[1] : undefined;
  const named = said === undefined ? span.take(/«(\d+)»/)?.[1] : undefined;
  if (named !== undefined && /^(?:|put|have|show|use|display|place)$/.test(verb ?? '')) return undefined;
  if (!hasNoun && named === undefined) return undefined;
  const look = takeLook(span);
  span.takeAll(
    /\b(?:to|should|be|say|in|only|a bit|appear|visible|color|instead|now|is|size|from|show|text)\b/,
  );
  const content = message.quotes[Number(said ?? Number.NaN)];
  if (content === undefined && !hasLook(look)) return undefined;
  const pick = message.quotes[Number(named ?? Number.NaN)];
  return steps(changeText(pick, { ...look, ...(content === undefined ? {} : { content }) }));
}

/** "make it bigger", "move it to the top", "in red": only when a text is what was spoken of last. */
function readChangeIt(span: Span): Reading | undefined {
  const verb = span.take(/\b(?:make|move|put|turn|change|set|shift|place|color|show|align)\b/)?.[0];
  const isText = span.take(/\b(?:it|that|this)\b/) !== undefined;
  const look = takeLook(span);
  const isOnlyTime = Object.keys(look).every((key) => key === 'range');
  if (!hasLook(look) || (isOnlyTime && !isText) || (verb !== undefined && !isText)) return undefined;
  if (verb === undefined && !span.isWhole && look.size === undefined) return undefined;
  span.takeAll(/\b(?:to|in|color|instead|only|a bit)\b/);
  const change: Step = (scene) => {
    const isRecent = scene.recent.some(({ op }) => op === 'text') && lastOf(scene, 'text') !== undefined;
    const isMoved =
      isText &&
      /move|shift|align|place|put/.test(verb ?? '') &&
      scene.operations.filter(({ op }) => op === 'text').length === 1;
    if (isRecent || isMoved) return changeText(undefined, look)(scene);
    if (lastOf(scene, 'text') !== undefined)
      return ask('Do you mean the text?', { proposal: [changeText(undefined, look)] });
    if (look.size !== undefined)
      return ask('What should I change in size: the picture (say for example 720p), a text, or the volume?');
    return ask('What does that refer to? There is no text on the video yet.');
  };
  return steps(change, LIKELY);
}

function readText(span: Span, message: Message): Reading | undefined {
  const attempts = [readRename, readChange, readAdd, readAskContent, readChangeIt];
  for (const attempt of attempts) {
    const trial = new Span(span.source, span.isWhole);
    const reading = attempt(trial, message);
    if (reading === undefined || trial.leftover().length > 0) continue;
    span.take(/^.*$/);
    return reading;
  }
  return undefined;
}

export const text: Intent = {
  name: 'text',
  example: "put 'Hello' at the top in red from 2 s to 5 s",
  read: readText,
};
