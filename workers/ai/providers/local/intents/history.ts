/** Undo, redo, start over. */
import {
  type Intent,
  type Reading,
  type Step,
  type StepResult,
  command,
  note,
  removeOperations,
  steps,
} from '../scene.ts';
import type { Span } from '../text/span.ts';
import { propose } from '../scene.ts';

const COUNT =
  '(?:the )?(?:(?:last|previous|past) )?(?:(\\d+|couple|2x|twice) )?(?:last |previous )?(?:changes?|edits?|steps?|things?|operations?|times?|actions?|one|ones|move|moves)?';

const undoing =
  (count: number): Step =>
  (scene): StepResult => {
    if (!scene.context.project?.canUndo) return note('There is nothing to undo yet.');
    return command({
      action: 'undo',
      steps: count,
      reply: count === 1 ? 'I took back the last change.' : `I took back the last ${count} changes.`,
    });
  };

const redoing =
  (count: number): Step =>
  (scene): StepResult => {
    if (!scene.context.project?.canRedo) return note('There is nothing to redo.');
    return command({
      action: 'redo',
      steps: count,
      reply: count === 1 ? 'I did it again.' : `I did the last ${count} undone changes again.`,
    });
  };

const resetting: Step = (scene): StepResult => {
  if (scene.operations.length === 0)
    return note('There are no edits to take back: the video is as you uploaded it.');
  return command({ action: 'reset', reply: 'I took out all edits; the video is back to the original.' });
};

const RESET =
  /\b(?:start (?:all )?over|start (?:again )?from scratch|start again|start afresh|begin again|from scratch|reset(?: (?:it|this|that|everything|all|the (?:video|project|edits?|whole thing)))?(?: (?:all|back))?|(?:undo|revert|remove|delete|clear|drop|discard|scrap|cancel|take out|get rid of|take back)(?: (?:everything|all(?: (?:of )?(?:it|them|that))?|all (?:of )?(?:the |my |these |your )?(?:edits|changes|operations|effects and edits)|the edits|every edit|every change|all that)))\b(?: (?:you did|so far|i did|we did|done|you made|i made))?|\b(?:(?:go |take (?:it|me) |bring (?:it|me) |get |put it )?back to|restore|revert to|return to|give me(?: back)?)(?: the)? (?:original|beginning|start|untouched version|unedited version|raw video)(?: (?:video|version|clip|state))?\b/;

/** What an undo is said to lead back to. */
const BEFORE =
  /\b(?:and )?(?:go |put it |change it |turn it |bring it )?(?:back )?(?:to )?(?:how|what|the way|like) it was(?: before)?\b/;

function countOf(text: string | undefined): number {
  if (text === undefined) return 1;
  return text === 'couple' || text === '2x' || text === 'twice' ? 2 : Math.max(1, Number(text));
}

function readHistory(span: Span): Reading | undefined {
  if (/«/.test(span.text)) return undefined;
  span.take(/^ (?:nah|no|nope|oops|whoops|wait|ugh|hmm)\b[ ,.!]*/);
  if (span.take(RESET) !== undefined) {
    span.takeAll(/\b(?:back|again|all|edits)\b/);
    return steps(resetting);
  }
  const redo = span.take(
    new RegExp(
      `\\bredo\\b(?: ${COUNT})?|\\bundo (?:the|that|your|my|last) (?:last )?undo\\b|\\bput (?:it|that) back\\b|\\bbring (?:it|that) back\\b`,
    ),
  );
  if (redo !== undefined) return steps(redoing(countOf(redo[1])));
  const undo =
    span.take(
      new RegExp(
        `\\b(?:undo|revert|take back|roll ?back)\\b(?: (?:it|that|this|what you(?: just)? did))?(?: ${COUNT})?`,
      ),
    ) ??
    span.take(new RegExp(`\\b(?:go|step) back(?: ${COUNT})?`)) ??
    span.take(
      /\b(?:take|put) (?:that|it) back\b|\bcancel (?:that|the last (?:change|edit))\b|\b(?:scratch|reverse) that\b|\bi (?:did not|do not) (?:want|like|mean|ask for) (?:that|it|this)\b|\b(?:remove|delete) the last (?:change|edit|step)\b/,
    );
  if (undo === undefined) return undefined;
  span.take(BEFORE);
  span.take(/\bscratch that\b/);
  span.takeAll(/\b(?:back|again|last|change|edit|wrong|that was|oops|whoops|2x|twice)\b/);
  const twice = /\b(?:undo|go back) (?:it |that )?(?:2x|twice)\b/.test(span.source);
  return steps(undoing(twice ? 2 : countOf(undo[1])));
}

/** As one of several requests, undo takes out what the last edit added; undefined when that cannot be told apart. */
export const undoInPlace: Step = (scene): StepResult => {
  const { recent, operations } = scene;
  const isTail = recent.length > 0 && recent.every((operation) => operations.includes(operation));
  if (!isTail)
    return propose(
      'Should I undo the last change first? Say yes, and then tell me the rest again.',
      undoing(1),
    );
  return { kind: 'done', scene: removeOperations(scene, recent), phrase: 'took back the last change' };
};

export const history: Intent = { name: 'history', read: readHistory };
