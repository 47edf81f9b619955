/**
 * Applies the lines of a message in order and composes the outcome.
 *
 * The rule for a message of which a part is unclear or impossible: **nothing is applied and one question is asked**, which
 * says what was understood. The answer then completes the whole request (see thread.ts), so a message always is one revision
 * and one undo, and no edit is ever half of what was asked.
 *
 * The rule for times: they mean the video as the user sees it, before this message. After "then", "after that" they mean the
 * result of what came before.
 */
import type { ChatOutcome } from '../../../../src/contracts/jobs.ts';
import { parseOperations } from '../../../../src/editing/plan.ts';
import { formatTime } from '../../../../src/editing/timeline.ts';
import type { Line } from './clauses.ts';
import { undoInPlace } from './intents/history.ts';
import { ABILITIES } from './intents/questions.ts';
import { type Ask, type Command, type Scene, type Step, seeResult } from './scene.ts';
import { capitalised, listText } from './wording.ts';

/** What a turn comes to, before tokens and prices are added. */
export type Settled = Pick<
  ChatOutcome,
  'reply' | 'action' | 'operations' | 'added' | 'removed' | 'steps' | 'output' | 'confidence'
>;

export interface Settlement {
  readonly outcome: Settled;
  /** The question that is open, and the line it belongs to. */
  readonly open?: { readonly line: number; readonly ask: Ask };
}

const QUESTION_CONFIDENCE = 0.9;
const UNKNOWN_CONFIDENCE = 0.3;
const THRESHOLD = 0.6;
/** Each corrected typing error makes the reading less sure. */
const TYPO_FACTOR = 0.97;

interface Progress {
  readonly scene: Scene;
  readonly phrases: readonly string[];
  readonly notes: readonly string[];
  readonly commands: readonly Command[];
}

type Applied = { readonly ok: true; readonly progress: Progress } | { readonly ok: false; readonly ask: Ask };

/** Applies one step and checks what it made against the plan's schema and bounds. */
function applyStep(step: Step, progress: Progress, isAlone: boolean): Applied {
  const result = step(progress.scene);
  if (result.kind === 'ask') return { ok: false, ask: result.ask };
  if (result.kind === 'note' && result.isMissing === true && !isAlone)
    return { ok: false, ask: leaveOut(result.phrase) };
  if (result.kind === 'note')
    return { ok: true, progress: { ...progress, notes: [...progress.notes, result.phrase] } };
  if (result.kind === 'command') {
    return { ok: true, progress: { ...progress, commands: [...progress.commands, result.command] } };
  }
  const parsed = parseOperations(result.scene.operations, result.scene.probe);
  if (!parsed.ok)
    return { ok: false, ask: boundQuestion(parsed.issues[0]?.message ?? 'it is out of bounds') };
  const phrases = [...progress.phrases, result.phrase];
  return { ok: true, progress: { ...progress, scene: result.scene, phrases } };
}

const leaveOut = (phrase: string): Ask => ({
  question: `${phrase} Should I do the rest without that?`,
  proposal: [],
});

const boundQuestion = (message: string): Ask => ({
  question: `I can't do that: ${message}. What should it be instead?`,
});

/** One of several requests: undo and reset become part of the edit. */
function inPlace(command: Command, progress: Progress): Applied {
  if (command.action === 'undo' && command.steps === 1) return applyStep(undoInPlace, progress, false);
  const scene = seeResult({ ...progress.scene, operations: [] });
  const reset: Step = () => ({ kind: 'done', scene, phrase: 'took out all earlier edits' });
  return applyStep(reset, progress, false);
}

function applyLine(line: Line, progress: Progress, isAlone: boolean): Applied {
  if (line.reading?.kind !== 'steps') throw new TypeError('only lines with steps can be applied');
  let current: Progress = line.isAfter ? { ...progress, scene: seeResult(progress.scene) } : progress;
  for (const step of line.reading.steps) {
    const applied = applyStep(step, current, isAlone);
    if (!applied.ok) return applied;
    const command = applied.progress.commands.at(-1);
    const isNew = applied.progress.commands.length > current.commands.length;
    if (
      !isAlone &&
      isNew &&
      (command?.action === 'reset' || (command?.action === 'undo' && command.steps === 1))
    ) {
      const replaced = inPlace(command, current);
      if (!replaced.ok) return replaced;
      current = replaced.progress;
    } else current = applied.progress;
  }
  return { ok: true, progress: current };
}

const understood = (lines: readonly Line[]): string => {
  const clear = lines.filter(({ reading }) => reading?.kind === 'steps');
  return clear.length === 0
    ? ''
    : ` I understood ${listText(clear.map(({ shown }) => `“${shown}”`))}, and have changed nothing yet.`;
};

function question(lines: readonly Line[], line: number, ask: Ask): Settlement {
  const others = lines.filter((_, index) => index !== line);
  return {
    outcome: {
      reply: `${ask.question}${understood(others)}`,
      action: 'question',
      confidence: QUESTION_CONFIDENCE,
    },
    open: { line, ask },
  };
}

/** The first unclear line decides the question. */
function unclear(lines: readonly Line[]): Settlement | undefined {
  const index = lines.findIndex(({ reading }) => reading?.kind !== 'steps');
  const line = lines[index];
  if (line === undefined) return undefined;
  if (line.reading?.kind === 'ask') return question(lines, index, line.reading.ask);
  const others = lines.filter(({ reading }) => reading?.kind === 'steps');
  const said = line.shown.length > 120 ? `${line.shown.slice(0, 119)}…` : line.shown;
  const reply =
    others.length === 0
      ? `I did not understand “${said}”, so I changed nothing. What should change? ${ABILITIES}`
      : `I did not understand “${said}”.${understood(lines)} Should I do that and leave “${said}” out, or can you say it differently?`;
  return {
    outcome: { reply, action: 'question', confidence: UNKNOWN_CONFIDENCE },
    open: {
      line: index,
      ask: { question: reply, isImpossible: true, ...(others.length === 0 ? {} : { proposal: [] }) },
    },
  };
}

/** Turns the lines into an outcome on the scene. `correctedWords` lowers the confidence. */
export function settle(lines: readonly Line[], scene: Scene, correctedWords: number): Settlement {
  const asked = unclear(lines);
  if (asked !== undefined) return asked;
  let progress: Progress = { scene, phrases: [], notes: [], commands: [] };
  let confidence = TYPO_FACTOR ** correctedWords;
  let surest = 1;
  for (const [index, line] of lines.entries()) {
    const applied = applyLine(line, progress, lines.length === 1);
    if (!applied.ok) return question(lines, index, applied.ask);
    ({ progress } = applied);
    if (line.reading?.kind === 'steps') surest = Math.min(surest, line.reading.confidence);
  }
  confidence = Math.round(confidence * surest * 100) / 100;
  if (confidence < THRESHOLD) return confirm(lines);
  return { outcome: outcomeOf(progress, scene, confidence) };
}

/** Too unsure to edit: the reading is offered instead. */
function confirm(lines: readonly Line[]): Settlement {
  const proposal = lines.flatMap(({ reading }) => (reading?.kind === 'steps' ? reading.steps : []));
  const ask: Ask = {
    question: `Do you mean that I should do this: ${listText(lines.map(({ shown }) => `“${shown}”`))}?`,
    proposal,
  };
  return {
    outcome: { reply: ask.question, action: 'question', confidence: THRESHOLD - 0.05 },
    open: { line: 0, ask },
  };
}

function outcomeOf(progress: Progress, start: Scene, confidence: number): Settled {
  const { phrases, notes, commands } = progress;
  if (phrases.length > 0) return editOutcome(progress, start, confidence);
  const deciding = commands.find(({ action }) => action !== 'answer');
  const replies = [...notes, ...commands.map(({ reply }) => reply)].join(' ');
  if (deciding === undefined)
    return {
      reply: replies === '' ? `What should change? ${ABILITIES}` : replies,
      action: replies === '' ? 'question' : 'answer',
      confidence,
    };
  const acting = commands.filter(({ action }) => action !== 'answer');
  const isOneRender = acting.every(({ action }) => action === 'render');
  if (acting.length > 1 && !isOneRender) {
    return {
      reply: 'I can do one of these at a time: undo, redo, start over, export. Which one first?',
      action: 'question',
      confidence: QUESTION_CONFIDENCE,
    };
  }
  const output = Object.assign({}, ...acting.map(({ output }) => output ?? {})) as NonNullable<
    Command['output']
  >;
  const reply = acting.length > 1 ? (acting.at(-1)?.reply ?? replies) : replies;
  return {
    reply,
    action: deciding.action,
    ...(deciding.steps === undefined ? {} : { steps: deciding.steps }),
    ...(deciding.action === 'render' ? { output } : {}),
    confidence,
  };
}

function editOutcome(
  { scene, phrases, notes, commands }: Progress,
  start: Scene,
  confidence: number,
): Settled {
  const added = scene.operations.filter((operation) => !start.operations.includes(operation));
  const removed = start.operations.filter(
    (operation) => !scene.operations.includes(operation) && !scene.replaced.includes(operation),
  );
  if (added.length === 0 && removed.length === 0) {
    return { reply: 'That comes to no change at all.', action: 'answer', confidence };
  }
  const now = scene.timeline;
  const isRetimed = Math.abs(now.durationSeconds - start.timeline.durationSeconds) > 1e-3;
  const sentences = [`I ${listText(phrases)}.`];
  if (isRetimed) sentences.push(`The video is now ${formatTime(now.durationSeconds)} long.`);
  sentences.push(...notes.map(capitalised));
  for (const { action, reply } of commands) {
    if (action === 'answer') sentences.push(reply);
    else if (action === 'render') sentences.push('I have not started the export yet: say “export” to do it.');
    else sentences.push(`I have not done the ${action}: tell me that on its own.`);
  }
  return {
    reply: sentences.join(' '),
    action: 'edit',
    operations: scene.operations,
    added,
    removed,
    confidence,
  };
}
