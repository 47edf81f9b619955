/** "a bit more", "less", "not that much", "too much": the last edit again, stronger or weaker. */
import type { Operation } from '../../../../../src/contracts/edit-plan.ts';
import { completeColor } from '../../../../../src/editing/operations/color.ts';
import type { Color } from '../../../../../src/editing/operations/color.ts';
import { type Degree, takeDegree } from '../amount.ts';
import {
  type Intent,
  type Reading,
  type Scene,
  type Step,
  type StepResult,
  LIKELY,
  ask,
  note,
  replace,
  steps,
} from '../scene.ts';
import type { Span } from '../text/span.ts';
import { adjustFilter, isFilterName } from './filter.ts';
import { type ColorParameter, changeColor } from './color.ts';
import { changeText } from './text.ts';

type Direction = 1 | -1;

const FACTORS: Readonly<Record<Degree, number>> = { little: 0.25, plain: 0.5, much: 1 };
const round = (value: number): number => Math.round(value * 1_000) / 1_000;
const COLOR_PARAMETERS = [
  'brightness',
  'contrast',
  'saturation',
  'gamma',
  'hue',
  'temperature',
] as const satisfies readonly ColorParameter[];

/** The same operation as an earlier turn left it, to tell what the last turn changed. */
function earlier(scene: Scene, operation: Operation): Operation | undefined {
  const turns = scene.context.history
    .filter(({ role, outcome }) => role === 'assistant' && outcome === 'edit')
    .slice(0, -1);
  return turns.flatMap(({ operations }) => operations ?? []).findLast(({ op }) => op === operation.op);
}

function adjustColor(
  scene: Scene,
  operation: Operation,
  how: { direction: Direction; degree: Degree },
): StepResult {
  const now = completeColor(operation as Color);
  const before = completeColor((earlier(scene, operation) ?? { op: 'color' }) as Color);
  const moved = COLOR_PARAMETERS.filter((parameter) => now[parameter] !== before[parameter]);
  let current = scene;
  const phrases: string[] = [];
  for (const parameter of moved) {
    const way = now[parameter] > before[parameter] ? 1 : -1;
    const back = (now[parameter] - before[parameter]) / 2;
    const change =
      how.direction === 1
        ? ({ kind: 'step', direction: way, degree: how.degree } as const)
        : ({ kind: 'to', value: round(now[parameter] - back) } as const);
    const result = changeColor(parameter, change)(current);
    if (result.kind !== 'done') return result;
    current = result.scene;
    phrases.push(result.phrase);
  }
  return phrases.length === 0 ? whichOne() : { kind: 'done', scene: current, phrase: phrases.join(' and ') };
}

function adjustFactor(
  scene: Scene,
  operation: Operation,
  how: { direction: Direction; degree: Degree; key: 'gain' | 'factor' },
): StepResult {
  const value = operation[how.key];
  const before = how.key === 'gain' ? (earlier(scene, operation)?.['gain'] ?? 1) : 1;
  if (typeof value !== 'number' || typeof before !== 'number') return whichOne();
  const grows = value > before;
  const factor = 1 + FACTORS[how.degree];
  const wanted =
    how.direction === 1 ? (grows ? value * factor : value / factor) : before + (value - before) / 2;
  const changed = { ...operation, [how.key]: round(wanted) };
  const what =
    how.key === 'gain'
      ? `set the volume to ${Math.round(wanted * 100)}%`
      : `set the speed to ${round(wanted)}×`;
  return { kind: 'done', scene: replace(scene, operation, changed), phrase: what };
}

const whichOne = (): StepResult =>
  ask('More or less of what: for example brighter, louder, faster, or a bigger text?');

const adjusting =
  (direction: Direction, degree: Degree): Step =>
  (scene): StepResult => {
    const last = scene.recent.findLast((operation) => scene.operations.includes(operation));
    if (last === undefined) return whichOne();
    if (last.op === 'color') return adjustColor(scene, last, { direction, degree });
    if (last.op === 'volume') return adjustFactor(scene, last, { direction, degree, key: 'gain' });
    if (last.op === 'speed') return adjustFactor(scene, last, { direction, degree, key: 'factor' });
    if (last.op === 'filter' && isFilterName(last['name'])) {
      const isFull = direction === 1 && (last['intensity'] ?? 1) === 1;
      if (isFull) return note('That look is at its full strength already.');
      return adjustFilter(last['name'], direction, degree === 'little' ? 0.2 : 0.5)(scene);
    }
    const sized = /\b(bigger|larger|smaller)\b/.exec(scene.recentRequest?.toLowerCase() ?? '')?.[1];
    if (last.op === 'text' && sized !== undefined) {
      const grows = (sized === 'smaller') === (direction === -1);
      return changeText(undefined, { size: { factor: grows ? 1.2 : 0.8 } })(scene);
    }
    if (last.op === 'trim' || last.op === 'cut')
      return ask('How many seconds more or less should I cut, and where?');
    return whichOne();
  };

const MORE =
  /\b(?:even |still |some )?(?:more|stronger|further|again,? more|more of that|go further|increase it|intensify(?: it)?)\b|\bnot enough\b|\bmore than that\b/;
const LESS =
  /\b(?:less|weaker|not (?:that|so|quite so|as) (?:much|strong|extreme|intense)|too much|too strong|too extreme|tone it down|dial it back|reduce it|milder|subtler|more subtle|softer than that|ease off)\b/;

function readAdjust(span: Span): Reading | undefined {
  if (!span.isWhole || /«|⟨/.test(span.text)) return undefined;
  const isLess = span.take(LESS) !== undefined;
  const isMore = span.take(MORE) !== undefined;
  if (isLess === isMore) return undefined;
  const degree = takeDegree(span);
  span.takeAll(/\b(?:than that|that is|is|a|still|even|yet|no|hmm|now|no,|not)\b|[!.]/);
  return steps(adjusting(isMore ? 1 : -1, degree), LIKELY);
}

export const adjust: Intent = { name: 'adjust', read: readAdjust };
