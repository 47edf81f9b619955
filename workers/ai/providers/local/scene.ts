/**
 * What a request is applied to. A **step** is one understood request; applying it to a scene gives the next scene and a
 * phrase for the reply, or a question. Nothing here knows a particular operation.
 */
import type { Operation } from '../../../../src/contracts/edit-plan.ts';
import type { ChatContext, ChatOutcome } from '../../../../src/contracts/jobs.ts';
import type { Probe } from '../../../../src/contracts/media.ts';
import type { Timeline } from '../../../../src/editing/operation.ts';
import { timelineAfter } from '../../../../src/editing/plan.ts';
import type { Message } from './text/message.ts';
import type { Span } from './text/span.ts';
import { type TimeMap, advanceMap, backward, changesTime, forward, identityMap } from './time-map.ts';
import type { SecondsRange } from './time-range.ts';

export interface Scene {
  readonly probe: Probe;
  readonly operations: readonly Operation[];
  /** After the operations. */
  readonly timeline: Timeline;
  /** The timeline that the user's times refer to, and where its moments lie now. */
  readonly seen: { readonly durationSeconds: number; readonly map: TimeMap };
  /** Operations that were exchanged for a changed version of themselves. */
  readonly replaced: readonly Operation[];
  /** What the assistant's last edit added; "it", "that" and "more" refer to it. */
  readonly recent: readonly Operation[];
  /** The user's request that led to `recent`. */
  readonly recentRequest: string | undefined;
  readonly context: ChatContext;
}

/** A question to the user, and what to do with the answer. */
export interface Ask {
  readonly question: string;
  /** What is done when the answer is yes. */
  readonly proposal?: readonly Step[];
  /** Reads the answer as the missing piece; undefined when it is not one. */
  readonly fill?: (answer: Message) => Reading | undefined;
  /** True when any words could be the answer (a text's content), so that a request among them must be told apart. */
  readonly isFreeText?: boolean;
  /** True when the request is beyond what the editor can do, so that no answer completes it. */
  readonly isImpossible?: boolean;
}

/** What the turn does instead of an edit. */
export interface Command {
  readonly action: Exclude<ChatOutcome['action'], 'edit' | 'question'>;
  readonly reply: string;
  readonly steps?: number;
  readonly output?: NonNullable<ChatOutcome['output']>;
}

export type StepResult =
  | { readonly kind: 'done'; readonly scene: Scene; readonly phrase: string }
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'command'; readonly command: Command }
  /** Nothing to change, and why; `phrase` is a whole sentence. */
  | {
      readonly kind: 'note';
      readonly phrase: string;
      /** What was asked about is not there: beside other requests that is a question, as the user may mean another thing. */
      readonly isMissing?: boolean;
    };

export type Step = (scene: Scene) => StepResult;

export type Reading =
  | { readonly kind: 'steps'; readonly steps: readonly Step[]; readonly confidence: number }
  | { readonly kind: 'ask'; readonly ask: Ask };

/** One family of requests: takes what it understands out of the span, or leaves it alone. */
export interface Intent {
  readonly name: string;
  read(span: Span, message: Message): Reading | undefined;
}

/** Confidence of a reading whose words have one meaning here. */
export const EXACT = 0.97;
/** Confidence of a reading that took a customary meaning: an amount in words, unquoted text, a unit left out. */
export const LIKELY = 0.85;

export const steps = (list: Step | readonly Step[], confidence = EXACT): Reading => ({
  kind: 'steps',
  steps: typeof list === 'function' ? [list] : list,
  confidence,
});
export const ask = (question: string, more: Omit<Ask, 'question'> = {}): { kind: 'ask'; ask: Ask } => ({
  kind: 'ask',
  ask: { question, ...more },
});
export const note = (phrase: string): StepResult => ({ kind: 'note', phrase });
export const missing = (phrase: string): StepResult => ({ kind: 'note', phrase, isMissing: true });
export const command = (command: Command): StepResult => ({ kind: 'command', command });

/** A step that first asks for a yes. */
export const propose = (question: string, step: Step): { kind: 'ask'; ask: Ask } =>
  ask(question, { proposal: [step] });

const withOperations = (scene: Scene, operations: readonly Operation[]): Scene => ({
  ...scene,
  operations,
  timeline: timelineAfter(operations, scene.probe),
});

/** Adds an operation at the end. Fades belong to the edges of the result, so they stay behind what moves the edges. */
export function append(scene: Scene, operation: Operation): Scene {
  const { seen } = scene;
  const behind = changesTime(operation) ? scene.operations.filter(({ op }) => op === 'fade') : [];
  const ahead = behind.length === 0 ? scene.operations : scene.operations.filter(({ op }) => op !== 'fade');
  return {
    ...withOperations(scene, [...ahead, operation, ...behind]),
    seen: { ...seen, map: advanceMap(seen.map, operation) },
  };
}

/** From here on the user's times refer to the result of what was done so far ("then", "after that"). */
export function seeResult(scene: Scene): Scene {
  const { durationSeconds } = scene.timeline;
  return { ...scene, seen: { durationSeconds, map: identityMap(durationSeconds) } };
}

/** The step with its times on the result so far; the requests after it still mean the video that the user sees. */
export const onResult =
  (step: Step): Step =>
  (scene) => {
    const result = step(seeResult(scene));
    if (result.kind !== 'done') return result;
    const fresh = result.scene.operations.filter((operation) => !scene.operations.includes(operation));
    const seen = { ...scene.seen, map: fresh.reduce(advanceMap, scene.seen.map) };
    return { ...result, scene: { ...result.scene, seen } };
  };

/** Exchanges an operation for a changed version of itself, in its place. */
export function replace(scene: Scene, old: Operation, changed: Operation): Scene {
  if (changesTime(old)) return retimed(scene, old, changed);
  const operations = scene.operations.map((operation) => (operation === old ? changed : operation));
  return { ...withOperations(scene, operations), replaced: [...scene.replaced, old] };
}

/** Takes operations out; later times keep pointing at the same picture. */
export function removeOperations(scene: Scene, gone: readonly Operation[]): Scene {
  return gone.reduce((current, operation) => {
    const live = current.operations.includes(operation) ? operation : undefined;
    if (live === undefined) return current;
    if (changesTime(live)) return retimed(current, live, undefined);
    return withOperations(
      current,
      current.operations.filter((other) => other !== live),
    );
  }, scene);
}

/** Exchanges or removes an operation that moves time, and carries the later ones' times over to the new timeline. */
function retimed(scene: Scene, old: Operation, changed: Operation | undefined): Scene {
  const index = scene.operations.indexOf(old);
  const { durationSeconds } = timelineAfter(scene.operations.slice(0, index), scene.probe);
  let was = advanceMap(identityMap(durationSeconds), old);
  let is = identityMap(durationSeconds);
  if (changed !== undefined) is = advanceMap(is, changed);
  const operations = scene.operations.slice(0, index);
  if (changed !== undefined) operations.push(changed);
  const replaced = [...scene.replaced];
  if (changed !== undefined) replaced.push(old);
  for (const operation of scene.operations.slice(index + 1)) {
    const moved = carryOver(operation, was, is);
    was = advanceMap(was, operation);
    is = moved.reduce(advanceMap, is);
    operations.push(...moved);
    if (!moved.includes(operation)) replaced.push(operation);
  }
  return seeResult({ ...withOperations(scene, operations), replaced });
}

const spanOf = (map: TimeMap): number => {
  const last = map.at(-1);
  return last === undefined ? 0 : last.at + (last.to - last.from) / last.rate;
};

/** The operation with its times moved from one timeline to another of the same origin; none when its part is gone. */
function carryOver(operation: Operation, was: TimeMap, is: TimeMap): Operation[] {
  const { start, end } = operation;
  if (typeof start !== 'number' && typeof end !== 'number') return [operation];
  const length = spanOf(was);
  const from = typeof start === 'number' ? start : 0;
  const to = typeof end === 'number' ? end : length;
  const move = (range: SecondsRange): SecondsRange | undefined =>
    range.to > range.from ? forward(is, backward(was, range)) : undefined;
  if (operation.op === 'trim') {
    // What a trim took off may lie inside of the new timeline: then it is a cut there.
    return [move({ from: to, to: length }), move({ from: 0, to: from })].flatMap((gone): Operation[] => {
      if (gone === undefined) return [];
      if (gone.from <= 0) return [{ op: 'trim', start: gone.to }];
      return gone.to >= spanOf(is) - 1e-3
        ? [{ op: 'trim', end: gone.from }]
        : [{ op: 'cut', start: gone.from, end: gone.to }];
    });
  }
  const moved = move({ from, to });
  if (moved === undefined) return [];
  return [
    {
      ...operation,
      ...(typeof start === 'number' ? { start: moved.from } : {}),
      ...(typeof end === 'number' ? { end: moved.to } : {}),
    },
  ];
}

/** The last operation of that name. */
export function lastOf(scene: Scene, op: string): Operation | undefined {
  return scene.operations.findLast((operation) => operation.op === op);
}
