/** Turning the picture: "rotate left", "90 degrees clockwise", "turn it upside down"; degrees count clockwise. */
import { type Intent, type Reading, type Step, append, ask, note, steps } from '../scene.ts';
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

const LEFT = /\b(?:to the |towards the )?left\b|\b(?:counter[ -]?clock ?wise|anti[ -]?clock ?wise|ccw)\b/;
const RIGHT = /\b(?:to the |towards the )?right\b|\b(?:clock ?wise|cw)\b/;

function directionOf(text: string): Reading | undefined {
  const degrees = /(-?\d+)(?:deg)?\b/.exec(text)?.[1];
  const amount = degrees === undefined ? 90 : Number(degrees);
  if (LEFT.test(text)) return steps(rotateBy(-amount));
  if (RIGHT.test(text) || degrees !== undefined) return steps(rotateBy(amount));
  return undefined;
}

const askDirection = (): Reading =>
  ask('Which way should I turn it: 90° to the left or to the right?', {
    fill: ({ text }) => directionOf(text),
  });

function readRotate(span: Span): Reading | undefined {
  if (
    span.take(
      /\b(?:it is |turn(?:ed)? |flip(?:ped)? |rotate |is |comes out )?(?:it |the video |the clip )?upside[ -]?down\b/,
    ) !== undefined
  ) {
    span.take(/\b(?:rotate|flip|fix|turn)\b|\bfilmed\b|\brotated\b|\bfix (?:it|that)\b/);
    return steps(rotateBy(180));
  }
  if (
    span.take(
      /\b(?:(?:it is|is|it|comes out|was filmed|filmed|lying|looks) )?(?:sideways|on its side|tilted|the wrong way(?: up| round)?)\b/,
    ) !== undefined
  ) {
    span.take(/\b(?:fix|rotate|turn)\b|\bfix (?:it|that)\b|\bis\b/);
    return askDirection();
  }
  const verb = span.take(/\b(?:rotated?|rotation|turn|turned|spin|flip|tilt)\b/)?.[0];
  if (verb === undefined && !/\d+deg/.test(span.text)) return undefined;
  if (/hue|color|text|volume|sound|audio|music/.test(span.text)) return undefined;
  const degrees =
    span.take(/(-?\d+)deg\b/) ??
    (verb === undefined || verb.startsWith('turn') ? span.take(/\b(90|180|270)\b/) : span.take(/ (-?\d+)\b/));
  const isAround = span.take(/\b(?:half a turn|half turn|(?:all the way )?around)\b/) !== undefined;
  const isLeft = span.take(LEFT) !== undefined;
  const isRight = span.take(RIGHT) !== undefined;
  if (verb === 'flip' && degrees === undefined) {
    if (
      span.take(/\b(?:horizontally|vertically|horizontal|vertical|mirror)\b/) === undefined &&
      span.leftover().length > 0
    )
      return undefined;
    return ask('I can rotate the picture but not mirror it. Should I turn it by 180°?', {
      proposal: [rotateBy(180)],
      fill: ({ text }) => directionOf(text),
    });
  }
  span.take(/\b(?:by|quarter turn|a quarter)\b/);
  const amount = isAround && degrees === undefined ? 180 : degrees === undefined ? 90 : Number(degrees[1]);
  if (isLeft && isRight) return undefined;
  if (isLeft) return steps(rotateBy(-amount));
  if (isRight || degrees !== undefined || isAround) return steps(rotateBy(amount));
  return verb === 'rotate' || verb === 'rotation' ? askDirection() : undefined;
}

export const rotate: Intent = { name: 'rotate', example: 'rotate it 90 degrees clockwise', read: readRotate };
