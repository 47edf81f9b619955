/** What holds for any text whatever. */
import { expect, test } from 'bun:test';
import { array, assert, constantFrom, nat, oneof, property, string } from 'fast-check';
import type { Operation } from '../../../src/contracts/edit-plan.ts';
import type { ChatOutcome } from '../../../src/contracts/jobs.ts';
import { parseOperations } from '../../../src/editing/plan.ts';
import { plan } from '../../../workers/ai/providers/local/plan.ts';
import { readMessage } from '../../../workers/ai/providers/local/text/message.ts';
import { SETS, contextOf } from '../../fixtures/utterances/index.ts';

const every = Object.values(SETS).flat();
const words = [...new Set(every.flatMap(({ text }) => text.split(/\s+/)))];
const shuffled = array(constantFrom(...words), { maxLength: 25 }).map((list) => list.join(' '));
const anyText = oneof(
  string({ unit: 'grapheme', maxLength: 300 }),
  string({ unit: 'binary', maxLength: 100 }),
  shuffled,
);
const given = constantFrom(...every).map((utterance) => utterance.given);

test('no text makes the planner throw, or propose operations that the plan refuses', () => {
  assert(
    property(anyText, given, (text, given) => {
      const context = contextOf({ style: 'random', text, expected: 'no-edit', given });
      const outcome = plan(context);
      expect(outcome.reply).not.toBe('');
      if (outcome.action !== 'edit' || context.project === undefined) return;
      expect(parseOperations(outcome.operations, context.project.sourceProbe)).toMatchObject({ ok: true });
    }),
    { numRuns: 2_000 },
  );
});

test('the same context gives the same outcome', () => {
  for (const utterance of every) {
    const context = contextOf(utterance);
    expect(plan(context)).toEqual(plan(context));
  }
});

test('quoted text is put on the picture exactly as it was written, whatever it says', () => {
  const content = oneof(
    string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
    shuffled,
    constantFrom(...every.map(({ text }) => text)),
  )
    .map((text) => text.replace(/["”“]/g, '').slice(0, 400))
    .filter((text) => text.trim() !== '');
  assert(
    property(content, (content) => {
      const outcome = plan(
        contextOf({ style: 'random', text: `put "${content}" at the top`, expected: 'no-edit', given: {} }),
      );
      expect(outcome.action).toBe('edit');
      expect(outcome.operations).toEqual([{ op: 'text', content, position: 'top' }]);
    }),
    { numRuns: 1_000 },
  );
});

test('an unknown word anywhere in a clear request leads to a question, not to an edit', () => {
  const clear = every.filter(
    ({ expected, text, given }) =>
      Array.isArray(expected) &&
      given.history === undefined &&
      !/["'“‘«:]|name|txt/.test(text) &&
      !/\b(?:add|write|put|show)\b/i.test(text),
  );
  assert(
    property(constantFrom(...clear), nat(), (utterance, position) => {
      const parts = utterance.text.split(' ');
      parts.splice(position % (parts.length + 1), 0, 'zorblax');
      const outcome = plan(contextOf({ ...utterance, text: parts.join(' ') }));
      expect(outcome.action).not.toBe('edit');
    }),
    { numRuns: 2_000 },
  );
});

test('several requests in one message come to the same as one after the other', () => {
  const shortenings = [
    'cut the first 10 seconds',
    'keep only 5 to 20',
    'trim it to 12 seconds',
    'twice as fast',
  ];
  const others = [
    'make it black and white',
    'blur it a bit',
    'make it brighter',
    'make it a bit warmer',
    'more contrast',
    'make it square',
    'mute it',
    'turn the volume down a little',
    'fade in 2 seconds',
    'fade to black at the end',
    'fade the music out',
    'put "Acme, and co" at the bottom',
    'add the text "Hi" at the top in red',
    'write "Big" in the center, bigger',
  ];
  const joints = [' and ', ', ', ' then ', '. ', '\n', ' and also ', ', please also ', ' but ', ' '];
  const planOn = (text: string, operations: readonly Operation[] = []): ChatOutcome =>
    plan(contextOf({ style: 'pair', text, expected: 'no-edit', given: { operations } }));
  const wrong: string[] = [];
  for (const a of [...shortenings, ...others]) {
    const first = planOn(a).operations ?? [];
    expect(first).not.toEqual([]);
    for (const b of others) {
      const second = planOn(b, first);
      if (a === b || second.action === 'question') continue;
      for (const joint of joints) {
        const both = planOn(`${a}${joint}${b}`);
        // Without any joint the borders may be unclear; then it asks.
        if (joint === ' ' && both.action === 'question') continue;
        if (!Bun.deepEquals(both.operations, second.operations ?? first)) wrong.push(`${a}${joint}${b}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('messages of the longest kind are planned within a second', () => {
  const long = [
    'cut the first 1 second and '.repeat(148),
    'a '.repeat(2_000),
    '"'.repeat(4_000),
    '1:'.repeat(2_000),
    'from 5 to 8, '.repeat(300),
    ' and'.repeat(1_000),
  ];
  for (const text of long) {
    const startedAt = performance.now();
    plan(contextOf({ style: 'long', text, expected: 'no-edit', given: {} }));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  }
});

test('marks of quotes that the writer types himself are not taken for marks', () => {
  assert(
    property(string({ unit: constantFrom('«', '»', '⟨', '⟩', '0', '5', ' ', 'a') }), (text) => {
      const message = readMessage(text);
      const marks = [...message.text.matchAll(/«(\d+)»/g)].map(([, index]) => Number(index));
      expect(marks).toEqual(message.quotes.map((_, index) => index));
      expect(message.text.replace(/«\d+»/g, '')).not.toMatch(/[«»⟨⟩]/);
    }),
  );
});
