/**
 * The planner's promise on its test sets: no wrong edit, ever, and few questions where an edit was clear. It was developed on
 * the development set; the others were written before it ran on them. At first sight, exact and wrong edits:
 *
 *   held-out 199 of 228 (87.3 %), 4    hostile 76 of 87 (87.4 %), 6
 *   second look 74 of 84 (88.1 %), 5   third look 70 of 75 (93.3 %), 2
 *   final look 38 of 50 (76.0 %), 2
 *   fresh 1 111 of 160 (69.4 %), 7     fresh 2 121 of 155 (78.1 %), 7
 *   fresh 3 89 of 104 (85.6 %), 2       fresh 4 49 of 52 (94.2 %), 1
 *
 * What they showed has been fixed since, and a few labels that were wrong themselves, so the floor below guards against
 * falling back and says nothing of new utterances.
 */
import { describe, expect, test } from 'bun:test';
import { parseOperations } from '../../../src/editing/plan.ts';
import { plan } from '../../../workers/ai/providers/local/plan.ts';
import { SETS, type SetName, contextOf, isRight, isWrongEdit } from '../../fixtures/utterances/index.ts';

const FLOOR = 0.97;
const names = Object.keys(SETS) as SetName[];

describe.each(names)('the %s set', (name) => {
  const results = SETS[name].map((utterance) => {
    const context = contextOf(utterance);
    return { utterance, context, outcome: plan(context) };
  });

  test('has no wrong edit', () => {
    const wrong = results.filter(({ utterance, outcome }) => isWrongEdit(outcome, utterance));
    expect(wrong.map(({ utterance }) => utterance.text)).toEqual([]);
  });

  test(`is understood exactly in at least ${FLOOR * 100} % of its utterances`, () => {
    const right = results.filter(({ utterance, outcome }) => isRight(outcome, utterance));
    expect(right.length / results.length).toBeGreaterThanOrEqual(FLOOR);
  });

  test('gets only operations that the plan accepts, and names what it added', () => {
    for (const { context, outcome } of results) {
      if (outcome.action !== 'edit' || context.project === undefined) continue;
      expect(parseOperations(outcome.operations, context.project.sourceProbe)).toMatchObject({ ok: true });
      expect((outcome.added?.length ?? 0) + (outcome.removed?.length ?? 0)).toBeGreaterThan(0);
    }
  });

  test('gets a reply, a confidence that fits it, and no bill', () => {
    for (const { outcome, utterance } of results) {
      const isData = utterance.text.includes('⟨');
      expect(outcome.reply.trim()).not.toBe('');
      if (!isData) expect(outcome.reply).not.toMatch(/[«»⟨⟩]\d|undefined|NaN|\[object/);
      expect(outcome.confidence).toBeGreaterThan(0);
      expect(outcome.confidence).toBeLessThanOrEqual(1);
      if (outcome.action === 'edit') expect(outcome.confidence).toBeGreaterThanOrEqual(0.6);
      expect(outcome.costUsd).toBe(0);
      expect(outcome.model).toBe('local-planner-1');
    }
  });
});

test('the sets hold at least 1,200 different utterances', () => {
  const texts = names.flatMap((name) => SETS[name].map(({ text, given }) => JSON.stringify([text, given])));
  expect(new Set(texts).size).toBeGreaterThanOrEqual(1_200);
});
