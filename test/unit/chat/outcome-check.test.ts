import { expect, test } from 'bun:test';
import type { Operation } from '../../../src/contracts/edit-plan.ts';
import { readContent, titleFrom } from '../../../src/modules/chat/content.ts';
import { addedOperations, checkOutcome } from '../../../src/modules/chat/outcome-check.ts';

const speed: Operation = { op: 'speed', factor: 2 };

test('what a turn added is counted, not guessed', () => {
  expect(addedOperations([], [speed])).toEqual([speed]);
  expect(addedOperations([speed], [speed])).toEqual([]);
  expect(addedOperations([speed], [speed, speed])).toEqual([speed]);
  expect(addedOperations([{ factor: 2, op: 'speed' }], [speed])).toEqual([]);
  expect(addedOperations([speed, { op: 'mute' }], [speed])).toEqual([]);
});

test('an edit without a project is refused, whatever the model says', () => {
  const outcome = {
    reply: 'done',
    action: 'edit',
    operations: [speed],
    confidence: 1,
    model: 'm',
    tokens: { input: 0, output: 0 },
    costUsd: 0,
  };
  expect(() => checkOutcome(outcome, { history: [] } as never)).toThrow('without a project');
  expect(checkOutcome({ ...outcome, action: 'answer' }, { history: [] } as never).reply).toBe('done');
});

test('content is trimmed and composed, and its first line names a conversation', () => {
  expect(readContent('  cafe\u0301\n ')).toBe('caf\u00e9');
  expect(titleFrom('first line\nsecond')).toBe('first line');
  const title = titleFrom('👩‍👩‍👧'.repeat(100));
  expect([...new Intl.Segmenter().segment(title)].length).toBe(80);
});
