/** Numbers in words to digits: "twenty-five" → 25, "one and a half minutes" → 1.5 minutes, "half a minute" → 30 seconds. */
const ONES: Readonly<Record<string, number>> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
};
const TENS: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};
const ONE = Object.keys(ONES).join('|');
const TEN = Object.keys(TENS).join('|');
const UNIT = '(?:seconds?|secs?|minutes?|mins?|hours?|hrs?)';

/** What must follow "one" for it to be a number and not a pronoun ("the first one"). */
const COUNTED =
  '(?=\\s+(?:seconds?|secs?|minutes?|mins?|hours?|percent|per cent|third|quarter|half|times?|pixels?|degrees?|steps?|edits?|changes?|and a half|point|to|until|hundred|eighty)\\b)';

const value = (word: string): number => ONES[word] ?? TENS[word] ?? 0;

/** `text` must be in lower case. */
export function digitsForWords(text: string): string {
  return text
    .replace(
      new RegExp(`\\b(${TEN})[\\s-](one|two|three|four|five|six|seven|eight|nine)\\b`, 'g'),
      (_, ten: string, one: string) => String(value(ten) + value(one)),
    )
    .replace(new RegExp(`\\b(${TEN})\\b`, 'g'), (word) => String(value(word)))
    .replace(new RegExp(`\\bone\\b${COUNTED}`, 'g'), '1')
    .replace(new RegExp(`\\b(?!one\\b)(${ONE})\\b`, 'g'), (word) => String(value(word)))
    .replace(/\b(?:a|1) hundred(?: and)? (\d{1,2})\b/g, (_, rest: string) => String(100 + Number(rest)))
    .replace(/\b(\d) hundred(?: and)? (\d{1,2})\b/g, (_, head: string, rest: string) =>
      String(Number(head) * 100 + Number(rest)),
    )
    .replace(/\b(?:a |1 )?hundred\b/g, '100')
    .replace(/\b(\d+) point (\d+)(?: (\d))?\b/g, '$1.$2$3')
    .replace(
      new RegExp(`\\b(\\d+) and (?:a|1) half(?= (?:${UNIT}|times?|to|until|till)\\b)`, 'g'),
      (_, whole: string) => `${whole}.5`,
    )
    .replace(new RegExp(`\\b(first|last) (${UNIT}) and (?:a|1) half\\b`, 'g'), '$1 1.5 $2')
    .replace(/\b(\d+) minutes? (\d{1,2})(?= (?:to|until|till)\b| ?-|\s*$|[,.!])/g, '$1 minutes $2 seconds')
    .replace(/\b3 quarters? of (?:a|1) minute\b/g, '45 seconds')
    .replace(new RegExp(`\\b(\\d+(?:\\.\\d+)?) (first|last) (?=${UNIT})`, 'g'), '$2 $1 ')
    .replace(new RegExp(`\\b(?:a|1) (${UNIT}) and (?:a|1) half\\b`, 'g'), '1.5 $1')
    .replace(new RegExp(`\\b(\\d+) (${UNIT}) and (?:a|1) half\\b`, 'g'), '$1.5 $2')
    .replace(/\bhalf (?:a |of a )?(minute|min|hour)\b/g, (_, unit: string) =>
      unit === 'hour' ? '30 minutes' : '30 seconds',
    )
    .replace(/\b(?:a )?half (?:a )?(?:second|sec)\b(?! (?:half|part))/g, '0.5 seconds')
    .replace(/\b(?:a )?quarter (?:of )?an? minute\b/g, '15 seconds')
    .replace(new RegExp(`\\b(?:a )?couple (?:of )?(?=${UNIT})`, 'g'), '2 ')
    .replace(
      new RegExp(
        `\\b(?:a|an) (?=(?:second|sec|minute|min|hour)\\b(?! (?:half|third|quarter|part|text|one|time)))`,
        'g',
      ),
      '1 ',
    )
    .replace(
      /\b(first|last|final|opening) (second|minute|hour)\b(?! (?:half|third|quarter|part))/g,
      '$1 1 $2',
    );
}
