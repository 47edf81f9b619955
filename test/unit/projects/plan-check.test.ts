import { describe, expect, test } from 'bun:test';
import type { Operation } from '../../../src/contracts/edit-plan.ts';
import { AppError } from '../../../src/contracts/errors.ts';
import { checkEdit } from '../../../src/modules/projects/plan-check.ts';
import { buildProbe } from '../../fixtures/probe-builder.ts';

const source = buildProbe({ durationSeconds: 12 });
const kept: readonly Operation[] = [
  { op: 'trim', start: 0, end: 10 },
  { op: 'filter', name: 'sepia' },
];

function refusal(added: readonly unknown[], before: readonly Operation[] = kept, probe = source): AppError {
  try {
    checkEdit({ kept: before, added }, probe);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the edit was taken');
}

describe('an edit on top of others', () => {
  test('gives the whole list', () => {
    const added = [{ op: 'trim', start: 1, end: 2 }];
    expect(checkEdit({ kept, added }, source)).toEqual([...kept, ...added]);
  });

  test('is measured on the timeline that the others leave', () => {
    const error = refusal([{ op: 'trim', start: 1, end: 11 }]);
    expect(error.code).toBe('invalid_operation');
    expect(error.issues.map((issue) => issue.path)).toEqual(['/operations/0/end']);
  });

  test('names each bad operation by its place in the request', () => {
    const error = refusal([
      { op: 'volume', gain: 1 },
      { op: 'explode' },
      { op: 'text', content: 'x', position: 'nowhere' },
    ]);
    expect(error.issues.map((issue) => issue.path)).toEqual(['/operations/1/op', '/operations/2/position']);
    expect(error.message).toStartWith('/operations/1/op: ');
  });

  test('that makes the plan too long is refused as a whole', () => {
    const error = refusal(Array.from({ length: 199 }, () => ({ op: 'volume', gain: 1 })));
    expect(error.code).toBe('invalid_operation');
    expect(error.issues.map((issue) => issue.path)).toEqual(['/operations']);
  });

  test.each([[null], ['trim'], [7], [[]], [{}], [{ op: '__proto__' }], [{ op: ['trim'] }]])(
    'that is no operation (%p) is named, not thrown as a bug',
    (hostile) => {
      const error = refusal([hostile]);
      expect(error.code).toBe('invalid_operation');
      expect(error.issues[0]?.path).toStartWith('/operations/0');
    },
  );

  test('is a conflict when the others do not fit the video any more', () => {
    const error = refusal([{ op: 'volume', gain: 1 }], kept, buildProbe({ durationSeconds: 3 }));
    expect(error.code).toBe('conflict');
    expect(error.issues).toEqual([]);
  });
});
