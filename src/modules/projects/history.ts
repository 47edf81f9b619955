/**
 * Moves of a project's head through its revisions, as changes to write. Pure. Revisions form a tree by `parent`: an append makes a
 * child of the head, undo goes to the parent and remembers where it came from, redo returns there, and an append forgets that.
 */
import { AppError } from '../../contracts/errors.ts';
import type { ProjectRecord } from '../../platform/db/models/project.ts';

export type Place = Pick<ProjectRecord, 'head' | 'lastRevision' | 'redo'>;

/** The place after a new revision was made from the head: its number is the new head. */
export function appended(place: Place): Place {
  const number = place.lastRevision + 1;
  return { head: number, lastRevision: number, redo: [] };
}

/**
 * The place after one undo.
 * @param parent the head revision's parent
 */
export function undone(place: Place, parent: number): Place {
  return { ...place, head: parent, redo: [...place.redo, place.head] };
}

/** The place `steps` redos further. @throws AppError `nothing_to_redo` when there are fewer */
export function redone(place: Place, steps: number): Place {
  const rest = place.redo.length - steps;
  const head = place.redo[rest];
  if (head === undefined) throw tooFew('redo', place.redo.length);
  return { ...place, head, redo: place.redo.slice(0, rest) };
}

/** The refusal of a move that the history is too short for. */
export function tooFew(move: 'undo' | 'redo', available: number): AppError {
  const detail =
    available === 0
      ? `There is nothing to ${move}`
      : `Only ${available} ${available === 1 ? 'step' : 'steps'} can be ${move === 'undo' ? 'undone' : 'redone'}`;
  return new AppError(move === 'undo' ? 'nothing_to_undo' : 'nothing_to_redo', detail);
}

/** True when the head has a revision to go back to; only the untouched one has none. */
export const canUndo = (place: Place): boolean => place.head !== 0;

/** True when an undo can be taken back. */
export const canRedo = (place: Place): boolean => place.redo.length > 0;
