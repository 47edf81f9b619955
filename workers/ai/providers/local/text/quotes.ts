/**
 * Lifts quoted text out of a message, so that its words are data to all later stages and never an instruction.
 * A lifted piece leaves the mark `«n»` behind, n being its index in `quotes`.
 */
const CLOSERS: Readonly<Record<string, string>> = {
  '"': '"”“',
  '“': '”"“',
  '„': '“”"',
  '«': '»',
  '‘': '’',
  '`': '`',
  "'": "'",
};

export interface Lifted {
  readonly text: string;
  readonly quotes: readonly string[];
  /** A quote was opened and never closed, so where the literal ends is unknown. */
  readonly isOpen: boolean;
}

const isWordCharacter = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}]/u.test(character);

/** Where the quote opened at `open` closes, or -1. An apostrophe between letters closes nothing. */
function closingIndex(text: string, open: number): number {
  const opener = text.charAt(open);
  const closers = CLOSERS[opener] ?? '';
  for (let at = open + 1; at < text.length; at += 1) {
    if (!closers.includes(text.charAt(at))) continue;
    const insideWord = (opener === "'" || opener === '‘') && isWordCharacter(text[at + 1]);
    if (!insideWord) return at;
  }
  return -1;
}

function opensQuote(text: string, at: number): boolean {
  const character = text.charAt(at);
  if (!(character in CLOSERS)) return false;
  if (character !== "'" && character !== '‘') return true;
  return !isWordCharacter(text[at - 1]) && /\S/.test(text[at + 1] ?? ' ');
}

/** Replaces every quoted piece by its mark. Marks that the writer typed himself are removed first. */
export function liftQuotes(raw: string): Lifted {
  const quotes: string[] = [];
  let text = '';
  let isOpen = false;
  for (let at = 0; at < raw.length; at += 1) {
    const close = opensQuote(raw, at) ? closingIndex(raw, at) : -1;
    if (close > at) {
      const content = raw.slice(at + 1, close);
      if (content.trim() !== '') {
        text += ` «${quotes.length}» `;
        quotes.push(content);
      }
      at = close;
      continue;
    }
    const character = raw.charAt(at);
    if (/["“„«`]/.test(character)) isOpen = true;
    text += /[«»⟨⟩]/.test(character) ? ' ' : character;
  }
  return { text, quotes, isOpen };
}
