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
import { changeText } from '../text-edits.ts';

type Direction = 1 | -1;

interface How {
  readonly direction: Direction;
  readonly degree: Degree;
}

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

function adjustColor(scene: Scene, operation: Operation, how: How): StepResult {
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
  how: How & { readonly key: 'gain' | 'factor' },
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

/** The look stronger or weaker; a full one cannot grow. */
function adjustLook(scene: Scene, look: Operation, { direction, degree }: How): StepResult {
  if (!isFilterName(look['name'])) return whichOne();
  if (direction === 1 && (look['intensity'] ?? 1) === 1)
    return note('That look is at its full strength already.');
  return adjustFilter(look['name'], direction, degree === 'little' ? 0.2 : 0.5)(scene);
}

/** A text's size, when that is what the last request was about. */
function adjustText(scene: Scene, direction: Direction): StepResult {
  const sized = /\b(bigger|larger|smaller)\b/.exec(scene.recentRequest?.toLowerCase() ?? '')?.[1];
  if (sized === undefined) return whichOne();
  const grows = (sized === 'smaller') === (direction === -1);
  return changeText(undefined, { size: { factor: grows ? 1.2 : 0.8 } })(scene);
}

const adjusting =
  (how: How): Step =>
  (scene): StepResult => {
    const last = scene.recent.findLast((operation) => scene.operations.includes(operation));
    if (last === undefined) return whichOne();
    switch (last.op) {
      case 'color':
        return adjustColor(scene, last, how);
      case 'volume':
        return adjustFactor(scene, last, { ...how, key: 'gain' });
      case 'speed':
        return adjustFactor(scene, last, { ...how, key: 'factor' });
      case 'filter':
        return adjustLook(scene, last, how);
      case 'text':
        return adjustText(scene, how.direction);
      case 'trim':
      case 'cut':
        return ask('How many seconds more or less should I cut, and where?');
      default:
        return whichOne();
    }
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
  return steps(adjusting({ direction: isMore ? 1 : -1, degree }), LIKELY);
}

export const adjust: Intent = { name: 'adjust', read: readAdjust };
