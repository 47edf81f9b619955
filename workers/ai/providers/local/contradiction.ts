/** "Make it brighter and darker": two opposite wishes in one message cancel out, so they are asked about instead. */
import { type Ask, ask } from './scene.ts';

const OPPOSITES: readonly (readonly [RegExp, RegExp, string])[] = [
  [/\b(?:brighter|brighten|lighter)\b/, /\b(?:darker|darken|dimmer)\b/, 'brighter or darker'],
  [/\b(?:louder|volume up)\b/, /\b(?:quieter|volume down)\b/, 'louder or quieter'],
  [/\bwarmer\b/, /\b(?:cooler|colder)\b/, 'warmer or cooler'],
  [
    /\b(?:faster|speed (?:it |this |the video )?up)\b/,
    /\b(?:slower|slow (?:it |this |the video )?down)\b/,
    'faster or slower',
  ],
];
/** One of the two is what is not wanted, or what it is compared with. */
const NOT_BOTH = /\b(?:not|no|instead|rather|than|do not|without|never|undo)\b/;

/** The question about opposite wishes; undefined when there are none. `text` is a normalised message. */
export function contradiction(text: string): Ask | undefined {
  if (NOT_BOTH.test(text)) return undefined;
  const found = OPPOSITES.find(([one, other]) => one.test(text) && other.test(text));
  return found === undefined ? undefined : ask(`You ask for both: should it be ${found[2]}?`).ask;
}
