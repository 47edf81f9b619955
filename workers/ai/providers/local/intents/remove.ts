/** Taking edits out again: "remove the text", "drop the black and white", "without the fade", "no text please". */
import type { Operation } from '../../../../../src/contracts/edit-plan.ts';
import { describeOperation } from '../../../../../src/editing/plan.ts';
import {
  type Intent,
  type Reading,
  type Scene,
  type Step,
  type StepResult,
  ask,
  missing,
  removeOperations,
  steps,
} from '../scene.ts';
import { type Message } from '../text/message.ts';
import type { Span } from '../text/span.ts';
import { listText } from '../wording.ts';
import { FILTER_WORDS } from './filter.ts';

interface Target {
  readonly pattern: RegExp;
  readonly label: string;
  matches(operation: Operation): boolean;
}

const target = (source: string, label: string, matches: (operation: Operation) => boolean): Target => ({
  pattern: new RegExp(`\\b(?:${source})\\b`),
  label,
  matches,
});
const ofKind = (source: string, label: string, ...ops: string[]): Target =>
  target(source, label, ({ op }) => ops.includes(op));

const TARGETS: readonly Target[] = [
  ...Object.entries(FILTER_WORDS).map(([name, words]) =>
    target(
      `(?:${words})(?: (?:filter|effect|look|style))?`,
      `${name.replace('_', ' and ')} look`,
      ({ op, name: given }) => op === 'filter' && given === name,
    ),
  ),
  ofKind('(?:all )?(?:filters?|effects?|looks?)', 'filter', 'filter'),
  ofKind(
    '(?:texts?|titles?|captions?|words|heading|headline|lettering|name|label|writing|watermark)',
    'text',
    'text',
  ),
  target('fade[- ]?ins?', 'fade in', ({ op, in: edge }) => op === 'fade' && edge !== undefined),
  target('fade[- ]?outs?', 'fade out', ({ op, out }) => op === 'fade' && out !== undefined),
  ofKind('fades?(?: effects?)?|fading', 'fade', 'fade'),
  ofKind(
    'color (?:corrections?|changes?|adjustments?|grading)|brightness(?: change)?|contrast(?: change)?|saturation(?: change)?',
    'color correction',
    'color',
  ),
  ofKind('crop(?:ping)?', 'crop', 'crop'),
  ofKind('rotation|rotate', 'rotation', 'rotate'),
  ofKind('scaling|resize|resizing|scale', 'scaling', 'scale'),
  ofKind('speed(?: ?up| change)?|slow ?motion|slow ?mo', 'change of speed', 'speed'),
  ofKind('muting|mute', 'mute', 'mute'),
  ofKind('volume change', 'volume change', 'volume'),
  ofKind('trim(?:ming)?', 'trim', 'trim', 'cut'),
  ofKind('cuts?', 'cut', 'cut', 'trim'),
];

const describe = (operation: Operation): string =>
  operation.op === 'text' ? `the text “${String(operation['content'])}”` : describeOperation(operation);

/** A fade with both edges loses only the one that was named. */
function withoutEdge(scene: Scene, found: Operation, label: string): Scene | undefined {
  const edge = label === 'fade in' ? 'in' : label === 'fade out' ? 'out' : undefined;
  if (edge === undefined || found['in'] === undefined || found['out'] === undefined) return undefined;
  const { [edge]: _gone, ...rest } = found;
  const operations = scene.operations.map((operation) =>
    operation === found ? { ...rest, op: 'fade' } : operation,
  );
  return { ...scene, operations, replaced: [...scene.replaced, found] };
}

const removing =
  (what: Target, all: boolean): Step =>
  (scene): StepResult => {
    const found = scene.operations.filter((operation) => what.matches(operation));
    const only = found[0];
    if (only === undefined) return missing(`There is no ${what.label} to take out.`);
    if (found.length > 1 && !all) {
      const options = found.map(describe);
      return ask(`There are ${found.length} of them: ${listText(options)}. Which one should go, or all?`, {
        fill: (answer) => chosen(answer, found),
      });
    }
    const trimmed = found.length === 1 ? withoutEdge(scene, only, what.label) : undefined;
    return {
      kind: 'done',
      scene: trimmed ?? removeOperations(scene, found),
      phrase: `took out ${found.length === 1 && trimmed === undefined ? describeGone(only, what) : `the ${what.label}${found.length > 1 ? 's' : ''}`}`,
    };
  };

const describeGone = (operation: Operation, what: Target): string =>
  operation.op === 'text' ? describe(operation) : `the ${what.label}`;

const removeThese =
  (gone: readonly Operation[]): Step =>
  (scene) => ({
    kind: 'done',
    scene: removeOperations(scene, gone),
    phrase: `took out ${listText(gone.map(describe))}`,
  });

/** The answer to "which one?": all, first, last, or words of the text. */
function chosen(answer: Message, found: readonly Operation[]): Reading | undefined {
  if (/\b(?:all|both|every|each)\b/.test(answer.text)) return steps(removeThese(found));
  const said = answer.raw.toLowerCase();
  const named = found.filter(
    ({ content }) => typeof content === 'string' && said.includes(content.toLowerCase()),
  );
  if (named.length > 0) return steps(removeThese(named));
  const first = found[0];
  const last = found.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (/\b(?:first|1st|1)\b/.test(answer.text)) return steps(removeThese([first]));
  return /\b(?:last|second|newest|latest|2nd)\b/.test(answer.text) ? steps(removeThese([last])) : undefined;
}

const removeNamed =
  (content: string): Step =>
  (scene): StepResult => {
    const found = scene.operations.filter(
      (operation) =>
        operation.op === 'text' && String(operation['content']).toLowerCase() === content.toLowerCase(),
    );
    return found.length === 0
      ? missing(`There is no text “${content}” to take out.`)
      : removeThese(found)(scene);
  };

const removePlaced =
  (place: string): Step =>
  (scene): StepResult => {
    const found = scene.operations.filter(
      ({ op, position }) => op === 'text' && typeof position === 'string' && position.startsWith(place),
    );
    return found.length === 0
      ? missing(`There is no text at the ${place} to take out.`)
      : removeThese(found)(scene);
  };

const VERB =
  /^ (?:and |but |now |also |again )*(?:remove|delete|drop|take out|take off|take away|get rid of|lose|kill|undo|revert|cancel|without|no|no more|ditch|scrap|scratch|clear|erase|strip|turn off|switch off|disable|discard|forget|take)\b/;

/** What is no edit of ours (parts of the video, its sound), or a request of another kind. */
const OTHER =
  /\bno ,|\b(?:make|turn it|put|add|apply|part|section|scene|intro|outro|sound|audio|music|person|background)\b/;

const IT =
  /^ (?:(?:remove|delete|drop|undo|scrap|lose|kill|ditch) (?:it|that|this)|get rid of (?:it|that|this)|take (?:it|that|this) (?:out|off|away))(?: again)?[ .!]*$/;

/** "remove it": what the last edit added. */
const removeRecent: Step = (scene): StepResult => {
  const gone = scene.recent.filter((operation) => scene.operations.includes(operation));
  return gone.length === 0 ? ask('What should I take out?') : removeThese(gone)(scene);
};

function readRemove(span: Span, message: Message): Reading | undefined {
  if (/⟨/.test(span.text) || !VERB.test(span.text) || OTHER.test(span.text)) return undefined;
  if (span.take(IT) !== undefined) return steps(removeRecent);
  span.take(VERB);
  const all = span.take(/\b(?:all|both|every|each|any)\b/) !== undefined;
  const isLast = span.take(/\b(?:last|latest|newest)\b(?= )/) !== undefined;
  const quote = span.take(/«(\d+)»/);
  const what = TARGETS.find(({ pattern }) => span.take(pattern) !== undefined);
  if (what === undefined && quote === undefined) return undefined;
  span.takeAll(/\b(?:again|off|away|out|anymore|more|change|effect|that you added|you added|added)\b/);
  const content = quote === undefined ? undefined : message.quotes[Number(quote[1])];
  if (content !== undefined) return steps(removeNamed(content));
  if (what === undefined) return undefined;
  const place =
    what.label === 'text' ? span.take(/\b(?:at|on|in) the (top|bottom|left|right|center)\b/)?.[1] : undefined;
  if (place !== undefined) return steps(removePlaced(place));
  if (isLast) {
    return steps((scene) => {
      const last = scene.operations.findLast((operation) => what.matches(operation));
      return last === undefined
        ? missing(`There is no ${what.label} to take out.`)
        : removeThese([last])(scene);
    });
  }
  const isPlural = /\b(?:texts|titles|captions|filters|effects|fades|cuts|looks)\b/.test(span.source);
  return steps(removing(what, all || isPlural));
}

export const remove: Intent = { name: 'remove', read: readRemove };
