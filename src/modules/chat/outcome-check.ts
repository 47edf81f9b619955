/**
 * Whether what a planner answered may be carried out. A model's words are input like any other: checked against the schema,
 * and its operations against the video, before anything happens. Pure.
 */
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { CHAT_ACTIONS } from '../../contracts/chat.ts';
import { type Operation, OutputSettingsSchema } from '../../contracts/edit-plan.ts';
import { AppError } from '../../contracts/errors.ts';
import type { ChatContext, ChatOutcome } from '../../contracts/jobs.ts';
import type { Probe } from '../../contracts/media.ts';
import { parseOperations } from '../../editing/plan.ts';

/** Longest reply in characters. */
const REPLY_MAX = 8_000;
const count = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });

const OutcomeSchema = Type.Object({
  reply: Type.String({ minLength: 1, maxLength: REPLY_MAX }),
  action: Type.Union(CHAT_ACTIONS.map((action) => Type.Literal(action))),
  operations: Type.Optional(Type.Array(Type.Unknown())),
  steps: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  output: Type.Optional(Type.Partial(OutputSettingsSchema)),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  model: Type.String({ minLength: 1, maxLength: 200 }),
  tokens: Type.Object({ input: count, output: count }),
  costUsd: Type.Number({ minimum: 0, maximum: 1_000_000 }),
});

const refuse = (reason: string): AppError =>
  new AppError('planner_failed', `The planner's answer cannot be used: ${reason}`);

const NEEDS_PROJECT: ReadonlySet<ChatOutcome['action']> = new Set([
  'edit',
  'undo',
  'redo',
  'reset',
  'render',
]);

/** True when carrying the action out touches the project. */
export const needsProject = (action: ChatOutcome['action']): boolean => NEEDS_PROJECT.has(action);

/**
 * The outcome, proven to have its form and what its action needs.
 * @throws AppError `planner_failed` saying what is wrong with it
 */
export function checkOutcome(given: unknown, context: ChatContext): ChatOutcome {
  const error = Value.Errors(OutcomeSchema, given).First();
  if (error !== undefined) throw refuse(`${error.path} ${error.message}`);
  const outcome = given as ChatOutcome;
  if (needsProject(outcome.action) && context.project === undefined)
    throw refuse(`${outcome.action} without a project`);
  if (outcome.action === 'edit' && outcome.operations === undefined) throw refuse('edit without operations');
  return { ...outcome, reply: outcome.reply.toWellFormed().replaceAll('\0', '') };
}

/** The operations as `parseOperations` reads them. @throws AppError `planner_failed` naming the first that does not fit */
export function checkOperations(operations: unknown, probe: Probe): readonly Operation[] {
  const parsed = parseOperations(operations, probe);
  if (parsed.ok) return parsed.operations;
  const issue = parsed.issues[0];
  throw refuse(issue === undefined ? 'its operations are not valid' : `${issue.path} ${issue.message}`);
}

/** Operations of `after` that `before` does not have, counting repeats: what a turn added or changed. */
export function addedOperations(before: readonly Operation[], after: readonly Operation[]): Operation[] {
  const counts = new Map<string, number>();
  for (const operation of before) {
    const key = canonical(operation);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return after.filter((operation) => {
    const key = canonical(operation);
    const left = counts.get(key) ?? 0;
    counts.set(key, left - 1);
    return left <= 0;
  });
}

const canonical = (operation: Operation): string =>
  JSON.stringify(operation, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
