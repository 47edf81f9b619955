/** A stretch of a normalised message from which grammars take what they understand; what is left was not understood. */

/** Words that carry no instruction of their own, wherever they stand. */
const IDLE = new Set(
  (
    'the a an it its this that these those video clip movie film footage vid whole entire full complete to of in on my our your be look looks ' +
    'looking and with for by so them is get give have has do make all over everything picture image me us please just as into like ' +
    'look feel effect filter style too also version then up really very thing stuff one again even still now , ; - & :'
  ).split(' '),
);

export class Span {
  /** True when the span is all of the message. */
  readonly isWhole: boolean;
  readonly source: string;
  #text: string;

  constructor(text: string, isWhole: boolean) {
    this.source = text.trim();
    this.#text = ` ${text} `.replace(/\s+/g, ' ');
    this.isWhole = isWhole;
  }

  get text(): string {
    return this.#text;
  }

  has(pattern: RegExp): boolean {
    return pattern.test(this.#text);
  }

  /** Takes the first match out of the span. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#text =
      `${this.#text.slice(0, match.index)} ${this.#text.slice(match.index + match[0].length)}`.replace(
        /\s+/g,
        ' ',
      );
    return match;
  }

  /** Takes every match out. */
  takeAll(pattern: RegExp): RegExpExecArray[] {
    const matches: RegExpExecArray[] = [];
    for (let match = this.take(pattern); match !== undefined; match = this.take(pattern)) matches.push(match);
    return matches;
  }

  /** The words nobody took, idle ones apart. */
  leftover(): string[] {
    return this.#text
      .replace(/([,;:])/g, ' $1 ')
      .split(/\s+/)
      .filter((word) => word !== '' && !IDLE.has(word));
  }
}
