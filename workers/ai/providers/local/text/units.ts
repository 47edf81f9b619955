/**
 * Quantities to one spelling each, so that grammars need not know the many ways people write them:
 * times `⟨12.5⟩` (seconds), `20%`, `-6db`, `2x`, `1280x720`, `100px`, `90deg`, `5000kelvin`, `ratio16:9`.
 */
const NUMBER = '\\d+(?:\\.\\d+)?';
const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
const UNIT = '(?:hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|milliseconds?|msecs?|ms)(?![a-z])';

function secondsPer(unit: string): number {
  if (/^(?:ms|milli|msec)/.test(unit)) return SECONDS['ms'] ?? 0;
  return SECONDS[unit.charAt(0)] ?? 1;
}

const literal = (seconds: number): string => `⟨${Number(seconds.toFixed(3))}⟩`;

/** "2 minutes and 5 seconds" is one time; "5 seconds and 2 minutes" is two. */
function joinUnits(text: string): string {
  const chain = new RegExp(
    `(?<![\\d.:])${NUMBER}\\s*-?\\s*${UNIT}(?:(?:,? and |, | )?${NUMBER}\\s*${UNIT})*`,
    'g',
  );
  return text.replace(chain, (whole) => {
    const parts = [...whole.matchAll(new RegExp(`(${NUMBER})\\s*-?\\s*(${UNIT})`, 'g'))].map((part) => ({
      amount: Number(part[1]),
      unit: secondsPer(part[2] ?? 's'),
    }));
    const times: number[] = [];
    let previousUnit = 0;
    for (const { amount, unit } of parts) {
      if (unit < previousUnit) times.push((times.pop() ?? 0) + amount * unit);
      else times.push(amount * unit);
      previousUnit = unit;
    }
    return times.map(literal).join(' and ');
  });
}

/** 9:16 is a shape when people talk of shapes, and a time after "at", "from", "until". */
function ratios(text: string): string {
  return text
    .replace(
      /\b(\d{1,2}) ?(?:x|by|\/) ?(\d{1,2})\b(?! ?(?:px|pixels|degrees|seconds?))/g,
      (whole, a: string, b: string) => (RATIOS.has(`${a}:${b}`) ? ` ratio${a}:${b} ` : whole),
    )
    .replace(
      /(?<![\d:])(?<!\b(?:at|from|until|till|between|after|before|past) )(\d{1,2}):(\d{1,2})(?![\d:])/g,
      (whole, a: string, b: string) => (RATIOS.has(`${a}:${b}`) ? ` ratio${a}:${b} ` : whole),
    );
}
const RATIOS = new Set([
  '16:9',
  '9:16',
  '4:3',
  '3:4',
  '1:1',
  '4:5',
  '5:4',
  '21:9',
  '2:3',
  '3:2',
  '2:1',
  '18:9',
  '9:18',
  '9:21',
]);

const HOURS = /(?<![\d:a-z])(\d{1,2}):([0-5]?\d):([0-5]\d(?:\.\d+)?)(?![\d:])/g;
const MINUTES = /(?<![\d:a-z])(\d{1,3}):([0-5]\d(?:\.\d+)?)(?![\d:])(?:\s*(?:minutes?|mins?)\b)?/g;

/** 1:02:03 and 0:10.5. */
function clocks(text: string): string {
  const secondsOf = (clock: string): number =>
    clock.split(':').reduce((seconds, part) => seconds * 60 + Number.parseFloat(part), 0);
  return text
    .replace(HOURS, (clock) => literal(secondsOf(clock)))
    .replace(MINUTES, (clock) => literal(secondsOf(clock)));
}

/** "5 to 8 seconds" and "the first 5 and last 3 seconds" name their unit once. */
function shareUnits(text: string): string {
  const between = new RegExp(
    `(?<![\\d.:⟨])(${NUMBER})(\\s*(?:to|and|until|till|or|-)\\s*)(${NUMBER})\\s*(${UNIT})`,
    'g',
  );
  const edges = new RegExp(
    `\\b(first|last) (${NUMBER})((?:,| and| &)+ (?:the )?(?:first|last)) (${NUMBER}) ?(${UNIT})`,
    'g',
  );
  return text.replace(edges, '$1 $2 $5$3 $4 $5').replace(between, (whole) => {
    const unit = new RegExp(`(${UNIT})$`).exec(whole)?.[1] ?? '';
    const [from, to] = whole.match(new RegExp(NUMBER, 'g')) ?? [];
    const joint = /to|and|until|till|or/.exec(whole.slice(0, -unit.length))?.[0] ?? 'to';
    return `${from} ${unit} ${joint} ${to} ${unit}`;
  });
}

/** `text` must be in lower case with numbers as digits. */
export function literalsForUnits(text: string): string {
  const prepared = ratios(text)
    .replace(/(\d),(\d{1,2})(?=\s*(?:s|sec|secs|seconds?|m|min|mins|minutes?|x|%|percent)\b)/g, '$1.$2')
    .replace(/\b(\d{1,2})m ?(\d{1,2})(?![\d\w.])/g, '$1m $2s')
    .replace(/\b(?:a )?quarter[ -]turn\b/g, '90deg')
    .replace(/\b(?:a )?half[ -](?:a )?turn\b/g, '180deg')
    .replace(/\b(\d+)(?:st|nd|rd|th)(?= (?:seconds?|minutes?|and|to|until|till)\b)/g, '$1');
  return (
    joinUnits(clocks(shareUnits(prepared)))
      .replace(/\b(?:seconds?|secs?) (\d+(?:\.\d+)?)(?![\w%.])/g, (_, n: string) => literal(Number(n)))
      .replace(/\bminute (\d+(?:\.\d+)?)(?![\w%.])/g, (_, n: string) => literal(Number(n) * 60))
      .replace(/⟨([\d.]+)⟩[ -](?:mark|point|marker)\b/g, '⟨$1⟩')
      .replace(/(⟨[\d.]+⟩)-(?=[a-z])/g, '$1 ')
      .replace(/(\d+(?:\.\d+)?) ?(?:%|percent\b|per cent\b|pct\b)/g, '$1% ')
      .replace(/(?:\bminus |(?<![\d\w])- ?)(\d+(?:\.\d+)?) ?(?:db|decibels?)\b/g, '-$1db')
      .replace(/(?:\bplus |\+ ?)?(?<!-)\b(\d+(?:\.\d+)?) ?(?:db|decibels?)\b/g, '$1db')
      .replace(/\b(\d{2,5}) ?(?:x|by|\*) ?(\d{2,5})(?: ?(?:px|pixels))?\b/g, '$1x$2')
      .replace(/\b(\d+(?:\.\d+)?) ?(?:px|pixels?)\b/g, '$1px')
      .replace(/(?<!\d)(-?\d+(?:\.\d+)?) ?(?:°|degrees?\b|deg\b)/g, '$1deg')
      .replace(/\b(\d{4,5}) ?(?:k|kelvin)\b/g, '$1kelvin')
      .replace(/\b(\d+(?:\.\d+)?) ?(?:x|times)(?![\w:])/g, '$1x')
      .replace(/(?<![\w])x ?(\d+(?:\.\d+)?)(?![\w:])/g, '$1x')
      // "twice" alone is how often, not how much.
      .replace(
        /\btwice(?= (?:as|the|its|faster|slower|louder|quieter|bigger|larger|speed|normal|original)\b)/g,
        '2x',
      )
      .replace(/\bthrice(?= (?:as|the|its|faster|slower|louder|bigger|larger|speed)\b)/g, '3x')
  );
}
