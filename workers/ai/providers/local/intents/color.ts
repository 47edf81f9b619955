/** Color corrections: "a bit brighter", "more contrast", "20% less saturated", "warmer", "set gamma to 1.2". */
import type { Operation } from '../../../../../src/contracts/edit-plan.ts';
import { type Degree, takeDegree, takePercent } from '../amount.ts';
import {
  type Intent,
  type Reading,
  type Scene,
  type Step,
  type StepResult,
  EXACT,
  LIKELY,
  append,
  lastOf,
  note,
  replace,
  steps,
} from '../scene.ts';
import type { Span } from '../text/span.ts';

export type ColorParameter = 'brightness' | 'contrast' | 'saturation' | 'gamma' | 'hue' | 'temperature';

interface Scale {
  readonly neutral: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Step up or down for each degree in words. */
  readonly step: Readonly<Record<Degree, number>>;
  readonly more: string;
  readonly less: string;
}

const FACTOR = { neutral: 1, minimum: 0, maximum: 3, step: { little: 0.15, plain: 0.3, much: 0.6 } } as const;
/** Warmer light has a lower temperature in kelvin; the step is per thousand. */
const SCALES: Readonly<Record<ColorParameter, Scale>> = {
  brightness: {
    neutral: 0,
    minimum: -1,
    maximum: 1,
    step: { little: 0.1, plain: 0.2, much: 0.35 },
    more: 'brighter',
    less: 'darker',
  },
  contrast: { ...FACTOR, more: 'stronger in contrast', less: 'softer in contrast' },
  saturation: { ...FACTOR, more: 'more saturated', less: 'less saturated' },
  gamma: {
    ...FACTOR,
    step: { little: 0.1, plain: 0.2, much: 0.4 },
    more: 'higher in gamma',
    less: 'lower in gamma',
  },
  hue: {
    neutral: 0,
    minimum: -360,
    maximum: 360,
    step: { little: 15, plain: 30, much: 60 },
    more: 'shifted in hue',
    less: 'shifted in hue',
  },
  temperature: {
    neutral: 6500,
    minimum: 1000,
    maximum: 40_000,
    step: { little: 700, plain: 1500, much: 2500 },
    more: 'cooler',
    less: 'warmer',
  },
};

export type Change =
  | { readonly kind: 'step'; readonly direction: 1 | -1; readonly degree: Degree }
  | { readonly kind: 'by'; readonly amount: number }
  | { readonly kind: 'to'; readonly value: number };

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

function changed(current: number, change: Change, scale: Scale): number {
  if (change.kind === 'to') return change.value;
  return current + (change.kind === 'by' ? change.amount : change.direction * scale.step[change.degree]);
}

const valueText = (parameter: ColorParameter, value: number): string => {
  if (parameter === 'temperature') return `${value} K`;
  if (parameter === 'hue') return `${value}°`;
  return parameter === 'brightness' && value > 0 ? `+${value}` : String(value);
};

/** Folds the change into the last color operation, so that "brighter" twice is one operation with the sum. */
export const changeColor =
  (parameter: ColorParameter, change: Change): Step =>
  (scene): StepResult => {
    const scale = SCALES[parameter];
    const last = lastOf(scene, 'color');
    const present = last?.[parameter];
    const current = typeof present === 'number' ? present : scale.neutral;
    const wanted = round(changed(current, change, scale));
    const value = change.kind === 'to' ? wanted : Math.min(scale.maximum, Math.max(scale.minimum, wanted));
    if (value === current) {
      return note(
        change.kind === 'to'
          ? `The ${parameter} already is ${valueText(parameter, value)}.`
          : `The ${parameter} is at its limit already (${valueText(parameter, value)}).`,
      );
    }
    const word = value > current ? scale.more : scale.less;
    const phrase =
      change.kind === 'to'
        ? `set the ${parameter} to ${valueText(parameter, value)}`
        : `made it ${word} (${parameter} ${valueText(parameter, value)})`;
    return {
      kind: 'done',
      scene: withColor(scene, last, { ...last, op: 'color', [parameter]: value }),
      phrase,
    };
  };

function withColor(scene: Scene, last: Operation | undefined, color: Operation): Scene {
  return last === undefined ? append(scene, color) : replace(scene, last, color);
}

interface Word {
  readonly pattern: RegExp;
  readonly parameter: ColorParameter;
  readonly direction: 1 | -1;
}
const word = (pattern: RegExp, parameter: ColorParameter, direction: 1 | -1): Word => ({
  pattern,
  parameter,
  direction,
});

const NOUNS: readonly (readonly [string, ColorParameter, 1 | -1])[] = [
  ['brightness|exposure', 'brightness', 1],
  ['contrast|contrasty', 'contrast', 1],
  [
    'saturation|color saturation|saturated|vibrance|vibrancy|vibrant|vivid|colorful|color intensity',
    'saturation',
    1,
  ],
  ['gamma', 'gamma', 1],
  ['hue', 'hue', 1],
  ['color temperature|temperature|temp', 'temperature', 1],
  ['warmth|warm', 'temperature', -1],
  ['cool|cold|coldness', 'temperature', 1],
  ['bright|light', 'brightness', 1],
  ['dark', 'brightness', -1],
];
const UP =
  'more|increase|raise|boost|higher|add|up|pump up|crank up|turn up|bump up|bump|bring up|push|crank|enhance|extra|additional|stronger|punch up|amp up|lift';
const DOWN =
  'less|decrease|reduce|lower|drop|turn down|bring down|tone down|cut|dial down|down|minus|weaker|not so|not as|take down|pull down|dial back|tone back';

const WORDS: readonly Word[] = [
  word(/\bcool (?:it|the (?:colors?|tones?|picture|image|video)) (?:down|off)\b/, 'temperature', 1),
  word(/\bwarm (?:it|the (?:colors?|tones?|picture|image|video)) up\b/, 'temperature', -1),
  word(/\b(?:make |be )?(?:brighter|lighter|brighten|lighten)(?: up)?\b/, 'brightness', 1),
  word(/\b(?:darker|darken|dimmer|dim)(?: down)?\b/, 'brightness', -1),
  word(/\b(?:warmer|warm up|warm(?= it| the))\b(?: (?:colors?|tones?|look|feel|light))?/, 'temperature', -1),
  word(
    /\b(?:cooler|colder|cool down|bluer|cool(?= it| the))\b(?: (?:colors?|tones?|look|feel|light))?/,
    'temperature',
    1,
  ),
  word(/\b(?:cool|cold) (?:tones?|colors?|light)\b/, 'temperature', 1),
  word(/\bwarm (?:tones?|colors?|light)\b/, 'temperature', -1),
  word(
    /\b(?:boost|intensify|strengthen|pump up|punch up|enrich) (?:the |my |its )?colou?rs?\b|\bcolors? (?:stronger|more intense|bolder|richer|punchier|more vivid)\b/,
    'saturation',
    1,
  ),
  word(
    /\b(?:tone|dial) down (?:the |its )?colors?\b|\bcolors? (?:less intense|weaker|softer|less strong)\b|\bless (?:intense|strong) colors?\b/,
    'saturation',
    -1,
  ),
  word(/\b(?:punchier|contrastier)\b/, 'contrast', 1),
  word(/\b(?:duller|paler|more muted|desaturate)\b/, 'saturation', -1),
  word(/\b(?:saturate|more color(?:ful|s)?|colors? pop(?: more)?|intensify the colors?)\b/, 'saturation', 1),
];

/** "too dark" asks for the other direction. */
const COMPLAINTS: readonly Word[] = [
  word(/\btoo (?:bright|light|overexposed)\b|\boverexposed\b/, 'brightness', -1),
  word(/\btoo (?:dark|dim)\b|\bunderexposed\b|\bnot bright enough\b/, 'brightness', 1),
  word(/\btoo (?:warm|orange|yellow)\b|\bnot cool enough\b/, 'temperature', 1),
  word(/\btoo (?:cold|cool|blue)\b|\bnot warm enough\b/, 'temperature', -1),
  word(/\btoo (?:colorful|saturated|vivid)\b/, 'saturation', -1),
  word(/\btoo (?:dull|washed out|pale|flat)\b|\bnot (?:saturated|colorful) enough\b/, 'saturation', 1),
  word(/\btoo (?:contrasty|harsh)\b|\btoo much contrast\b/, 'contrast', -1),
  word(/\b(?:too little|not enough) contrast\b/, 'contrast', 1),
];

function amountOf(span: Span, found: Word): Change {
  const percent = takePercent(span);
  const scale = SCALES[found.parameter];
  if (percent !== undefined) {
    if (percent.isAbsolute && scale.neutral === 1) return { kind: 'to', value: percent.share };
    return {
      kind: 'by',
      amount: found.direction * percent.share * (found.parameter === 'temperature' ? scale.neutral : 1),
    };
  }
  const little = takeDegree(span);
  return { kind: 'step', direction: found.direction, degree: little };
}

/** "set contrast to 1.5", "brightness +0.2", "saturation 0", "hue 30deg", "5000kelvin". */
function readSetting(span: Span): Reading | undefined {
  const kelvin = span.take(/\b(?:(?:color )?temperature )?(?:to |at |of )?(\d{4,5})kelvin\b/);
  if (kelvin !== undefined) {
    span.take(/\b(?:set|change)\b/);
    span.take(/\b(?:color temperature|temperature|white balance)\b/);
    return steps(changeColor('temperature', { kind: 'to', value: Number(kelvin[1]) }));
  }
  for (const [noun, parameter, direction] of NOUNS) {
    if (direction < 0 || /^(?:bright\||cool)/.test(noun)) continue;
    const setting = span.take(
      new RegExp(
        `\\b(set |change |put |make |turn |adjust |shift |rotate )?(?:the )?(?:video(?:'s)? )?(?:${noun})(?: value| level)? ?(?:(up to|down to|up by|down by|to|at|=|:|by|of|up|down) ?)?([+-] ?)?(\\d+(?:\\.\\d+)?)(%|deg)?(?![\\w⟩])`,
      ),
    );
    if (setting === undefined) continue;
    const change = settingOf(setting, parameter);
    if (change === undefined) return undefined;
    const shrinks = span.take(new RegExp(`\\b(?:${DOWN})\\b`));
    if (shrinks === undefined) span.take(new RegExp(`\\b(?:${UP})\\b`));
    return steps(
      changeColor(
        parameter,
        shrinks !== undefined && change.kind === 'by' ? { kind: 'by', amount: -change.amount } : change,
      ),
    );
  }
  return undefined;
}

function settingOf(setting: RegExpExecArray, parameter: ColorParameter): Change | undefined {
  const [, verb = '', joint = '', sign = '', digits = '', unit] = setting;
  const isDown = sign.startsWith('-') || joint.startsWith('down');
  const value = (Number(digits) / (unit === '%' ? 100 : 1)) * (isDown ? -1 : 1);
  const isShift = parameter === 'hue' && /shift|rotate/.test(verb);
  const isRelative = sign !== '' || isShift || /by|up|down/.test(joint);
  if (isRelative && !joint.includes('to')) return { kind: 'by', amount: value };
  // "brightness 50%" has no meaning on a scale that is neutral at 0.
  if (parameter === 'brightness' && unit === '%') return undefined;
  return { kind: 'to', value };
}

function nounWords(): Word[] {
  return NOUNS.flatMap(([noun, parameter, direction]) => [
    word(
      new RegExp(`\\b(?:(?:the )?(?:${noun}) )(?:turned |way |a bit |a little |a lot )?(?:up|higher)\\b`),
      parameter,
      direction,
    ),
    word(
      new RegExp(`\\b(?:(?:the )?(?:${noun}) )(?:turned |way |a bit |a little |a lot )?(?:down|lower)\\b`),
      parameter,
      direction === 1 ? -1 : 1,
    ),
    word(
      new RegExp(
        `\\b(?:${UP})(?: (?:of|the|its|in|on))*(?: (?:video|colors?|overall))?(?: (?:${DEGREES}))?(?: (?:${noun}))\\b`,
      ),
      parameter,
      direction,
    ),
    word(
      new RegExp(
        `\\b(?:${DOWN})(?: (?:of|the|its|in|on))*(?: (?:video|colors?|overall))?(?: (?:${DEGREES}))?(?: (?:${noun}))\\b`,
      ),
      parameter,
      direction === 1 ? -1 : 1,
    ),
  ]);
}
const DEGREES = 'a bit|a little|slightly';
const ALL_WORDS: readonly Word[] = [...COMPLAINTS, ...nounWords(), ...WORDS];

/** "desaturate" without a degree leaves no color. */
function takesAllColor(span: Span): boolean {
  const isAll = span.has(/\bdesaturate\b/) && !span.has(/\b(?:bit|little|slightly|somewhat|\d|a lot|more)\b/);
  if (isAll) span.take(/\b(?:completely|fully|entirely|totally)\b/);
  return isAll;
}

/** Each word of change has its own amount, the one that stands nearest before it or after it. */
function readColor(span: Span): Reading | undefined {
  if (/«|\b(?:text|title|caption|font|sound|volume|audio|background|sky|face|faces)\b/.test(span.text))
    return undefined;
  const setting = readSetting(span);
  if (setting !== undefined) return setting;
  const isDesaturated = takesAllColor(span);
  const found: Step[] = [];
  const hasDegree = DEGREE.test(span.text);
  const isShared = hasDegree && sharesDegree(span.text);
  const degreeFirst = isShared ? takeDegree(span) : undefined;
  for (const candidate of ALL_WORDS) {
    if (span.take(candidate.pattern) === undefined) continue;
    const change: Change = isDesaturated
      ? { kind: 'to', value: 0 }
      : degreeFirst === undefined
        ? amountOf(span, candidate)
        : { kind: 'step', direction: candidate.direction, degree: degreeFirst };
    found.push(changeColor(candidate.parameter, change));
  }
  // Whose degree it is cannot be told in a longer list; its parts are read one by one.
  if (found.length === 0 || (found.length > 1 && hasDegree && !isShared)) return undefined;
  span.takeAll(
    /\b(?:turn|bring|push|pull|take|set|adjust|tweak|than (?:it is |that |before)?now|than before|the|colors?|tones?|tint|overall|shot|more|look)\b/,
  );
  return steps(found, found.length > 2 ? LIKELY : EXACT);
}

const DEGREE = /\b(?:bit|little|slightly|touch|tad|much|lot|way|very|far|super|really)\b|\d%/;

/** "a bit brighter and warmer": one degree before a list holds for all. */
const sharesDegree = (text: string): boolean => /^[^,]*? (?:and|,) [a-z]+er $/.test(text) && !/%/.test(text);

export const color: Intent = { name: 'color', read: readColor };
