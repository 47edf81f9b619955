import { describe, expect, test } from 'bun:test';
import { array, assert, constantFrom, property } from 'fast-check';
import { AppError } from '../../../src/contracts/errors.ts';
import {
  appended,
  canRedo,
  canUndo,
  type Place,
  redone,
  tooFew,
  undone,
} from '../../../src/modules/projects/history.ts';

const untouched: Place = { head: 0, lastRevision: 0, redo: [] };

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('the history of a project', () => {
  test('begins with nothing to undo and nothing to redo', () => {
    expect(canUndo(untouched)).toBe(false);
    expect(canRedo(untouched)).toBe(false);
  });

  test('numbers each edit after the highest number ever given, not after the head', () => {
    const undoneTwice = undone(undone(appended(appended(untouched)), 1), 0);
    expect(appended(undoneTwice)).toEqual({ head: 3, lastRevision: 3, redo: [] });
  });

  test('redo returns to what undo left, the latest undo first', () => {
    const back = undone(undone(appended(appended(untouched)), 1), 0);
    expect(redone(back, 1)).toEqual({ head: 1, lastRevision: 2, redo: [2] });
    expect(redone(back, 2)).toEqual({ head: 2, lastRevision: 2, redo: [] });
  });

  test('an edit after an undo forgets what could be redone', () => {
    expect(canRedo(appended(undone(appended(untouched), 0)))).toBe(false);
  });

  test('more redos than there are change nothing', () => {
    const back = undone(appended(untouched), 0);
    expect(codeOf(() => redone(back, 2))).toBe('nothing_to_redo');
    expect(codeOf(() => redone(untouched, 1))).toBe('nothing_to_redo');
  });

  test('a refusal says how many steps there are', () => {
    expect(tooFew('undo', 0).message).toBe('There is nothing to undo');
    expect(tooFew('undo', 1).message).toBe('Only 1 step can be undone');
    expect(tooFew('redo', 3).message).toBe('Only 3 steps can be redone');
  });

  test('whatever is done, numbers have no gap, every head exists, and undo then redo is no change', () => {
    assert(
      property(array(constantFrom('edit', 'undo', 'redo'), { maxLength: 60 }), (moves) => {
        const parents = new Map<number, number>();
        let place = untouched;
        for (const move of moves) {
          if (move === 'edit') {
            const next = appended(place);
            expect(next.head).toBe(parents.size + 1);
            parents.set(next.head, place.head);
            place = next;
          } else if (move === 'undo' && canUndo(place)) {
            const back = undone(place, parents.get(place.head) ?? Number.NaN);
            expect(redone(back, 1)).toEqual(place);
            place = back;
          } else if (move === 'redo' && canRedo(place)) place = redone(place, 1);
          expect(place.head === 0 || parents.has(place.head)).toBe(true);
          expect(place.lastRevision).toBe(parents.size);
        }
      }),
    );
  });
});
