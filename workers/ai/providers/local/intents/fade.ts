/** Fades: "fade in 2 seconds", "fade to black at the end", "fade the music out over 3 s". */
import type { Operation } from '../../../../../src/contracts/edit-plan.ts';
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
  replace,
  steps,
} from '../scene.ts';
import type { Message } from '../text/message.ts';
import type { Span } from '../text/span.ts';
import { takeSeconds } from '../time-range.ts';
import { lengthText, listText } from '../wording.ts';

type Target = 'video' | 'audio' | 'both';

interface Fade {
  readonly in?: number;
  readonly out?: number;
  readonly target: Target;
}

const DEFAULT_SECONDS = 1;

const secondsOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Fades of the same target are one operation, so that a second request for the same edge replaces the first. */
export const addFade =
  (fade: Fade): Step =>
  (scene): StepResult => {
    const { durationSeconds, hasAudio } = scene.timeline;
    if (fade.target === 'audio' && !hasAudio)
      return note('The video has no sound, so there is nothing to fade in it.');
    const target = fade.target === 'both' && !hasAudio ? 'video' : fade.target;
    const same = scene.operations.findLast(
      (operation) => operation.op === 'fade' && (operation['target'] ?? 'both') === target,
    );
    const operation: Operation = {
      op: 'fade',
      ...pick(same),
      ...(fade.in === undefined ? {} : { in: fade.in }),
      ...(fade.out === undefined ? {} : { out: fade.out }),
      target,
    };
    if (fade.in === 0 || fade.out === 0) return ask('How many seconds should the fade take?');
    const total = secondsOf(operation['in']) + secondsOf(operation['out']);
    if (total > durationSeconds) {
      return ask(
        `The video is only ${lengthText(durationSeconds)} long, so ${lengthText(total)} of fades do not fit. How long should they be?`,
      );
    }
    return {
      kind: 'done',
      scene: same === undefined ? append(scene, operation) : replace(scene, same, operation),
      phrase: fadePhrase({ ...fade, target }, hasAudio),
    };
  };

function fadePhrase(fade: Fade, hasAudio: boolean): string {
  const edges = [
    ...(fade.in === undefined ? [] : [`in over ${lengthText(fade.in)}`]),
    ...(fade.out === undefined ? [] : [`out over ${lengthText(fade.out)}`]),
  ];
  const pictureOnly = fade.target === 'video' && hasAudio;
  const what = fade.target === 'audio' ? 'the sound' : pictureOnly ? 'the picture' : 'it';
  return `faded ${what} ${listText(edges)}`;
}

function pick(operation: Operation | undefined): { in?: unknown; out?: unknown } {
  if (operation === undefined) return {};
  return {
    ...(operation['in'] === undefined ? {} : { in: operation['in'] }),
    ...(operation['out'] === undefined ? {} : { out: operation['out'] }),
  };
}

function takeTarget(span: Span): Target | undefined {
  const audio = span.take(/\b(?:the |its )?(?:music|sound|audio|volume|song|soundtrack)\b/) !== undefined;
  const video =
    span.take(/\b(?:the )?(?:picture|image|video only|visuals|screen)\b/) !== undefined ||
    span.take(/\bvideo(?= and (?:sound|audio|music))|\bonly the video\b/) !== undefined;
  if (audio && (video || /\bvideo\b/.test(span.text))) return 'both';
  if (audio) return 'audio';
  return video ? 'video' : undefined;
}

const EDGE = '(in|out|to black|from black|up from black)';

function readFade(span: Span): Reading | undefined {
  if (
    /«|\b(?:text|title|caption)\b/.test(span.text) ||
    !/\b(?:fade|fading|fades|faded|fadein|fadeout|dissolve)\b/.test(span.text)
  )
    return undefined;
  if (/\bfade to (?:white|red|blue|gr[ae]y|green)\b/.test(span.text)) {
    span.take(/\bfade to \w+\b/);
    span.take(/\b(?:at )?the end\b/);
    return ask('I can fade to black only. Should I do that at the end?', {
      proposal: [addFade({ out: DEFAULT_SECONDS, target: 'video' })],
    });
  }
  const toBlack = /\b(?:to|from|into) black\b/.test(span.text);
  span.take(
    /\b(?:(?:end|start|open|begin|finish|close) (?:it )?with|add|put|give|do|apply|use|make|want|create|have)\b/,
  );
  const target = takeTarget(span) ?? (toBlack ? 'video' : 'both');
  const isBoth =
    span.take(
      /\bfade[- ]?(?:ins? (?:and|\/|&) (?:fade[- ]?)?outs?|in\/out)\b|\bfade (?:it |the video |this )?(?:in and out|out and in|both ways)\b|\bfades? (?:at|on) (?:both|each)(?: the)? (?:ends?|sides?|start and end)\b|\bfades? at (?:the )?(?:start|beginning) and (?:the )?end\b/,
    ) !== undefined;
  if (isBoth) {
    span.takeAll(
      /\b(?:at|from|on) (?:the )?(?:start|beginning|end)\b|\b(?:of|over|lasting|each|long|every)\b|\b(?:to|from|into) black\b|\beffects?\b/,
    );
    const seconds = takeSeconds(span, true) ?? DEFAULT_SECONDS;
    return steps(addFade({ in: seconds, out: seconds, target }));
  }
  return readEdges(span, target);
}

/** Every edge with the length that stands next to it. */
function readEdges(span: Span, target: Target): Reading | undefined {
  const fade: { in?: number; out?: number } = {};
  const length = '(?:⟨([\\d.]+)⟩|(\\d+(?:\\.\\d+)?)(?![\\w%]))';
  const after = new RegExp(
    `\\b(?:fade|fading|fades|faded)?-? ?(?:it |this |that |the (?:video|clip) |everything )?${EDGE}(?: (?:at|from|in) the (?:very )?(?:start|beginning|end))?(?: (?:for|over|of|in|during|lasting|within|to|across|the|first|last|final|opening|closing|about|a))* ${length}(?: long)?`,
  );
  const before = new RegExp(`${length} (?:long )?(?:fade|fading)?-? ?(?:it )?${EDGE}\\b`);
  const bare = new RegExp(
    `\\b(?:fade|fading|fades|faded)-? ?(?:it |this |that |the (?:video|clip) |everything )?(?:slowly |gently |smoothly )?${EDGE}s?\\b|\\b(?:and|,|or) ${EDGE}\\b|\\bfade(in|out)\\b`,
  );
  for (
    let match = span.take(before) ?? span.take(after);
    match !== undefined;
    match = span.take(before) ?? span.take(after)
  ) {
    const edge = match.find((group, index) => index > 0 && group !== undefined && /[a-z]/.test(group)) ?? '';
    const seconds = match.find((group, index) => index > 0 && group !== undefined && /^[\d.]+$/.test(group));
    fade[edgeOf(edge)] = Number(seconds);
  }
  for (const match of span.takeAll(bare)) {
    const edge = edgeOf(match.slice(1).find((group) => group !== undefined) ?? '');
    fade[edge] ??= takeSeconds(span) ?? DEFAULT_SECONDS;
  }
  span.takeAll(
    /\b(?:at|from|on|towards?|near|in) (?:the )?(?:very )?(?:start|beginning|end)\b|\b(?:slowly|gently|smoothly|slow|gentle|smooth|nice|effects?|transition)\b|\b(?:to|from|into) black\b/,
  );
  if (fade.in === undefined && fade.out === undefined) return readWhere(span, target);
  if (isMisplaced(fade, span.source)) {
    return ask('A fade in is at the start and a fade out at the end. Which one do you mean?', {
      fill: whichEdge(target),
    });
  }
  return steps(addFade({ ...fade, target }), EXACT);
}

const edgeOf = (edge: string): 'in' | 'out' => (edge === 'out' || edge === 'to black' ? 'out' : 'in');

/** "fade out at the start". */
function isMisplaced(fade: { in?: number; out?: number }, source: string): boolean {
  const isStart = /\b(?:start|beginning|first|intro|opening)\b/.test(source);
  const isEnd = /\b(?:end|ending|last|final|outro)\b/.test(source);
  return (isStart && !isEnd && fade.in === undefined) || (isEnd && !isStart && fade.out === undefined);
}

/** Reads "in", "out" or "both" as the answer. */
const whichEdge =
  (target: Target, seconds = DEFAULT_SECONDS) =>
  ({ text }: Message): Reading | undefined => {
    const isBoth = /\bboth\b/.test(text);
    const isIn = isBoth || /\b(?:in|start|beginning)\b/.test(text);
    const isOut = isBoth || /\b(?:out|end)\b/.test(text);
    if (!isIn && !isOut) return undefined;
    return steps(addFade({ ...(isIn ? { in: seconds } : {}), ...(isOut ? { out: seconds } : {}), target }));
  };

function readWhere(span: Span, target: Target): Reading | undefined {
  const isStart = /\b(?:start|beginning|intro|first|opening)\b/.test(span.source);
  const isEnd = /\b(?:end|ending|outro|last|final)\b/.test(span.source);
  if (span.take(/\b(?:fade|fading|fades)\b/) === undefined) return undefined;
  const seconds = takeSeconds(span);
  span.takeAll(
    /\b(?:the )?(?:start|beginning|intro|first|opening|end|ending|outro|last|final)\b|\b(?:at|over|for)\b/,
  );
  if (isStart || isEnd)
    return steps(
      addFade({
        ...(isStart ? { in: seconds ?? DEFAULT_SECONDS } : {}),
        ...(isEnd ? { out: seconds ?? DEFAULT_SECONDS } : {}),
        target,
      }),
      LIKELY,
    );
  return ask('Should it fade in at the start, out at the end, or both?', {
    fill: whichEdge(target, seconds),
  });
}

export const fade: Intent = { name: 'fade', read: readFade };
