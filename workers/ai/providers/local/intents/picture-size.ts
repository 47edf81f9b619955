/** Frame and size: "crop to 16:9", "make it square", "crop the top 10%", "720p", "half the size". */
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
  note,
  propose,
  steps,
} from '../scene.ts';
import { Span } from '../text/span.ts';

const even = (pixels: number): number => Math.floor(pixels / 2) * 2;

/** Largest centred frame of the shape. */
const cropToRatio =
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

const P_HEIGHTS: Readonly<Record<string, number>> = {
  'full hd': 1080,
  'quad hd': 1440,
  fullhd: 1080,
  fhd: 1080,
  hd: 720,
  '4k': 2160,
  uhd: 2160,
  '2k': 1440,
  qhd: 1440,
  '8k': 4320,
  sd: 480,
};

/** "720p" counts lines of a landscape picture and columns of a portrait one. */
const scaleToLines =
  (lines: number, name: string): Step =>
  (scene): StepResult => {
    const { width, height } = scene.timeline;
    if (Math.min(width, height) === lines)
      return note(`The picture already is ${name} (${width}×${height}).`);
    return scaleBy(scene, height <= width ? { height: lines } : { width: lines }, `scaled it to ${name}`);
  };

function scaleBy(scene: Scene, size: { width?: number; height?: number }, phrase: string): StepResult {
  const next = append(scene, { op: 'scale', ...size });
  const larger = next.timeline.width > scene.timeline.width ? '; enlarging adds no detail' : '';
  return {
    kind: 'done',
    scene: next,
    phrase: `${phrase} (${next.timeline.width}×${next.timeline.height}${larger})`,
  };
}

const scaleToSize =
  (width: number, height: number): Step =>
  (scene): StepResult => {
    const now = scene.timeline;
    if (now.width === width && now.height === height)
      return note(`The picture already is ${width}×${height}.`);
    const stretch = width / height / (now.width / now.height);
    const SLIGHT = 0.02;
    if (Math.abs(stretch - 1) > SLIGHT) {
      return propose(
        `${width}×${height} has another shape than the picture (${now.width}×${now.height}) and would distort it. Should I crop it to that shape first and then scale it?`,
        (scene) => {
          const cropped = cropToRatio(width / height, `the shape of ${width}×${height}`)(scene);
          return cropped.kind === 'done'
            ? withPhrase(
                scaleBy(cropped.scene, { width, height }, `scaled it to ${width}×${height}`),
                cropped.phrase,
              )
            : cropped;
        },
      );
    }
    return scaleBy(scene, { width, height }, `scaled it to ${width}×${height}`);
  };

const withPhrase = (result: StepResult, before: string): StepResult =>
  result.kind === 'done' ? { ...result, phrase: `${before} and ${result.phrase}` } : result;

const scaleByFactor =
  (factor: number): Step =>
  (scene): StepResult =>
    scaleBy(
      scene,
      { width: even(scene.timeline.width * factor), height: even(scene.timeline.height * factor) },
      `scaled it to ${Math.round(factor * 100)}%`,
    );

const SIZE_NAME = /\b(\d{3,4})p\b|\b(full ?hd|quad hd|fhd|4k|uhd|2k|qhd|8k|hd|sd)\b/;
const SCALE_VERB =
  /\b(?:scale|resize|shrink|enlarge|upscale|downscale|reduce|convert|change|set|make|turn|bring|downsize|downsample|render|output|put|increase|double|halve|lower|go|get|switch)\b/;

function readScale(span: Span): Reading | undefined {
  const verb = span.take(SCALE_VERB)?.[0] ?? '';
  const isScaling = /scale|resize|shrink|enlarge|size|sample/.test(verb);
  const filler = (): void =>
    void span.takeAll(
      /\b(?:resolution|quality|pixels?|size|dimensions?|down|scale|video size|frame size|in|at|by|sized|res|original|current)\b/,
    );
  const named = span.take(SIZE_NAME);
  if (named !== undefined) {
    const lines = named[1] === undefined ? (P_HEIGHTS[named[2] ?? ''] ?? 1080) : Number(named[1]);
    filler();
    return steps(scaleToLines(lines, named[0].trim()));
  }
  const size = span.take(/\b(\d{2,5})x(\d{2,5})\b/);
  if (size !== undefined) {
    filler();
    return steps(scaleToSize(Number(size[1]), Number(size[2])));
  }
  const edge = span.take(/\b(\d{2,5})px (?:wide|in width|width)\b|\bwidth(?: of| to)? (\d{2,5})(?:px)?\b/);
  if (edge !== undefined) {
    filler();
    const width = Number(edge[1] ?? edge[2]);
    return steps((scene) => scaleBy(scene, { width }, `scaled it to ${width} px wide`));
  }
  const tall = span.take(
    /\b(\d{2,5})px (?:high|tall|in height|height)\b|\bheight(?: of| to)? (\d{2,5})(?:px)?\b/,
  );
  if (tall !== undefined) {
    filler();
    const height = Number(tall[1] ?? tall[2]);
    return steps((scene) => scaleBy(scene, { height }, `scaled it to ${height} px high`));
  }
  return readFactor(span, verb, isScaling);
}

const SIZE_NOUN = /\b(?:size|resolution)\b/;
const HALF_SIZE =
  /\bhalf (?:the |its |of the |of its )?(?:original |current )?(?:size|resolution|dimensions|as (?:big|large))\b|\bhalf ?size\b|\bsize (?:in|by) half\b|\b(?:in|by|to) half (?:the )?size\b/;
const TIMES_SIZE =
  /\b(\d+(?:\.\d+)?)x (?:the |its )?(?:original |current )?(?:size|resolution|as (?:big|large)|bigger|larger)\b|\bdouble (?:the |its )?(?:size|resolution)\b/;

/** "half the size", "2x the size", "halve the resolution". */
function takeMultiple(span: Span, verb: string): number | undefined {
  if (span.take(HALF_SIZE) !== undefined) return 0.5;
  const times = span.take(TIMES_SIZE);
  if (times !== undefined) return times[1] === undefined ? 2 : Number(times[1]);
  if (verb !== 'halve' && verb !== 'double') return undefined;
  if (span.take(SIZE_NOUN) === undefined) return undefined;
  return verb === 'halve' ? 0.5 : 2;
}

/** "scale to 50%", "shrink it by 20%". */
function takeShare(span: Span, verb: string): number | undefined {
  const percent = span.take(/\b(by |to |at )?(\d+(?:\.\d+)?)%/);
  if (percent === undefined) return undefined;
  span.takeAll(/\b(?:size|resolution|original|of|down)\b/);
  const share = Number(percent[2]) / 100;
  if (percent[1] !== 'by ') return share;
  if (/shrink|reduce|lower|downs/.test(verb)) return 1 - share;
  return /enlarge|increase|upscale/.test(verb) ? 1 + share : share;
}

function readFactor(span: Span, verb: string, isScaling: boolean): Reading | undefined {
  const multiple = takeMultiple(span, verb);
  if (multiple !== undefined) return steps(scaleByFactor(multiple));
  const share = isScaling || SIZE_NOUN.test(span.text) ? takeShare(span, verb) : undefined;
  if (share !== undefined) return steps(scaleByFactor(share));
  if (!isScaling) return undefined;
  if (span.take(/\b(?:by|to) half\b|\bin half\b/) !== undefined) return steps(scaleByFactor(0.5), LIKELY);
  span.take(/\b(?:size|smaller|bigger|larger|down|up|resolution)\b/);
  return ask('To what size should I scale it, for example 720p, 1280x720 or half the size?', {
    fill: ({ text }) => readNested(text.includes('scale') ? text : `scale ${text}`),
  });
}

/** Reads an answer with these grammars again; undefined unless all of it is understood. */
function readNested(text: string): Reading | undefined {
  for (const read of [readShape, readCrop, readScale]) {
    const span = new Span(text, true);
    const reading = read(span);
    if (reading?.kind === 'steps' && span.leftover().length === 0) return reading;
  }
  return undefined;
}

export const shape: Intent = { name: 'shape', example: 'make it square', read: readShape };
export const crop: Intent = { name: 'crop', example: 'crop the top 10%', read: readCrop };
export const scale: Intent = { name: 'scale', example: 'scale it to 720p', read: readScale };
