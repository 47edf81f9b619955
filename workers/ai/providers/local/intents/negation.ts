/** "don't mute it", "keep the colors", "leave the sound alone": nothing is added, and what contradicts it is named. */
import { type Intent, type Reading, type Step, note, removeOperations, steps } from '../scene.ts';
import { Span } from '../text/span.ts';
import { takeFilterName } from './filter.ts';

const NOT =
  /^ (?:but |and |so )?(?:do not|never|no need to|you do not have to|does not need to be|there is no need to|avoid|without|not|stop|rather not|i do not)(?: (?:want (?:you )?to|ever|want (?:it|the video) (?:to be )?|make (?:it|the video)|be|apply|add|use|have to|touch|change|want|need))*\b/;
const KEEP =
  /^ (?:but |and )?(?:keep|leave|preserve|retain)(?: (?:all|the|its|my|it|in|original|existing|current|as))* (colou?rs?|color|sound|audio|music|volume|length|speed|size|resolution|aspect ratio|text|title|picture|full length|everything else|rest|format|quality|orientation)(?: (?:as (?:it|they) (?:is|are|was|were)|as is|alone|unchanged|untouched|on|in|the same|like that|intact|original|please|there|all|that way|as it is now|how it is))*\b/;

const STAYS =
  /^ (?:but |and )?(?:make sure )?(?:that )?(?:the |all )?(colou?rs?|sound|audio|music|volume|length|speed|size|picture|text|title|rest) (?:stays?|remains?|should stay|should remain|must stay)(?: (?:as (?:it|they) (?:is|are)|as is|on|in|there|the same|unchanged|untouched|intact))*\b/;

const KINDS: Readonly<Record<string, readonly string[]>> = {
  cut: [],
  trim: [],
  shorten: [],
  blur: [],
  export: [],
  render: [],
  mute: ['mute'],
  fade: ['fade'],
  crop: ['crop'],
  rotate: ['rotate'],
  speed: ['speed'],
  text: ['text'],
  scale: ['scale'],
};

const untouched =
  (what: string, kinds: readonly string[], filter?: string): Step =>
  (scene) => {
    const present = scene.operations.filter(
      (operation) => kinds.includes(operation.op) && (filter === undefined || operation['name'] === filter),
    );
    if (present.length === 0) return note(`OK, I left ${what} as it is.`);
    return {
      kind: 'done',
      scene: removeOperations(scene, present),
      phrase: `took out the ${filter?.replace('_', ' and ') ?? present[0]?.op ?? what}`,
    };
  };

function readNegation(span: Span): Reading | undefined {
  if (/«/.test(span.text)) return undefined;
  const stays = span.take(STAYS);
  if (stays !== undefined) return steps((_scene) => note(`OK, I left the ${stays[1] ?? 'rest'} as it is.`));
  const kept = span.take(KEEP);
  if (kept !== undefined) return steps((_scene) => note(`OK, I left the ${kept[1] ?? 'rest'} as it is.`));
  if (span.take(NOT) === undefined) return undefined;
  const filter = takeFilterName(new Span(span.text, false));
  if (filter !== undefined) {
    takeFilterName(span);
    return steps(untouched('the look', ['filter'], filter));
  }
  const kind = Object.keys(KINDS).find(
    (name) => span.take(new RegExp(`\\b${name}(?:d|ing|s)?\\b`)) !== undefined,
  );
  const rest = span.take(
    /\b(?:sound|audio|music|colou?rs?|length|picture|size|anything|text|title|volume|speed)\b/,
  )?.[0];
  span.takeAll(/\b(?:up|down|out|in|any|else|yet|off|touch|change|effects?)\b/);
  if (kind !== undefined)
    return steps(untouched(rest === undefined ? 'it' : `the ${rest}`, KINDS[kind] ?? []));
  return rest === undefined || !/\b(?:touch|change|do not)\b/.test(span.source)
    ? undefined
    : steps((_scene) => note(`OK, I left the ${rest === 'anything' ? 'video' : rest} as it is.`));
}

export const negation: Intent = { name: 'negation', read: readNegation };
