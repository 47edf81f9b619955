/** Putting a text on the picture and changing one that is there. */
import type { Operation } from '../../../../src/contracts/edit-plan.ts';
import { placeNow } from './place-range.ts';
import {
  type Reading,
  type Scene,
  type Step,
  type StepResult,
  LIKELY,
  append,
  ask,
  lastOf,
  replace,
  steps,
} from './scene.ts';
import type { Message } from './text/message.ts';
import { Span } from './text/span.ts';
import { type TextLook, pixelsFor, positionText, takeLook, takeTextRange } from './text-look.ts';
import type { TimeRange } from './time-range.ts';

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

/** Puts a text on the picture, at the bottom when no place is named. */
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
export function contentOf(answer: Message, look: TextLook): Reading | undefined {
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
