/** How and when a text shows, as people describe it: "at the top left in red, bigger, from 2s to 5s". */
import type { Scene } from './scene.ts';
import type { Span } from './text/span.ts';
import { type TimeRange, END, START, takeRange } from './time-range.ts';

type Size = { readonly ratio: number } | { readonly pixels: number } | { readonly factor: number };

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
  [place('(?:up|upper) side'), () => 'top'],
  [place('(?:down|lower) side'), () => 'bottom'],
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

/** When the text shows; undefined when nothing is said. */
export function takeTextRange(span: Span): TimeRange | undefined {
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

/** False when nothing was said about the look. */
export const hasLook = (look: TextLook): boolean => Object.keys(look).length > 0;

/** A line's height in pixels; `current` is the text's size so far. */
export function pixelsFor(size: Size, current: unknown, scene: Scene): number {
  if ('pixels' in size) return size.pixels;
  if ('ratio' in size) return Math.round(scene.timeline.height * size.ratio);
  const now = typeof current === 'number' ? current : scene.timeline.height * DEFAULT_RATIO;
  return Math.round(now * size.factor);
}

/** "at the top left". */
export const positionText = (position: unknown): string => {
  if (typeof position === 'string')
    return position === 'center' ? 'in the center' : `at the ${position.replace('-', ' ')}`;
  return 'at that point';
};
