/** Tolerates typing errors in the planner's own keywords. Words it does not know stay as they are. */
import { REAL_WORDS } from './real-words.ts';

const KEYWORDS = new Set(
  (
    'video first last second seconds minute minutes half third quarter percent between until from before after start beginning middle ending everything except only keep remove delete ' +
    'trim crop scale resize rotate brightness brighter brighten bright darker darken contrast saturation saturated desaturate gamma temperature warmer cooler warm filter black white ' +
    'grayscale greyscale monochrome sepia vintage blur blurry blurred sharpen sharper sharp speed faster slower fast slow double twice quarter text title caption saying bottom left right center centre corner ' +
    'yellow orange purple green bigger smaller larger volume louder quieter sound audio music mute unmute silent silence fade fading undo redo reset revert export render download ' +
    'quality degrees clockwise counterclockwise square vertical portrait landscape horizontal make please change move write again instead little much slightly more less colors colorful picture without ' +
    'intro outro upside down original pixels width height aspect ratio increase decrease reduce lower raise boost hello thanks name what long resolution ten twenty thirty fifteen'
  ).split(' '),
);

const MINIMUM_LENGTH = 4;
const LONG_LENGTH = 7;

/** Edits between two words, a swap of neighbours counting as one; `limit + 1` when more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit + 1;
}

const cache = new Map<string, string | undefined>();
const CACHE_LIMIT = 5_000;

function nearestKeyword(word: string): string | undefined {
  const limit = word.length >= LONG_LENGTH ? 2 : 1;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const keyword of KEYWORDS) {
    if (keyword.charAt(0) !== word.charAt(0)) continue;
    const edits = distance(word, keyword, limit);
    if (edits < bestDistance) [best, bestDistance] = [keyword, edits];
  }
  return best;
}

/** The keyword that a mistyped word most likely is, or the word itself. `word` in lower case. */
export function correctWord(word: string): string {
  if (word.length < MINIMUM_LENGTH || KEYWORDS.has(word) || REAL_WORDS.has(word)) return word;
  if (!cache.has(word)) {
    if (cache.size >= CACHE_LIMIT) cache.clear();
    cache.set(word, nearestKeyword(word));
  }
  return cache.get(word) ?? word;
}
