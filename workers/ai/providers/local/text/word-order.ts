/** Everyday orders and forms of words, also those of people whose first language is another, in the one form that grammars read. */
type Rewrite = readonly [RegExp, string];

const SUBJECT =
  '(?:the |this |my |our )?(?:video|clip|sound|audio|volume|picture|image|whole thing|it|this|that)';
const PARTICIPLES: Readonly<Record<string, string>> = {
  turned: 'turn',
  rotated: 'rotate',
  switched: 'switch',
  cropped: 'crop',
  muted: 'mute',
  trimmed: 'trim',
  removed: 'remove',
  deleted: 'delete',
  blurred: 'blur',
  sharpened: 'sharpen',
  brightened: 'brighten',
  darkened: 'darken',
  slowed: 'slow',
  lowered: 'lower',
  raised: 'raise',
  reduced: 'reduce',
  increased: 'increase',
  converted: 'convert',
  resized: 'resize',
  scaled: 'scale',
};
const PASSIVE = new RegExp(
  `(^|[.,!?\\n] ?|\\band )(?:(?:can|could|may|might) (${SUBJECT}) (?:please )?be|(${SUBJECT}) (?:should|must|has to|needs to|is to|ought to) be) (${Object.keys(PARTICIPLES).join('|')})\\b`,
  'g',
);

const ORDER: readonly Rewrite[] = [
  [/\bmore (fast|slow|loud|quiet|dark|bright|warm|cold|sharp|quick)\b/g, '$1er'],
  [/\btoo much (?=(?:dark|bright|loud|fast|slow|quiet|warm|cold|blue|yellow|long|short)\b)/g, 'too '],
  [/\b(remove|delete|cut|make|put|add|turn|rotate|do) (?:me|us) (?=(?:the|a|this|it)\b)/g, '$1 '],
  [
    /\b(increase|reduce|raise|lower|decrease|boost) (a little(?: bit)?|a bit|slightly|somewhat) the (\w+)/g,
    '$1 the $3 $2',
  ],
  [/\b(?:hard|clean|straight) cut (?=from|at|between|\d)/g, 'cut '],
  [
    /\b(?:cut|trim|edit|shorten) (?:it|the (?:video|clip)|this) (?:so|such) that only (.+?) (?:remains?|(?:is|are) left|stays?)\b/g,
    'keep only $1',
  ],
  [/\bfade both in and out\b/g, 'fade in and out'],
  [/\b(turn|rotate|spin) (left|right) (the (?:video|clip|picture|image))\b/g, '$1 $3 $2'],
];

/** `text` in lower case; what is not one of these forms stays as it is. */
export function inUsualOrder(text: string): string {
  const active = text.replace(PASSIVE, (...groups: readonly unknown[]) => {
    const [open, asked, stated, participle] = groups
      .slice(1, 5)
      .map((group) => (typeof group === 'string' ? group : ''));
    return `${open ?? ''}${PARTICIPLES[participle ?? ''] ?? ''} ${asked ?? ''}${stated ?? ''}`;
  });
  return ORDER.reduce((rest, [pattern, by]) => rest.replace(pattern, by), active);
}
