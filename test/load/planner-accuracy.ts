/**
 * Prints how well the local planner understands its test set, by style, and what a plan costs in time.
 * `bun test/load/planner-accuracy.ts [--set development|held-out|hostile] [--misses]`
 */
import { parseArgs } from 'node:util';
import { plan } from '../../workers/ai/providers/local/plan.ts';
import { SETS, type SetName, contextOf, isRight, isWrongEdit } from '../fixtures/utterances/index.ts';

const { values } = parseArgs({ options: { set: { type: 'string' }, misses: { type: 'boolean' } } });
const names = (Object.keys(SETS) as SetName[]).filter(
  (name) => values.set === undefined || name === values.set,
);

for (const name of names) {
  const tally = new Map<string, { right: number; total: number; wrong: number }>();
  for (const utterance of SETS[name]) {
    const outcome = plan(contextOf(utterance));
    const row = tally.get(utterance.style) ?? { right: 0, total: 0, wrong: 0 };
    row.total += 1;
    if (isRight(outcome, utterance)) row.right += 1;
    else if (values.misses === true) {
      const kind = isWrongEdit(outcome, utterance) ? 'WRONG EDIT' : 'miss';
      console.log(`${kind} [${utterance.style}] ${JSON.stringify(utterance.text)}`);
      console.log(`   expected ${JSON.stringify(utterance.expected)}`);
      console.log(
        `   got ${outcome.action} ${JSON.stringify(outcome.operations ?? outcome.output ?? '')} ${outcome.reply.slice(0, 160)}`,
      );
    }
    if (isWrongEdit(outcome, utterance)) row.wrong += 1;
    tally.set(utterance.style, row);
  }
  const sum = [...tally.values()].reduce((a, b) => ({
    right: a.right + b.right,
    total: a.total + b.total,
    wrong: a.wrong + b.wrong,
  }));
  console.log(
    `\n${name}: ${sum.right}/${sum.total} exact (${((sum.right / sum.total) * 100).toFixed(1)} %), wrong edits ${sum.wrong}`,
  );
  for (const [style, row] of tally)
    console.log(
      `  ${style.padEnd(12)} ${String(row.right).padStart(3)}/${String(row.total).padEnd(3)} wrong ${row.wrong}`,
    );
}

const contexts = names.flatMap((name) => SETS[name].map(contextOf));
const ROUNDS = 5;
const times: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  for (const context of contexts) {
    const startedAt = performance.now();
    plan(context);
    times.push((performance.now() - startedAt) * 1_000);
  }
}
times.sort((a, b) => a - b);
const at = (share: number): string => `${Math.round(times[Math.floor(times.length * share)] ?? 0)} µs`;
console.log(`\nper plan: median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, slowest ${at(0.9999)}`);
