/** Playing speed: "twice as fast", "half speed", "slow it down by 50%", "1.5x", "a bit faster". */
import type { Degree } from '../amount.ts';
import { takeDegree } from '../amount.ts';
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
  removeOperations,
  steps,
} from '../scene.ts';
import type { Message } from '../text/message.ts';
import { Span } from '../text/span.ts';

const FASTER: Readonly<Record<Degree, number>> = { little: 1.25, plain: 1.5, much: 2 };
const SLOWER: Readonly<Record<Degree, number>> = { little: 0.8, plain: 0.75, much: 0.5 };
const MINIMUM = 0.1;
const MAXIMUM = 10;

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

export const setSpeed =
  (factor: number): Step =>
  (scene): StepResult => {
    const rounded = round(factor);
    if (rounded === 1) return note('That is the speed it has now.');
    if (rounded < MINIMUM || rounded > MAXIMUM)
      return ask(
        `I can change the speed by a factor of ${MINIMUM} to ${MAXIMUM}, not ${rounded}. Which factor should it be?`,
        { fill: ({ text }) => readSpeed(new Span(text, true)) },
      );
    const next = append(scene, { op: 'speed', factor: rounded });
    return {
      kind: 'done',
      scene: next,
      phrase: rounded > 1 ? `sped it up to ${rounded}×` : `slowed it down to ${rounded}×`,
    };
  };

const normalSpeed: Step = (scene: Scene): StepResult => {
  const gone = scene.operations.filter(({ op }) => op === 'speed');
  if (gone.length === 0) return note('It plays at normal speed already.');
  return { kind: 'done', scene: removeOperations(scene, gone), phrase: 'set it back to normal speed' };
};

const FAST =
  /\b(?:speed(?:ed|ing)?(?: (?:it|this|that|things|the video|the clip|everything))* ?up|speed up|fast(?:er)?(?: forward)?|quicker|accelerate|quicken|play it faster|hurry)\b/;
const SLOW =
  /\b(?:slow(?:ed|ing)?(?: (?:it|this|that|things|the video|the clip|everything))* ?down|slow[ -]?motion|slow[ -]?mo|slo-?mo|slow down|slower|slow)\b/;

const FIXED: readonly (readonly [RegExp, number])[] = [
  [
    /\b(?:at |to |in )?half(?: the| its| of the)?(?: (?:original|normal))? ?(?:speed|as fast|pace|tempo)\b|\bhalve the speed\b|\bspeed (?:in|by|to) half\b|\b(?:by |in )?half\b(?=.*\bspeed\b)/,
    0.5,
  ],
  [/\b(?:at |to )?(?:3 quarters?|3\/4)(?: of)?(?: the| its)?(?: normal| original)? speed\b/, 0.75],
  [/\b(?:at |to )?(?:a )?quarter(?: the| of the)? speed\b/, 0.25],
  [
    /\b(?:at )?double(?: the| its| of the)?(?: (?:original|normal))? (?:speed|time|pace|tempo)\b|\bdouble speed\b|\bspeed(?: it)?(?: (?:must|should|has to|needs to)(?: be)?)? double\b/,
    2,
  ],
  [/\b(?:at )?triple(?: the| its)? speed\b/, 3],
  [/\bquadruple(?: the| its)? speed\b/, 4],
];

function readFactor(span: Span): number | undefined {
  const fixed = FIXED.find(([pattern]) => span.take(pattern) !== undefined);
  if (fixed !== undefined) return fixed[1];
  if (/\bslow(?: \w+)* down\b/.test(span.text) && span.take(/\bby half\b/) !== undefined) return 0.5;
  const times = span.take(
    /\b(?:by |to |at |of )?(?:a factor of )?(\d+(?:\.\d+)?)x(?: (?:the |its )?(?:original |normal )?(?:speed|as fast|as quick|as quickly|faster|quicker|as slow|slower|slow(?: ?motion)?))?\b|\b(?:by |at )?(?:a factor of|factor|speed(?: of| to| factor)?) (\d+(?:\.\d+)?)(?![\w%.])/,
  );
  if (times !== undefined) {
    const factor = Number(times[1] ?? times[2]);
    const isSlow = /slow/.test(times[0]) || SLOW.test(span.text);
    return isSlow && factor > 1 ? 1 / factor : factor;
  }
  const by = span.take(/\bby (\d+(?:\.\d+)?)(?![\w%.⟩])/);
  if (by !== undefined && (FAST.test(span.text) || SLOW.test(span.text)))
    return SLOW.test(span.text) ? 1 / Number(by[1]) : Number(by[1]);
  return readPercent(span);
}

function readPercent(span: Span): number | undefined {
  const percent = span.take(
    /\b(by |to |at )?(\d+(?:\.\d+)?)%(?: (of )?(?:the |its )?(?:original |normal )?speed)?/,
  );
  if (percent === undefined) return undefined;
  const share = Number(percent[2]) / 100;
  const isAbsolute = percent[1] === 'to ' || percent[1] === 'at ' || /speed/.test(percent[0]);
  if (isAbsolute) return share;
  if (SLOW.test(span.text) || /\b(?:reduce|decrease|lower|drop)\b/.test(span.text)) return 1 - share;
  return FAST.test(span.text) || /\b(?:increase|raise|boost|up)\b/.test(span.text) ? 1 + share : share;
}

function readComplaint(span: Span): Reading | undefined {
  const isFast = span.take(/\btoo (?:fast|quick)\b/) !== undefined;
  const isSlow = !isFast && span.take(/\btoo slow\b/) !== undefined;
  if (!isFast && !isSlow) return undefined;
  span.take(/\bis\b|\bplays?\b/);
  takeDegree(span);
  return steps(setSpeed(isFast ? SLOWER.little : FASTER.little), LIKELY);
}

/** Alone it may mean anything that was done last. */
const ALONE = /^\W*(?:twice|thrice|(?:two|three|2|3) times)\W*$/i;

function readTimelapse(span: Span): Reading {
  span.take(/\b(?:turn|convert)\b/);
  const said = readFactor(span);
  if (said !== undefined && said > 1) return steps(setSpeed(said));
  return ask('How many times faster should it play, for example 4x?', {
    fill: ({ text }) => readSpeed(new Span(text, true)),
  });
}

function readSpeed(span: Span, message?: Message): Reading | undefined {
  if (message !== undefined && ALONE.test(message.raw)) return undefined;
  if (/«|\b(?:volume|loud|size|big|large|zoom|fade|contrast|bright|dark)/.test(span.text)) return undefined;
  if (
    span.take(/\b(?:back (?:to|at) |at |to )?(?:the )?(?:normal|regular|original|real ?time)(?: speed)\b/) !==
      undefined &&
    !/\d|half|double/.test(span.text)
  ) {
    span.takeAll(/\b(?:set|go|play|back|return|speed|put|reset|change|run)\b/);
    return steps(normalSpeed);
  }
  if (
    !/\b(?:speed|fast|slow|quick|tempo|pace|rate|accelerate|timelapse|time-lapse|hyperlapse|slo-?mo|hurry)|\d+(?:\.\d+)?x\b/.test(
      span.text,
    )
  )
    return undefined;
  const complaint = readComplaint(span);
  if (complaint !== undefined) return complaint;
  if (span.take(/\b(?:timelapse|time-lapse|time lapse|hyperlapse)\b/) !== undefined)
    return readTimelapse(span);
  const factor = readFactor(span);
  const isFast = span.take(FAST) !== undefined;
  const isSlow = span.take(SLOW) !== undefined;
  if (/\band back\b/.test(span.text)) return undefined;
  const tidy = (): void =>
    void span.takeAll(
      /\b(?:play|put|run|playback|speed|set|change|increase|decrease|reduce|raise|boost|lower|drop|turn|tempo|pace|rate|back|go|normal|motion|down|at|twice)\b/,
    );
  if (factor !== undefined) {
    tidy();
    return steps(setSpeed(factor));
  }
  if (isFast === isSlow) return readUpDown(span);
  const isMotion = /slow[ -]?mo|slo-?mo/.test(span.source);
  const degree = takeDegree(span);
  tidy();
  if (isMotion && degree !== 'little') return steps(setSpeed(0.5));
  return steps(setSpeed(isFast ? FASTER[degree] : SLOWER[degree]), LIKELY);
}

function readUpDown(span: Span): Reading | undefined {
  const isUp = span.take(/\b(?:increase|raise|boost|more|up|higher)\b/) !== undefined;
  const isDown = span.take(/\b(?:decrease|reduce|lower|less|down)\b/) !== undefined;
  if (span.take(/\b(?:speed|pace|tempo)\b/) === undefined) return undefined;
  const degree = takeDegree(span);
  span.take(/\b(?:change|adjust|set|turn)\b/);
  if (isUp !== isDown) return steps(setSpeed(isUp ? FASTER[degree] : SLOWER[degree]), LIKELY);
  return ask('Should it play faster or slower, and by how much?', {
    fill: ({ text }) => readSpeed(new Span(text, true)),
  });
}

export const speed: Intent = { name: 'speed', read: readSpeed };
