/** Turning the picture: "rotate left", "90 degrees clockwise", "turn it upside down"; degrees count clockwise. */
import { type Intent, type Reading, type Step, append, ask, note, replace, steps } from '../scene.ts';
import type { Span } from '../text/span.ts';

/** A turn as −180 < degrees ≤ 180, so that "left" reads −90. */
function normalTurn(degrees: number): number {
  const turn = ((degrees % 360) + 360) % 360;
  return turn > 180 ? turn - 360 : turn;
}

const rotateBy =
  (degrees: number): Step =>
  (scene) => {
    const turn = normalTurn(degrees);
    if (turn === 0) return note('A full turn leaves the picture as it is.');
    const way = turn < 0 ? ' counter-clockwise' : ' clockwise';
    const phrase = turn === 180 ? 'turned it by 180°' : `rotated it ${Math.abs(turn)}°${way}`;
    return { kind: 'done', scene: append(scene, { op: 'rotate', degrees: turn }), phrase };
  };

const LEFT =
  /\b(?:to the |towards the )?left(?: side)?\b|\b(?:counter[ -]?clock ?wise|anti[ -]?clock ?wise|ccw)\b/;
const RIGHT = /\b(?:to the |towards the )?right(?: side)?\b|\b(?:clock ?wise|cw)\b/;

function directionOf(text: string): Reading | undefined {
  const degrees = /-?\d+(?=deg\b)|\b(?:90|180|270)\b/.exec(text)?.[0];
  const amount = degrees === undefined ? 90 : Number(degrees);
  if (LEFT.test(text)) return steps(rotateBy(-amount));
  return RIGHT.test(text) || degrees !== undefined ? steps(rotateBy(amount)) : undefined;
}

const askDirection = (): Reading =>
  ask('Which way should I turn it: 90° to the left or to the right?', {
    fill: ({ text }) => directionOf(text),
  });

const UPSIDE_DOWN =
  /\b(?:it is |turn(?:ed)? |flip(?:ped)? |rotate |is |comes out )?(?:it |the video |the clip )?upside[ -]?down\b/;
const SIDEWAYS =
  /\b(?:(?:it is|is|it|comes out|was filmed|filmed|lying|looks) )?(?:sideways|on its side|tilted|the wrong way(?: up| round)?)\b/;

/** What is wrong with the picture: the turn that rights it, or the question which way. */
function readComplaint(span: Span): Reading | undefined {
  if (span.take(UPSIDE_DOWN) !== undefined) {
    span.take(/\b(?:rotate|flip|fix|turn)\b|\bfilmed\b|\brotated\b|\bfix (?:it|that)\b/);
    return steps(rotateBy(180));
  }
  if (span.take(SIDEWAYS) === undefined) return undefined;
  span.take(/\b(?:fix|rotate|turn)\b|\bfix (?:it|that)\b|\bis\b/);
  return askDirection();
}

function readFlip(span: Span): Reading {
  span.take(/\b(?:horizontally|vertically|horizontal|vertical|mirror)\b/);
  return ask('I can rotate the picture but not mirror it. Should I turn it by 180°?', {
    proposal: [rotateBy(180)],
    fill: ({ text }) => directionOf(text),
  });
}

function takeDegrees(span: Span, verb: string | undefined): number | undefined {
  const isLoose = verb !== undefined && !verb.startsWith('turn');
  const degrees = span.take(/(-?\d+)deg\b/) ?? span.take(isLoose ? / (-?\d+)\b/ : /\b(90|180|270)\b/);
  if (degrees !== undefined) return Number(degrees[1]);
  return span.take(/\b(?:half a turn|half turn|(?:all the way )?around)\b/) === undefined ? undefined : 180;
}

const OTHER_WAY =
  /^ (?:no |, )*(?:rotate |turn )?(?:it |to )?(?:(?:that is |that was )?(?:the )?(?:other|opposite|wrong) (?:way|direction))(?: around| round)?(?: instead)?[ .!]*$/;

/** "the other way": the turn of the last request, mirrored. */
const turnAround: Step = (scene) => {
  const last = scene.recent.findLast((operation) => scene.operations.includes(operation));
  const degrees = last?.['degrees'];
  if (last?.op !== 'rotate' || typeof degrees !== 'number' || Math.abs(degrees) === 180)
    return ask('The other way of what?');
  const phrase = `rotated it ${Math.abs(degrees)}°${degrees > 0 ? ' counter-clockwise' : ' clockwise'} instead`;
  return { kind: 'done', scene: replace(scene, last, { ...last, degrees: -degrees }), phrase };
};

const readOtherWay = (span: Span): Reading | undefined =>
  span.isWhole && span.take(OTHER_WAY) !== undefined ? steps(turnAround) : undefined;

function readTurn(span: Span): Reading | undefined {
  const verb = span.take(/\b(?:rotated?|rotation|turn|turned|spin|flip|tilt)\b/)?.[0];
  if (verb === undefined && !/\d+deg/.test(span.text)) return undefined;
  if (/hue|color|text|volume|sound|audio|music/.test(span.text)) return undefined;
  const degrees = takeDegrees(span, verb);
  const isLeft = span.take(LEFT) !== undefined;
  const isRight = span.take(RIGHT) !== undefined;
  if (verb === 'flip' && degrees === undefined) return readFlip(span);
  span.take(/\b(?:by|quarter turn|a quarter)\b/);
  if (isLeft === isRight && degrees === undefined)
    return (verb === 'rotate' || verb === 'rotation') && !isLeft ? askDirection() : undefined;
  return steps(rotateBy((degrees ?? 90) * (isLeft ? -1 : 1)));
}

const readRotate = (span: Span): Reading | undefined =>
  readOtherWay(span) ?? readComplaint(span) ?? readTurn(span);

export const rotate: Intent = { name: 'rotate', read: readRotate };
