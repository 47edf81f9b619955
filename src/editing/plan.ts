/** Reading operations from outside: the one schema, the one validation, and what a list of operations comes to. */
import { type TSchema, Type } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';
import type { Operation } from '../contracts/edit-plan.ts';
import type { FieldIssue } from '../contracts/errors.ts';
import type { Probe } from '../contracts/media.ts';
import type { OperationDefinition, Timeline } from './operation.ts';
import { definitionOf, findOperation, OPERATIONS } from './operations/index.ts';
import { sourceTimeline } from './timeline.ts';

export const MAX_OPERATIONS = 200;

/** One operation of a plan, told apart by `op`. For request bodies and OpenAPI; it knows no video, `parseOperations` does. */
export const OperationSchema = Type.Union(
  OPERATIONS.map((definition) => definition.schema),
  {
    title: 'Operation',
    description: 'One edit; `op` says which. Times are those of the timeline that the edits before it leave',
    discriminator: { propertyName: 'op' },
  },
);

export type ParsedOperations =
  | { readonly ok: true; readonly operations: Operation[]; readonly timeline: Timeline }
  | { readonly ok: false; readonly issues: readonly FieldIssue[] };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was given, short enough for a message. */
function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

interface Complaint {
  readonly name: string;
  readonly given: string;
  readonly schema: TSchema;
}
type Wording = (complaint: Complaint) => string;

const atLeast: Wording = ({ name, given, schema }) => `${name} must be at least ${schema['minimum']}${given}`;
const atMost: Wording = ({ name, given, schema }) => `${name} must be at most ${schema['maximum']}${given}`;
const oneOf: Wording = ({ name, given, schema }) =>
  `${name} must be ${schema.description ?? 'another'}${given}`;

const WORDINGS: Partial<Record<ValueErrorType, Wording>> = {
  [ValueErrorType.ObjectRequiredProperty]: ({ name }) => `${name} is required`,
  [ValueErrorType.Number]: ({ name, given }) => `${name} must be a number${given}`,
  [ValueErrorType.Integer]: ({ name, given }) => `${name} must be a whole number${given}`,
  [ValueErrorType.String]: ({ name, given }) => `${name} must be a text${given}`,
  [ValueErrorType.NumberMinimum]: atLeast,
  [ValueErrorType.IntegerMinimum]: atLeast,
  [ValueErrorType.NumberMaximum]: atMost,
  [ValueErrorType.IntegerMaximum]: atMost,
  [ValueErrorType.NumberExclusiveMinimum]: ({ name, given, schema }) =>
    `${name} must be more than ${schema['exclusiveMinimum']}${given}`,
  [ValueErrorType.StringMinLength]: ({ name }) => `${name} must not be empty`,
  [ValueErrorType.StringMaxLength]: ({ name, schema }) =>
    `${name} must have at most ${schema['maxLength']} characters`,
  [ValueErrorType.Union]: oneOf,
  [ValueErrorType.StringPattern]: oneOf,
};

/** A schema's complaint in words that name the parameter, what it holds and what it should. */
function explain(error: ValueError, definition: OperationDefinition): string {
  const name = error.path.split('/').at(-1) ?? '';
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    const known = Object.keys(definition.schema.properties).filter((key) => key !== 'op');
    return `${show(name)} is not a parameter here; ${definition.name} takes ${known.join(', ')}`;
  }
  const wording = WORDINGS[error.type];
  const complaint = { name, given: `, not ${show(error.value)}`, schema: error.schema };
  return wording === undefined ? `${name}: ${error.message}` : wording(complaint);
}

function checkSchema(input: unknown, definition: OperationDefinition): FieldIssue[] {
  if (Value.Check(definition.schema, input)) return [];
  const byPath = new Map<string, FieldIssue>();
  for (const error of Value.Errors(definition.schema, input)) {
    // A missing parameter is reported twice, first as missing and then as of a wrong type.
    if (!byPath.has(error.path))
      byPath.set(error.path, { path: error.path, message: explain(error, definition) });
    if (byPath.size >= 20) break;
  }
  return [...byPath.values()];
}

function findDefinition(input: unknown): OperationDefinition | FieldIssue {
  if (!isRecord(input))
    return { path: '', message: `an operation must be an object with "op", not ${show(input)}` };
  const op = Object.hasOwn(input, 'op') ? input['op'] : undefined;
  const names = OPERATIONS.map((definition) => definition.name).join(', ');
  if (op === undefined) return { path: '/op', message: `op is required: one of ${names}` };
  const definition = typeof op === 'string' ? findOperation(op) : undefined;
  return definition ?? { path: '/op', message: `${show(op)} is not an operation; use one of ${names}` };
}

interface Step {
  readonly issues: readonly FieldIssue[];
  readonly operation?: Operation;
  /** `undefined` once an earlier operation was invalid: what follows cannot be measured any more. */
  readonly timeline?: Timeline | undefined;
}

function parseOperation(input: unknown, timeline: Timeline | undefined): Step {
  const definition = findDefinition(input);
  if ('path' in definition) return { issues: [definition] };
  const schemaIssues = checkSchema(input, definition);
  if (schemaIssues.length > 0) return { issues: schemaIssues };
  const operation = structuredClone(input) as Operation;
  if (timeline === undefined) return { issues: [], operation };
  const issues = definition.validate(operation, timeline);
  return issues.length > 0
    ? { issues }
    : { issues, operation, timeline: definition.apply(operation, timeline) };
}

/**
 * Validates operations against the source they are meant for. Each operation is measured on the timeline that the operations
 * before it leave. Issues carry JSON pointers into the request (`/operations/2/end`).
 */
export function parseOperations(input: unknown, source: Probe): ParsedOperations {
  if (!Array.isArray(input)) {
    return { ok: false, issues: [{ path: '/operations', message: 'operations must be a list' }] };
  }
  if (input.length > MAX_OPERATIONS) {
    const message = `a plan has at most ${MAX_OPERATIONS} operations, not ${input.length}`;
    return { ok: false, issues: [{ path: '/operations', message }] };
  }
  const operations: Operation[] = [];
  const issues: FieldIssue[] = [];
  let timeline: Timeline | undefined = sourceTimeline(source);
  for (const [index, item] of input.entries()) {
    const step = parseOperation(item, timeline);
    timeline = step.timeline;
    if (step.operation !== undefined) operations.push(step.operation);
    for (const { path, message } of step.issues) {
      issues.push({ path: `/operations/${index}${path}`, message });
    }
  }
  return timeline === undefined || issues.length > 0
    ? { ok: false, issues }
    : { ok: true, operations, timeline };
}

/** The timeline after valid operations. */
export function timelineAfter(operations: readonly Operation[], source: Probe): Timeline {
  return operations.reduce(
    (timeline, operation) => definitionOf(operation.op).apply(operation, timeline),
    sourceTimeline(source),
  );
}

/** One valid operation in plain English. */
export function describeOperation(operation: Operation): string {
  return definitionOf(operation.op).describe(operation);
}

/** Valid operations in plain English: "trim to 0:10–0:20, black and white and mute the sound". */
export function describeOperations(operations: readonly Operation[]): string {
  const parts = operations.map(describeOperation);
  const last = parts.pop();
  if (last === undefined) return 'no edits';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}
