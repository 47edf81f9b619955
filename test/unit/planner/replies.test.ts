/** What the planner says: resolved values, what it did not do, and questions that name the bound. */
import { describe, expect, test } from 'bun:test';
import type { ChatOutcome, ChatTurn } from '../../../src/contracts/jobs.ts';
import { plan } from '../../../workers/ai/providers/local/plan.ts';
import { type Given, contextOf } from '../../fixtures/utterances/index.ts';

const say = (text: string, given: Given = {}): ChatOutcome =>
  plan(contextOf({ style: 'reply', text, expected: 'no-edit', given }));

/** Talks on: each outcome becomes history and, when it edits, the project's new state. */
function talk(...texts: readonly string[]): ChatOutcome[] {
  const outcomes: ChatOutcome[] = [];
  const history: ChatTurn[] = [];
  let operations: Given['operations'] = [];
  for (const text of texts) {
    const outcome = say(text, { history: [...history], operations, canUndo: true });
    outcomes.push(outcome);
    history.push({ role: 'user', content: text });
    const turn = { role: 'assistant', content: outcome.reply, outcome: outcome.action } as const;
    history.push(outcome.added === undefined ? turn : { ...turn, operations: outcome.added });
    if (outcome.action === 'edit') operations = outcome.operations ?? [];
  }
  return outcomes;
}

describe('a reply', () => {
  test('names what was done with its values and the new length', () => {
    expect(say('cut the first ten seconds, make it black and white and put "Acme" at the bottom').reply).toBe(
      'I cut the first 10 s, made it black and white and put “Acme” at the bottom. The video is now 0:20 long.',
    );
  });

  test('names the bound that a request breaks', () => {
    expect(say('cut until 0:30', { probe: { durationSeconds: 12 } }).reply).toContain(
      'The video is only 12 s long',
    );
    expect(say('contrast 9').reply).toContain('contrast must be at most 3');
    expect(say('crop to 4000x3000').reply).toContain('1920×1080');
  });

  test('says which part it did not understand, what it did, and that nothing changed', () => {
    const { reply, action } = say('make it brighter and blur the faces');
    expect(action).toBe('question');
    expect(reply).toContain('“blur the faces”');
    expect(reply).toContain('“make it brighter”');
    expect(reply).toContain('changed nothing');
  });

  test('of an edit that also asked for an export says that it has not begun', () => {
    expect(say('mute it and export it').reply).toContain('not started the export');
  });

  test('tells what was done so far', () => {
    const { reply } = say('what have you done so far?', {
      operations: [{ op: 'trim', start: 5 }, { op: 'mute' }],
    });
    expect(reply).toMatch(/1\. .*0:05.*2\. mute/);
  });

  test('without a project says what to do, and never edits', () => {
    const outcome = say('cut the first 10 seconds', { noProject: true });
    expect(outcome.action).toBe('answer');
    expect(outcome.reply).toContain('Upload');
  });

  test('names added and removed operations', () => {
    const outcome = say('not black and white, sepia', {
      operations: [{ op: 'filter', name: 'black_white' }],
    });
    expect(outcome.added).toEqual([{ op: 'filter', name: 'sepia' }]);
    expect(outcome.removed).toEqual([{ op: 'filter', name: 'black_white' }]);
  });
});

describe('a conversation', () => {
  test('carries a question through to the edit', () => {
    const outcomes = talk(
      'cut the first 10 seconds and add a title at the top',
      'make it black and white',
      'yes',
    );
    expect(outcomes.map(({ action }) => action)).toEqual(['question', 'question', 'edit']);
    expect(outcomes.at(-1)?.operations).toEqual([
      { op: 'trim', start: 10 },
      { op: 'text', content: 'make it black and white', position: 'top' },
    ]);
  });

  test('refers to what was done last', () => {
    const outcomes = talk(
      'put "Acme" at the bottom',
      'make it bigger',
      'a bit more',
      'move it to the top',
      'in red',
    );
    expect(outcomes.map(({ action }) => action)).toEqual(['edit', 'edit', 'edit', 'edit', 'edit']);
    expect(outcomes.at(-1)?.operations).toEqual([
      { op: 'text', content: 'Acme', position: 'top', size: 139, color: 'red' },
    ]);
  });

  test('corrects the last request, and only that', () => {
    const outcomes = talk(
      'make it sepia',
      'cut the first 10 seconds',
      'actually 5 seconds',
      'no, the last 3 seconds',
    );
    expect(outcomes.at(-1)?.operations).toEqual([
      { op: 'filter', name: 'sepia' },
      { op: 'trim', end: 27 },
    ]);
  });

  test('adds up relative changes', () => {
    const outcomes = talk('brighter', 'brighter', 'a bit more', 'too much');
    expect(outcomes.map(({ operations }) => operations?.[0]?.['brightness'])).toEqual([0.2, 0.4, 0.5, 0.45]);
  });

  test('does not go back to a question that the user left', () => {
    const outcomes = talk('cut the boring part', 'make it black and white', 'yes');
    expect(outcomes.map(({ action }) => action)).toEqual(['question', 'edit', 'answer']);
  });
});

describe('times', () => {
  test('mean the video as the user sees it, and after "then" what came of it', () => {
    const seen = say('cut the first 10 seconds and mute from 12 to 15');
    expect(seen.operations?.[1]).toEqual({ op: 'mute', start: 2, end: 5 });
    const then = say('cut the first 10 seconds, then mute from 12 to 15');
    expect(then.operations?.[1]).toEqual({ op: 'mute', start: 12, end: 15 });
  });

  test('stay with their picture when an earlier cut is taken out', () => {
    const operations = [
      { op: 'cut', start: 5, end: 10 },
      { op: 'speed', factor: 2 },
      { op: 'text', content: 'A', position: 'top', start: 5, end: 6 },
      { op: 'trim', start: 4 },
    ];
    const outcome = say('remove the cut', { operations: operations.slice(0, 3) });
    expect(outcome.operations).toEqual([
      { op: 'speed', factor: 2 },
      { op: 'text', content: 'A', position: 'top', start: 7.5, end: 8.5 },
    ]);
    expect(say('back to normal speed', { operations }).operations).toEqual([
      { op: 'cut', start: 5, end: 10 },
      { op: 'text', content: 'A', position: 'top', start: 10, end: 12 },
      { op: 'trim', start: 8 },
    ]);
  });

  test('an edge that is partly cut in the same message is asked about', () => {
    expect(say('cut the first 5 seconds and mute the first 8 seconds').action).toBe('question');
  });
});
