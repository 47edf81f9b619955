/** The size: "720p", "1280x720", "half the size", "scale it to 50%". */
import {
  type Intent,
  type Reading,
  type Scene,
  type Step,
  type StepResult,
  LIKELY,
  append,
  ask,
  note,
  propose,
  steps,
} from '../scene.ts';
import { Span } from '../text/span.ts';
import { cropToRatio, even } from './crop.ts';

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

/** Reads an answer with this grammar again; undefined unless all of it is understood. */
function readNested(text: string): Reading | undefined {
  const span = new Span(text, true);
  const reading = readScale(span);
  return reading?.kind === 'steps' && span.leftover().length === 0 ? reading : undefined;
}

export const scale: Intent = { name: 'scale', read: readScale };
