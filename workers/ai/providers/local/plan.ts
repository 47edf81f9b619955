/**
 * The local planner: plain English into operations, deterministic and without a key. It reads a message (text/), divides it
 * into requests (clauses.ts), understands each by the grammars of intents/, applies them to the project (settle.ts) and says
 * what it did. What it does not understand completely it asks about, and edits nothing.
 */
import type { ChatContext, ChatOutcome } from '../../../../src/contracts/jobs.ts';
import type { Operation } from '../../../../src/contracts/edit-plan.ts';
import { timelineAfter } from '../../../../src/editing/plan.ts';
import { readSpan } from './clauses.ts';
import type { Scene } from './scene.ts';
import type { Settled } from './settle.ts';
import { readMessage } from './text/message.ts';
import { openThread, planThread } from './thread.ts';
import { identityMap } from './time-map.ts';

export const LOCAL_MODEL = 'local-planner-1';

/** Words of the message and the reply: nothing is charged for them, they show the size of the work. */
const countWords = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;

/** What the last edit left in the plan, found by value: history holds copies. */
function recentEdit(
  context: ChatContext,
  operations: readonly Operation[],
): Pick<Scene, 'recent' | 'recentRequest'> {
  const index = context.history.findLastIndex(
    ({ role, outcome }) => role === 'assistant' && ['edit', 'undo', 'reset'].includes(outcome ?? ''),
  );
  const turn = context.history[index];
  if (turn?.outcome !== 'edit') return { recent: [], recentRequest: undefined };
  const recent = (turn.operations ?? []).flatMap(
    (operation) => operations.findLast((known) => Bun.deepEquals(known, operation)) ?? [],
  );
  const request = context.history.slice(0, index).findLast(({ role }) => role === 'user');
  return { recent, recentRequest: request?.content };
}

function sceneOf(context: ChatContext, project: NonNullable<ChatContext['project']>): Scene {
  const timeline = timelineAfter(project.operations, project.sourceProbe);
  return {
    probe: project.sourceProbe,
    operations: project.operations,
    timeline,
    seen: { durationSeconds: timeline.durationSeconds, map: identityMap(timeline.durationSeconds) },
    replaced: [],
    ...recentEdit(context, project.operations),
    context,
  };
}

const NO_VIDEO =
  'There is no ready video in this conversation yet. Upload one (or wait until it is ready), open it in a project, and then tell me what to change.';

/** Without a video only small talk and questions about the planner itself have an answer. */
function withoutProject(context: ChatContext): Settled {
  const message = readMessage(context.content);
  const isTalk =
    /^(?:hi|hello|hey|thanks?|help|what can you do|bye)\b/.test(message.text) &&
    readSpan(message.text, message, true) !== undefined;
  const reply =
    isTalk && /^(?:thank|bye)/.test(message.text)
      ? "You're welcome!"
      : `${isTalk && /^(?:hi|hello|hey)/.test(message.text) ? 'Hello! ' : ''}${NO_VIDEO}`;
  return { reply, action: 'answer', confidence: 0.95 };
}

/** Plans one chat turn. Pure, deterministic, never throws for any text; every proposed list has passed `parseOperations`. */
export function plan(context: ChatContext): ChatOutcome {
  const { project } = context;
  const settled =
    project === undefined
      ? withoutProject(context)
      : planThread(openThread(context.history), context.content, sceneOf(context, project)).outcome;
  return {
    ...settled,
    model: LOCAL_MODEL,
    tokens: { input: countWords(context.content), output: countWords(settled.reply) },
    costUsd: 0,
  };
}
