/**
 * A text on the picture as a script for libass (Advanced SubStation Alpha). A script, because libass shapes right-to-left text,
 * finds fonts for emoji, and wraps; and because the user's text then lies in a file and never in a filter graph.
 */
export interface AssText {
  readonly content: string;
  /** Pixels of the frame that the text is drawn on. */
  readonly frame: { readonly width: number; readonly height: number };
  /** Pixels from line to line. */
  readonly lineHeight: number;
  /** Pixels that stay free at the frame's edges. */
  readonly margin: number;
  /** rrggbb */
  readonly color: string;
  /** An alignment from 1 (bottom left) to 9 (top right), or the top left corner in pixels. */
  readonly place: number | { readonly x: number; readonly y: number };
  readonly startSeconds: number;
  /** Infinity: until the end. */
  readonly endSeconds: number;
}

const FONT = 'DejaVu Sans';
const LATEST_SECONDS = 359_999.99;
const TOP_LEFT = 7;
/** Breaks up what libass would read as an escape; takes no room and shows nothing. */
const WORD_JOINER = '\u2060';
const NO_BREAK_SPACE = '\u00A0';
const GRAPHEMES = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Widths as parts of the line height, on the safe side for DejaVu Sans, whose em is 0.86 of it. */
const WIDE = 0.95;
const NARROW = 0.56;

function estimateWidth(grapheme: string): number {
  if (/^[a-z0-9 .,:;!?'"()[\]{}|/\\-]/.test(grapheme) && !/^[mw]/.test(grapheme)) return NARROW;
  return WIDE;
}

/** Splits a word that is wider than `maxWidth` (in line heights); libass itself breaks lines only at spaces. */
function breakWord(word: string, maxWidth: number): string {
  let width = 0;
  let broken = '';
  for (const { segment } of GRAPHEMES.segment(word)) {
    width += estimateWidth(segment);
    if (width > maxWidth && broken !== '') {
      broken += '\n';
      width = estimateWidth(segment);
    }
    broken += segment;
  }
  return broken;
}

/** Line ends become \n; characters that have no picture but would confuse the script disappear. */
function normalize(content: string): string {
  return content
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029\u0085\v\f]/g, '\n')
    .replaceAll('\t', '    ')
    .replaceAll(/(?!\n)\p{Cc}|\uFEFF/gu, '');
}

/**
 * Makes a text literal for a Dialogue line: libass shows exactly these characters. A backslash is kept from forming `\N` or
 * `\h`, braces from opening an override block, spaces at the start of a line from being dropped and
 * an empty line from being half as high.
 */
export function escapeAssText(content: string): string {
  return content
    .replaceAll('\\', `\\${WORD_JOINER}`)
    .replaceAll(/[{}]/g, String.raw`\$&`)
    .replaceAll(/^ +/gm, (spaces) => NO_BREAK_SPACE.repeat(spaces.length))
    .replaceAll(/^$/gm, NO_BREAK_SPACE)
    .replaceAll('\n', String.raw`\N`);
}

/** `h:mm:ss.cc` */
function formatAssTime(seconds: number): string {
  const total = Math.round(Math.min(seconds, LATEST_SECONDS) * 100);
  const part = (divisor: number, modulus: number): string =>
    String(Math.floor(total / divisor) % modulus).padStart(2, '0');
  return `${Math.floor(total / 360_000)}:${part(6000, 60)}:${part(100, 60)}.${part(1, 100)}`;
}

/** ASS writes colours backwards: &HAABBGGRR. */
function formatAssColor(rrggbb: string): string {
  return `&H00${rrggbb.slice(4, 6)}${rrggbb.slice(2, 4)}${rrggbb.slice(0, 2)}`.toUpperCase();
}

function isDark(rrggbb: string): boolean {
  const channel = (offset: number): number => Number.parseInt(rrggbb.slice(offset, offset + 2), 16);
  return 0.299 * channel(0) + 0.587 * channel(2) + 0.114 * channel(4) < 96;
}

/** The whole script for one text. Pure; the same text gives the same script. */
export function toAssScript(text: AssText): string {
  const { frame, lineHeight, color } = text;
  const point = typeof text.place === 'object' ? text.place : undefined;
  const alignment = typeof text.place === 'object' ? TOP_LEFT : text.place;
  const marginLeft = point === undefined ? text.margin : Math.round(point.x);
  // A point near the right edge leaves too little room for a margin.
  const marginRight =
    point === undefined ? text.margin : Math.min(text.margin, Math.floor((frame.width - point.x) / 4));
  const outline = Math.max(1, Math.round(lineHeight / 20));
  const maxWidth = Math.max(1, (frame.width - marginLeft - marginRight - 2 * outline) / lineHeight);
  const lines = normalize(text.content).split('\n');
  const wrapped = lines.map((line) =>
    line
      .split(' ')
      .map((word) => breakWord(word, maxWidth))
      .join(' '),
  );
  const anchor =
    point === undefined ? '' : `{\\pos(${Number(point.x.toFixed(2))},${Number(point.y.toFixed(2))})}`;
  const outlineColor = isDark(color) ? 'ffffff' : '000000';
  const colors = [color, color, outlineColor, '000000'].map(formatAssColor).join(',');
  const margins = [marginLeft, marginRight, text.margin].join(',');
  // Encoding -1 takes the base direction from the text itself.
  const style = `Text,${FONT},${lineHeight},${colors},0,0,0,0,100,100,0,0,1,${outline},0,${alignment},${margins},-1`;
  const times = `${formatAssTime(text.startSeconds)},${formatAssTime(text.endSeconds)}`;
  return [
    '[Script Info]',
    'ScriptType: v4.00+',
    `PlayResX: ${frame.width}`,
    `PlayResY: ${frame.height}`,
    'WrapStyle: 0',
    'ScaledBorderAndShadow: yes',
    'YCbCr Matrix: None',
    '',
    '[V4+ Styles]',
    'Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding',
    `Style: ${style}`,
    '',
    '[Events]',
    'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text',
    `Dialogue: 0,${times},Text,,0,0,0,,${anchor}${escapeAssText(wrapped.join('\n'))}`,
    '',
  ].join('\n');
}
