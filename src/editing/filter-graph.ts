/**
 * FFmpeg's filter graph as data: one chain of picture filters and one of sound filters. Option values are numbers, words of a
 * tiny alphabet, or expressions made of numbers, so a user's string cannot become part of a graph. Text reaches a filter only
 * as a file that is listed in `files`.
 */

import type { ColorMatrix } from './color-matrix.ts';

/** A file that the renderer writes into the job's folder before FFmpeg starts. */
export interface SideFile {
  readonly name: string;
  readonly content: string;
}

/** An arithmetic expression that FFmpeg evaluates, made by the `expression` tag. */
export interface Expression {
  readonly expression: string;
}

/** Frames per second as FFmpeg wants it: a ratio of integers. */
export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

export type FilterOptions = Readonly<Record<string, number | string | Expression>>;

/** The first picture track that is no cover, thumbnail or still; the first sound track. */
export const PICTURE_TRACK = '0:V:0';
export const SOUND_TRACK = '0:a:0';

const MAX_DECIMALS = 9;
const WORD = /^[A-Za-z0-9_.|/ -]+$/;
const EXPRESSION = /^[A-Za-z0-9_.+*/(), <>=-]+$/;

/** The one way a number enters FFmpeg's arguments: decimal, no exponent. Throws on NaN and infinities. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15)
    throw new RangeError(`not a number for FFmpeg: ${value}`);
  const fixed = value.toFixed(MAX_DECIMALS);
  const trimmed = fixed.replace(/\.?0+$/, '');
  return trimmed === '-0' || trimmed === '' ? '0' : trimmed;
}

/** Builds an expression whose holes are numbers: expression`lt(pts,${frame})`. */
export function expression(parts: TemplateStringsArray, ...values: readonly number[]): Expression {
  const text = parts.reduce((whole, part, index) => {
    const value = values[index - 1];
    return value === undefined ? whole + part : whole + formatNumber(value) + part;
  });
  if (!EXPRESSION.test(text)) throw new RangeError(`not an expression: ${text}`);
  return { expression: text };
}

function formatValue(value: number | string | Expression): string {
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'object') return `'${value.expression}'`;
  if (!WORD.test(value)) throw new RangeError(`not a word for a filter option: ${value}`);
  return value.includes(' ') ? `'${value}'` : value;
}

/** `eq=brightness=0.1:contrast=1.2` */
function formatFilter(name: string, options: FilterOptions): string {
  const list = Object.entries(options).map(([key, value]) => `${key}=${formatValue(value)}`);
  return list.length === 0 ? name : `${name}=${list.join(':')}`;
}

/** Collects the filters of one render, in the order in which they run. */
export class FilterGraph {
  readonly #video: string[] = [];
  readonly #audio: string[] = [];
  readonly #files: SideFile[] = [];
  /** Finished chains that a fork in the sound has left behind. */
  readonly #audioChains: string[] = [];
  #forks = 0;
  /** The clock of the picture ticks once a frame. */
  readonly frameRate: FrameRate;
  /** Between RGB and the planes of the picture. */
  readonly matrix: ColorMatrix;
  #isRgb = false;

  constructor(frameRate: FrameRate, matrix: ColorMatrix) {
    this.frameRate = frameRate;
    this.matrix = matrix;
  }

  /** Appends a picture filter that works on luma and chroma, or on either. */
  video(name: string, options: FilterOptions = {}): void {
    this.#leaveRgb();
    this.#video.push(formatFilter(name, options));
  }

  /**
   * Appends a picture filter that works on red, green and blue. Neighbours share one conversion there and back, by the source's
   * own matrix: left to itself, FFmpeg 5 forgets the matrix on the way and shifts the colours of HD video.
   */
  rgb(name: string, options: FilterOptions = {}): void {
    if (!this.#isRgb) {
      this.#isRgb = true;
      this.#video.push(
        formatFilter('scale', { in_color_matrix: this.matrix.scaleName }),
        formatFilter('format', { pix_fmts: 'gbrp' }),
      );
    }
    this.#video.push(formatFilter(name, options));
  }

  #leaveRgb(): void {
    if (!this.#isRgb) return;
    this.#isRgb = false;
    this.#video.push(
      formatFilter('scale', { out_color_matrix: this.matrix.scaleName, out_range: 'tv' }),
      formatFilter('format', { pix_fmts: 'yuv420p' }),
    );
  }

  /** Ends the picture in the form that encoders take, and says in the file what the planes mean. */
  finishPicture(): void {
    this.video('format', { pix_fmts: 'yuv420p' });
    this.video('setparams', { range: 'tv', colorspace: this.matrix.tag });
  }

  /** Appends a sound filter. */
  audio(name: string, options: FilterOptions = {}): void {
    this.#audio.push(formatFilter(name, options));
  }

  /**
   * Removes the sound from `startSeconds` to `endSeconds`, exact to the sample. (`aselect` could only drop whole blocks of
   * samples.)
   */
  cutAudio(startSeconds: number, endSeconds: number): void {
    this.#forks += 1;
    const name = `cut${this.#forks}`;
    this.#audioChains.push(
      `${this.#audio.join(',')},asplit[${name}a][${name}b]`,
      `[${name}a]${formatFilter('atrim', { end: startSeconds })}[${name}c]`,
      `[${name}b]${formatFilter('atrim', { start: endSeconds })},asetpts=PTS-STARTPTS[${name}d]`,
    );
    this.#audio.length = 0;
    this.#audio.push(`[${name}c][${name}d]concat=n=2:v=0:a=1`);
  }

  /** Registers a side file and returns the relative name to give to a filter. `kind` and `extension` are fixed words. */
  addFile(kind: string, extension: string, content: string): string {
    const name = `${kind}-${this.#files.length + 1}.${extension}`;
    this.#files.push({ name, content });
    return name;
  }

  get files(): readonly SideFile[] {
    return this.#files;
  }

  /** True when nothing is filtered. */
  get isEmpty(): boolean {
    return this.#video.length === 0 && this.#audio.length === 0;
  }

  /** The argument of `-filter_complex`; its outputs are `[v]` where the picture is filtered, `[a]` where the sound is. */
  toString(): string {
    const picture = this.#video.length === 0 ? [] : [`[${PICTURE_TRACK}]${this.#video.join(',')}[v]`];
    const sound = this.#audio.length === 0 ? [] : [...this.#audioChains, `${this.#audio.join(',')}[a]`];
    return [
      ...picture,
      ...sound.map((chain, index) => (index === 0 ? `[${SOUND_TRACK}]${chain}` : chain)),
    ].join(';');
  }
}
