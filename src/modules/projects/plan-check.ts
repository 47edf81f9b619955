/** Checking a request's operations on top of those that a project has. Pure. */
import type { Operation } from '../../contracts/edit-plan.ts';
import { AppError, type FieldIssue } from '../../contracts/errors.ts';
import type { Probe } from '../../contracts/media.ts';
import { parseOperations } from '../../editing/plan.ts';

/** Operations of a request and those they follow. */
export interface ProposedEdit {
  /** Operations that stay; the request's times are those of the timeline after them. */
  readonly kept: readonly Operation[];
  /** As the request carried them. */
  readonly added: readonly unknown[];
}

const PLACE = /^\/operations\/(\d+)(.*)$/;

/** Turns a pointer into the whole list into one into the request's own; `undefined` when it points at what was kept. */
function relativeTo(keptCount: number, issue: FieldIssue): FieldIssue | undefined {
  const [, index, rest] = PLACE.exec(issue.path) ?? [];
  if (index === undefined) return issue;
  const ownIndex = Number(index) - keptCount;
  return ownIndex < 0 ? undefined : { path: `/operations/${ownIndex}${rest ?? ''}`, message: issue.message };
}

/**
 * The whole list of operations after the edit.
 * @throws AppError `invalid_operation` naming each bad operation by its place in the request (`/operations/2/end`);
 * `conflict` when what was kept does not fit the video (any more)
 */
export function checkEdit({ kept, added }: ProposedEdit, source: Probe): readonly Operation[] {
  const parsed = parseOperations([...kept, ...added], source);
  if (parsed.ok) return parsed.operations;
  const issues = parsed.issues.flatMap((issue) => relativeTo(kept.length, issue) ?? []);
  const [first] = issues;
  if (first === undefined) {
    const cause = parsed.issues[0]?.message ?? 'they are not valid';
    throw new AppError('conflict', `The project's edits do not fit its video: ${cause}`);
  }
  throw new AppError('invalid_operation', `${first.path}: ${first.message}`, { issues });
}
