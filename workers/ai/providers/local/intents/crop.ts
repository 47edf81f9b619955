/** The frame: "crop to 16:9", "make it square", "crop the top 10%", "crop 100 pixels from the left". */
import {
  type Intent,
  type Reading,
  type Step,
  type StepResult,
  EXACT,
  LIKELY,
  append,
  ask,
  note,
  steps,
} from '../scene.ts';
import { Span } from '../text/span.ts';

/** 4:2:0 pictures have even sides. */
export const even = (pixels: number): number => Math.floor(pixels / 2) * 2;

/** Largest centred frame of the shape. */
export const cropToRatio =
  (ratio: number, name: string): Step =>
  (scene): StepResult => {
    const { width, height } = scene.timeline;
    const target = {
      width: even(Math.min(width, height * ratio)),
      height: even(Math.min(height, width / ratio)),
    };
    if (width - target.width < 2 && height - target.height < 2)
      return note(`The picture already is ${name} (${width}×${height}).`);
    const x = even((width - target.width) / 2);
    const y = even((height - target.height) / 2);
    return {
      kind: 'done',
      scene: append(scene, { op: 'crop', x, y, ...target }),
      phrase: `cropped it to ${name} (${target.width}×${target.height})`,
    };
  };

interface Margins {
  readonly top: string | undefined;
  readonly bottom: string | undefined;
  readonly left: string | undefined;
  readonly right: string | undefined;
}

const pixelsOf = (amount: string | undefined, whole: number): number =>
  amount === undefined
    ? 0
    : even(amount.endsWith('%') ? (whole * Number.parseFloat(amount)) / 100 : Number.parseFloat(amount));

const cropMargins =
  (margins: Margins): Step =>
  (scene): StepResult => {
    const { width, height } = scene.timeline;
    const left = pixelsOf(margins.left, width);
    const right = pixelsOf(margins.right, width);
    const top = pixelsOf(margins.top, height);
    const bottom = pixelsOf(margins.bottom, height);
    const rest = { width: even(width - left - right), height: even(height - top - bottom) };
    if (rest.width < 2 || rest.height < 2) {
      return ask(
        `The picture is only ${width}×${height}, so cropping that much would leave nothing. How much should I crop?`,
      );
    }
    const sides = Object.entries({ top, bottom, left, right })
      .filter(([, pixels]) => pixels > 0)
      .map(([side, pixels]) => `${pixels} px from the ${side}`);
    return {
      kind: 'done',
      scene: append(scene, { op: 'crop', x: left, y: top, ...rest }),
      phrase: `cropped ${sides.join(' and ')} (now ${rest.width}×${rest.height})`,
    };
  };

const cropToSize =
  (width: number, height: number, corner: { x: number; y: number } | undefined): Step =>
  (scene): StepResult => {
    const whole = scene.timeline;
    const size = { width: even(width), height: even(height) };
    const at = corner ?? {
      x: even((whole.width - size.width) / 2),
      y: even((whole.height - size.height) / 2),
    };
    if (at.x < 0 || at.y < 0 || at.x + size.width > whole.width || at.y + size.height > whole.height) {
      return ask(
        `The picture is ${whole.width}×${whole.height}, so I can't crop ${width}×${height} out of it${corner === undefined ? '' : ` at ${corner.x},${corner.y}`}. What size should it be?`,
      );
    }
    return {
      kind: 'done',
      scene: append(scene, { op: 'crop', ...at, ...size }),
      phrase: `cropped it to ${size.width}×${size.height}`,
    };
  };

const AMOUNT = '(\\d+(?:\\.\\d+)?(?:%|px)?|half|quarter|third)';
const SHARES: Readonly<Record<string, string>> = { half: '50%', quarter: '25%', third: '33.3%' };
const SIDE =
  '(top|bottom|left|right|upper|lower|sides?|edges?|all sides|each side|every side|all edges|all around)(?: side| edge| part)?';

function sidesOf(name: string): (keyof Margins)[] {
  if (/upper|top/.test(name)) return ['top'];
  if (/lower|bottom/.test(name)) return ['bottom'];
  if (name.startsWith('left')) return ['left'];
  if (name.startsWith('right')) return ['right'];
  return /^sides?$/.test(name) ? ['left', 'right'] : ['top', 'bottom', 'left', 'right'];
}

function takeMargins(span: Span): Margins | undefined {
  const found: Record<string, string> = {};
  const put = (amount: string, names: readonly string[]): void => {
    for (const name of names) for (const side of sidesOf(name)) found[side] = SHARES[amount] ?? amount;
  };
  const both = `(?:the )?${SIDE}(?: (?:and|,|&) (?:the )?${SIDE})?`;
  for (const match of span.takeAll(
    new RegExp(`\\b${AMOUNT} (?:each )?(?:(?:from|off|of|off of|on|at) )?(?:the )?${both}`),
  )) {
    put(match[1] ?? '', [match[2] ?? '', ...(match[3] === undefined ? [] : [match[3]])]);
  }
  for (const match of span.takeAll(new RegExp(`${both} by ${AMOUNT}`)))
    put(match[3] ?? '', [match[1] ?? '', ...(match[2] === undefined ? [] : [match[2]])]);
  for (const match of span.takeAll(new RegExp(`${both} ${AMOUNT}`)))
    put(match[3] ?? '', [match[1] ?? '', ...(match[2] === undefined ? [] : [match[2]])]);
  if (Object.keys(found).length === 0) return undefined;
  return { top: found['top'], bottom: found['bottom'], left: found['left'], right: found['right'] };
}

/** "5% off each side" may mean two sides or four. */
function askSides(span: Span): Reading {
  const words = span.take(/^.*$/)?.[0] ?? '';
  const all = (names: string): Reading | undefined =>
    readNested(`crop ${words.replace(/\b(?:each|every) side\b/, names)}`);
  return ask('Should I crop the left and right sides only, or all four?', {
    fill: ({ text }) =>
      /\b(?:all|four|4|every)\b/.test(text)
        ? all('all sides')
        : /\b(?:left|right|two|2|only)\b/.test(text)
          ? all('sides')
          : undefined,
  });
}

const KEEP_HALF: Readonly<Record<string, Margins>> = {
  left: { left: undefined, right: '50%', top: undefined, bottom: undefined },
  right: { left: '50%', right: undefined, top: undefined, bottom: undefined },
  top: { left: undefined, right: undefined, top: undefined, bottom: '50%' },
  bottom: { left: undefined, right: undefined, top: '50%', bottom: undefined },
};

const SHAPES: readonly (readonly [RegExp, number, string])[] = [
  [
    /\b(?:(?:for|as|like) (?:a |an )?)?(?:instagram |insta |ig )?(?:square|squared)(?: format| aspect| video| shape| ratio)*(?: for (?:instagram|insta|ig))?\b/,
    1,
    'a square',
  ],
  [
    /\b(?:vertical|vertically|portrait|upright)(?: (?:format|mode|video|orientation|aspect|ratio|crop|version))*(?:,? (?:for|like|so it fits) (?:a )?(?:tiktok|tik tok|reels?|insta(?:gram)? (?:reels?|story|stories)|shorts|youtube shorts|snapchat|stories|phones?))*\b/,
    9 / 16,
    '9:16',
  ],
  [
    /\b(?:for|fit|fits|to|like|as)(?: a| my| on)? (?:tiktok|tik tok|reels?|insta(?:gram)? (?:reels?|story|stories)|(?:youtube |yt )?shorts|snapchat|stories)(?: format| video)?\b/,
    9 / 16,
    '9:16',
  ],
  [
    /\b(?:landscape|wide ?screen|horizontal)(?: (?:format|mode|video|orientation|aspect|ratio))*\b/,
    16 / 9,
    '16:9',
  ],
];

function takeShape(span: Span): Step | undefined {
  const explicit = span.take(/\bratio(\d+):(\d+)\b/);
  if (explicit !== undefined) {
    for (const [pattern] of SHAPES) span.take(pattern);
    span.take(/\b(?:aspect|ratio|aspect ratio|format|shape|frame)(?: ratio| of)?\b/);
    span.take(
      /\bfor (?:tiktok|tik tok|reels?|instagram|insta|stories|shorts|youtube shorts|youtube|yt|phones?|tv)\b/,
    );
    return cropToRatio(Number(explicit[1]) / Number(explicit[2]), `${explicit[1]}:${explicit[2]}`);
  }
  for (const [pattern, ratio, name] of SHAPES) {
    if (span.take(pattern) !== undefined) return cropToRatio(ratio, name);
  }
  return undefined;
}

function readShape(span: Span): Reading | undefined {
  const hasVerb =
    /\b(?:crop|make|turn|convert|change|set|reframe|cut|format|fit|resize|trim|aspect|get|switch|go)\b/.test(
      span.text,
    );
  const shape = takeShape(span);
  if (shape === undefined) return undefined;
  span.take(/\b(?:crop|turn|convert|change|set|reframe|cut|format|fit|trim|resize|switch|go|use)\b/);
  span.take(/\b(?:aspect(?: ratio)?|center|centered|down|ratio|format|in|frame|shape|from the center)\b/);
  return steps(shape, hasVerb || span.isWhole ? EXACT : LIKELY);
}

/** "crop to 640x480 at 10,20". */
function readCropSize(span: Span): Reading | undefined {
  const size = span.take(/\b(\d+)x(\d+)\b(?: (?:pixels|px))?/);
  if (size === undefined) return undefined;
  const corner = span.take(
    /\b(?:at|from)(?: (?:position|x|offset))? ?(\d+)(?:px)?(?:,| |x|, )+(?:y )?(\d+)(?:px)?\b/,
  );
  span.take(/\bfrom the (?:center|middle)\b|\bcenter(?:ed)?\b/);
  const at = corner && { x: Number(corner[1]), y: Number(corner[2]) };
  return steps(cropToSize(Number(size[1]), Number(size[2]), at));
}

/** "crop to the left half". */
function readKeptHalf(span: Span): Reading | undefined {
  const side = span.take(/\bto (?:only |just )?the (left|right|top|bottom) half\b/)?.[1];
  const kept = KEEP_HALF[side ?? ''];
  return kept === undefined ? undefined : steps(cropMargins(kept));
}

const OPPOSITE: Readonly<Record<string, string>> = {
  left: 'right',
  right: 'left',
  top: 'bottom',
  bottom: 'top',
};

/** "crop the left half" may keep it or take it away. */
function askHalf(side: string): Reading {
  return ask(`Should I keep the ${side} half of the picture, or crop it away?`, {
    fill: ({ text }) => {
      const kept = KEEP_HALF[/\bkeep\b/.test(text) ? side : (OPPOSITE[side] ?? '')];
      const isClear = /\b(?:keep|crop|cut|away|remove|off)\b/.test(text);
      return isClear && kept !== undefined ? steps(cropMargins(kept)) : undefined;
    },
  });
}

function askCrop(span: Span): Reading {
  span.take(
    /\b(?:black )?(?:bars|borders|edges)\b|\b(?:a bit|a little|slightly|some|tighter|closer)\b|\b(?:top|bottom|left|right|sides?)\b/,
  );
  return ask(
    'How should I crop the picture: to a shape (such as 16:9 or square), or how many pixels from which side?',
    { fill: ({ text }) => readNested(text.includes('crop') ? text : `crop ${text}`) },
  );
}

function readCrop(span: Span): Reading | undefined {
  if (/⟨/.test(span.text)) return undefined;
  const cuts = span.take(/\b(?:crop|cut|trim|chop|shave|take|slice)(?: (?:out|off|away|down|in))?\b/)?.[0];
  if (cuts === undefined) return undefined;
  span.take(/\b(?:out|off|away)\b/);
  const isCrop = cuts.startsWith('crop');
  const kept = isCrop ? (readCropSize(span) ?? readKeptHalf(span)) : undefined;
  if (kept !== undefined) return kept;
  if (/\b(?:each|every) side\b/.test(span.text)) return askSides(span);
  const margins = takeMargins(span);
  if (margins !== undefined)
    return steps(cropMargins(margins), isCrop || /px/.test(span.source) ? EXACT : LIKELY);
  const side = span.take(/\b(?:the )?(left|right|top|bottom) half\b/)?.[1];
  if (side !== undefined) return askHalf(side);
  return isCrop ? askCrop(span) : undefined;
}

/** Reads an answer with these grammars again; undefined unless all of it is understood. */
function readNested(text: string): Reading | undefined {
  for (const read of [readShape, readCrop]) {
    const span = new Span(text, true);
    const reading = read(span);
    if (reading?.kind === 'steps' && span.leftover().length === 0) return reading;
  }
  return undefined;
}

export const shape: Intent = { name: 'shape', read: readShape };
export const crop: Intent = { name: 'crop', read: readCrop };
