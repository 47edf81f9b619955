/** Looks: black and white, sepia, vintage, blur, sharpen, each with the names people give them. */
import { takeDegree, takePercent } from '../amount.ts';
import {
  type Intent,
  type Reading,
  type Step,
  type StepResult,
  EXACT,
  LIKELY,
  append,
  ask,
  note,
  removeOperations,
  replace,
  steps,
} from '../scene.ts';
import { Span } from '../text/span.ts';

export type FilterName = 'black_white' | 'sepia' | 'vintage' | 'blur' | 'sharpen';

export const FILTER_WORDS: Readonly<Record<FilterName, string>> = {
  black_white:
    'black_white|gr[ae]y ?scale|gray ?scaled|monochrom(?:e|atic)|mono|colorless|noir|film noir|gray tones?|shades of gray|all gray|gray',
  sepia: 'sepia(?: tones?| toned)?',
  vintage:
    'vintage|retro|old[ -]?film|old[ -]?movie|old[ -]?tim(?:e|ey|y)|old[ -]?school|old[ -]?fashioned|aged film|nostalgic|old|antique|super ?8',
  blur: 'blur|blurr?y|blurred|blurrier|blurring|out of focus|unfocused|defocus(?:ed)?',
  sharpen: 'sharpen|sharp|sharper|sharpness|sharpening|sharpened|crisp|crisper|crispier',
};

export const FILTER_LABELS: Readonly<Record<FilterName, string>> = {
  black_white: 'black and white',
  sepia: 'sepia',
  vintage: 'vintage',
  blur: 'blurred',
  sharpen: 'sharper',
};

const NAMES: readonly FilterName[] = ['black_white', 'sepia', 'vintage', 'blur', 'sharpen'];
const LITTLE = 0.4;

export const isFilterName = (name: unknown): name is FilterName => NAMES.some((known) => known === name);

export const addFilter =
  (name: FilterName, intensity: number | undefined): Step =>
  (scene): StepResult => {
    const present = scene.operations.findLast(
      (operation) => operation.op === 'filter' && operation['name'] === name,
    );
    const filter = { op: 'filter', name, ...(intensity === undefined ? {} : { intensity }) };
    const strength = intensity === undefined ? '' : ` (${Math.round(intensity * 100)}%)`;
    const phrase = `made it ${FILTER_LABELS[name]}${strength}`;
    if (present === undefined) return { kind: 'done', scene: append(scene, filter), phrase };
    if ((present['intensity'] ?? 1) === (intensity ?? 1))
      return note(`It already is ${FILTER_LABELS[name]}.`);
    return { kind: 'done', scene: replace(scene, present, filter), phrase };
  };

/** Takes a filter's name out, with the words around it. */
export function takeFilterName(span: Span): FilterName | undefined {
  return NAMES.find(
    (name) =>
      span.take(
        new RegExp(
          `\\b(?:(?:a|an|the|some|like an?|into an?) )?(?:${FILTER_WORDS[name]})(?: (?:and white )?(?:filter|effect|look|style|mode|feel|vibe|footage|movie|film|video|tones?|tint|treatment|colors?))*\\b`,
        ),
      ) !== undefined,
  );
}

const APPLY =
  /\b(?:make|turn|apply|add|use|put|convert|change|give|set|go|switch|do|throw|slap|want|get|filter|render it|look)\b/;

function readNoColor(span: Span): Reading | undefined {
  const none =
    /\b(?:no|without|remove|take out|drop|get rid of|strip|kill|lose|take away|drain)(?: all| out| any)*(?: of)?(?: the| its| my)? colou?rs?\b(?: (?:completely|entirely|altogether))?/;
  return span.take(none) === undefined ? undefined : steps(addFilter('black_white', undefined));
}

function readInstead(span: Span): Reading | undefined {
  const gone = span.take(
    new RegExp(
      `\\b(?:instead of|rather than|not|in place of)(?: the| a)? (${Object.values(FILTER_WORDS).join('|')})\\b`,
    ),
  );
  if (gone === undefined) return undefined;
  const old = takeFilterName(new Span(gone[0], true));
  const name = takeFilterName(span);
  span.take(APPLY);
  span.take(/\bbut\b|\brather\b/);
  if (old === undefined || name === undefined) return undefined;
  const drop: Step = (scene) => {
    const present = scene.operations.filter(
      (operation) => operation.op === 'filter' && operation['name'] === old,
    );
    const added = addFilter(name, undefined)(present.length === 0 ? scene : removeOperations(scene, present));
    return added.kind === 'done'
      ? { ...added, phrase: `${added.phrase} instead of ${FILTER_LABELS[old]}` }
      : added;
  };
  return steps(drop);
}

function intensityOf(span: Span): number | undefined {
  const strength =
    span.take(/\b(?:at|with|to)?(?: an?)? ?(?:strength|intensity)(?: of| to)? (\d(?:\.\d+)?|\d+%)/) ??
    span.take(/\b(0?\.\d+|1\.0|\d+%) (?:strength|intensity)\b/);
  if (strength !== undefined)
    return Number.parseFloat(strength[1] ?? '1') / (strength[1]?.endsWith('%') === true ? 100 : 1);
  const percent = takePercent(span);
  if (percent !== undefined) return percent.share;
  const degree = takeDegree(span);
  span.take(/\b(?:strength|intensity|full|fully|completely|totally|classic|nice)\b/);
  return degree === 'little' ? LITTLE : undefined;
}

/** The answer to "which one?": its place in the question, or its name. */
function pickOne(text: string, names: readonly FilterName[]): Reading | undefined {
  const place = /^(?:the )?(?:first|former)(?: one)?$/.test(text)
    ? 0
    : /^(?:the )?(?:last|latter|second)(?: one)?$/.test(text)
      ? names.length - 1
      : -1;
  const name = names[place];
  if (name !== undefined) return steps(addFilter(name, undefined));
  const span = new Span(text, true);
  const reading = readFilter(span);
  return span.leftover().length === 0 ? reading : undefined;
}

function readFilter(span: Span): Reading | undefined {
  if (
    /«|\b(?:text|title|caption|not too|less|more|too|reduce|decrease|lower|weaken|lessen|soften|tone down|increase|strengthen|stronger|intensify|raise)\b/.test(
      span.text,
    )
  )
    return readComparison(span);
  const without = readNoColor(span) ?? readInstead(span);
  if (without !== undefined) return without;
  // A lone adjective may belong to the words beside it.
  if (/^ (?:old|gray|light|sharp|crisp|mono) $/.test(span.text) && !span.isWhole) return undefined;
  const names: FilterName[] = [];
  for (let name = takeFilterName(span); name !== undefined; name = takeFilterName(span)) names.push(name);
  if (names.length === 0) return undefined;
  const place = (name: FilterName): number =>
    span.source.search(new RegExp(`\\b(?:${FILTER_WORDS[name]})\\b`));
  names.sort((a, b) => place(a) - place(b));
  if (/\bor\b/.test(span.text)) {
    span.take(/\bor\b/);
    span.take(APPLY);
    return ask(`Which one should it be: ${names.map((name) => FILTER_LABELS[name]).join(' or ')}?`, {
      fill: ({ text }) => pickOne(text, names),
    });
  }
  const intensity = intensityOf(span);
  // One strength for several looks belongs to one of them only.
  if (intensity !== undefined && names.length > 1) return undefined;
  span.takeAll(APPLY);
  return steps(
    names.map((name) => addFilter(name, intensity)),
    names.includes('vintage') || names.length > 2 ? LIKELY : EXACT,
  );
}

/** "less blurry", "more vintage", "sharper, but not too much": the strength of a look that is there. */
function readComparison(span: Span): Reading | undefined {
  if (/«|\b(?:text|title|caption|too)\b/.test(span.text)) return undefined;
  const isLess = span.take(/\b(?:less|reduce|decrease|lower|weaken|lessen|soften|tone down)\b/) !== undefined;
  const isMore = span.take(/\b(?:more|increase|strengthen|stronger|intensify|raise)\b/) !== undefined;
  const name = takeFilterName(span);
  if (name === undefined || isLess === isMore) return undefined;
  const degree = takeDegree(span);
  span.takeAll(APPLY);
  return steps(
    adjustFilter(name, isLess ? -1 : 1, degree === 'little' ? 0.2 : degree === 'much' ? 0.5 : 0.3),
  );
}

/** Strengthens or weakens a look that is there. */
export const adjustFilter =
  (name: FilterName, direction: 1 | -1, size: number): Step =>
  (scene): StepResult => {
    const present = scene.operations.findLast(
      (operation) => operation.op === 'filter' && operation['name'] === name,
    );
    if (present === undefined) {
      if (direction === 1) return addFilter(name, undefined)(scene);
      if (name === 'blur')
        return ask('The video has no blur from me. Should I sharpen it?', {
          proposal: [addFilter('sharpen', undefined)],
        });
      return note(`There is no ${FILTER_LABELS[name]} look to weaken.`);
    }
    const current = typeof present['intensity'] === 'number' ? present['intensity'] : 1;
    const intensity = Math.round(Math.min(1, Math.max(0, current + direction * size)) * 100) / 100;
    if (intensity === current)
      return note(`It is at its limit already (${FILTER_LABELS[name]}, ${Math.round(current * 100)}%).`);
    if (intensity === 0)
      return {
        kind: 'done',
        scene: removeOperations(scene, [present]),
        phrase: `took out the ${FILTER_LABELS[name]} look`,
      };
    return {
      kind: 'done',
      scene: replace(scene, present, { ...present, intensity }),
      phrase: `set the ${FILTER_LABELS[name]} look to ${Math.round(intensity * 100)}%`,
    };
  };

export const filter: Intent = { name: 'filter', read: readFilter };
