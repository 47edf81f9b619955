/**
 * One file from a `multipart/form-data` body, streamed: never in memory as a whole, never faster than it is stored (M8: Bun's
 * `formData()` needs twice the file in memory).
 */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { AppError } from '../../contracts/errors.ts';
import { invalidInput } from './problem.ts';
import { releaseBytes } from './request-bytes.ts';

export interface MultipartForm {
  /** Name of the field that holds the file. */
  readonly fileField: string;
  /** Text fields that are known, each with the most bytes it may have. */
  readonly textFields: Readonly<Record<string, number>>;
}

export interface ReceivedForm<T> {
  /** What `store` made of the file. */
  readonly stored: T;
  /** As the client sent it: any text. */
  readonly fileName: string | undefined;
  readonly texts: Readonly<Record<string, string>>;
}

const MAX_PARTS = 16;
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 32;
/** Of file content that may wait between parser and storage. */
const BUFFERED_BYTES = 256 * 1024;

const issue = (path: string, message: string): AppError => invalidInput([{ path, message }]);

function createParser(contentType: string, { textFields }: MultipartForm): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      highWaterMark: BUFFERED_BYTES,
      fileHwm: BUFFERED_BYTES,
      limits: {
        parts: MAX_PARTS,
        // One byte more than any may have, so that what is too long shows.
        fieldSize: Math.max(1, ...Object.values(textFields)) + 1,
        headerPairs: MAX_HEADERS,
        headerSize: MAX_HEADER_BYTES,
      },
      // A part is a file when it says so by a file name, however it names its type.
      isPartAFile: (_name, _type, fileName) => fileName !== undefined,
    });
  } catch (cause) {
    throw new AppError('bad_request', 'The multipart Content-Type needs a boundary', { cause });
  }
}

/** A promise that only ever rejects, and a way to make it do so; the first reason stays. */
class Failure {
  readonly promise: Promise<never>;
  #reject: (reason: unknown) => void = () => undefined;
  hasHappened = false;
  reason: unknown;

  constructor() {
    this.promise = new Promise<never>((_resolve, reject) => {
      this.#reject = reject;
    });
    this.promise.catch(() => undefined);
  }

  happen(reason: unknown): void {
    if (this.hasHappened) return;
    this.hasHappened = true;
    this.reason = reason;
    this.#reject(reason);
  }
}

class MultipartReader<T> {
  readonly #form: MultipartForm;
  readonly #store: (file: AsyncIterable<Uint8Array>) => Promise<T>;
  readonly #failure = new Failure();
  readonly #texts: Record<string, string> = {};
  #file: Readable | undefined;
  #fileName: string | undefined;
  #storing: Promise<T> | undefined;
  /** Of the file, by `store`. */
  #consumedBytes = 0;
  /** Pieces of the body that the parser may still hold slices of, oldest first, each with where in the body it ends. */
  readonly #held: { readonly piece: Uint8Array; readonly end: number }[] = [];

  constructor(form: MultipartForm, store: (file: AsyncIterable<Uint8Array>) => Promise<T>) {
    this.#form = form;
    this.#store = store;
  }

  async read(body: AsyncIterable<Uint8Array>, parser: BusboyInstance): Promise<ReceivedForm<T>> {
    parser.on('file', (name, file, fileName) => this.#takeFile(name, file, fileName));
    parser.on('field', (name, value) => this.#takeText(name, value));
    parser.on('partsLimit', () =>
      this.#failure.happen(issue('', `The form has more than ${MAX_PARTS} parts`)),
    );
    parser.on('error', (cause) => this.#failure.happen(this.#broken(cause)));
    const finished = once(parser, 'finish');
    finished.catch(() => undefined);
    let receivedBytes = 0;
    try {
      for await (const chunk of body) {
        receivedBytes += chunk.byteLength;
        this.#held.push({ piece: chunk, end: receivedBytes });
        if (this.#failure.hasHappened) throw this.#failure.reason;
        if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), this.#failure.promise]);
        this.#releaseConsumed();
      }
      parser.end();
      await Promise.race([finished, this.#failure.promise]);
      if (this.#storing === undefined)
        throw issue(
          `/${this.#form.fileField}`,
          `The form has no file in its field "${this.#form.fileField}"`,
        );
      const stored = await this.#storing;
      return { stored, fileName: this.#fileName, texts: this.#texts };
    } catch (error) {
      // The storing must have ended, and cleaned up after itself, before anyone answers.
      this.#file?.destroy(error instanceof Error ? error : new Error(String(error)));
      await this.#storing?.catch(() => undefined);
      throw this.#failure.hasHappened ? this.#failure.reason : error;
    }
  }

  #takeFile(name: string, file: Readable, fileName: string): void {
    file.on('error', () => undefined);
    const { fileField } = this.#form;
    if (name === fileField && this.#storing === undefined) {
      this.#file = file;
      this.#fileName = fileName;
      this.#storing = this.#store(this.#consumed(file));
      this.#storing.catch((error: unknown) => this.#failure.happen(error));
      return;
    }
    file.resume();
    this.#failure.happen(
      name === fileField
        ? issue(`/${fileField}`, `One file at a time: the form has more than one "${fileField}"`)
        : issue(`/${name}`, `Unknown field; the file belongs in "${fileField}"`),
    );
  }

  async *#consumed(file: Readable): AsyncGenerator<Uint8Array> {
    for await (const slice of file as AsyncIterable<Uint8Array>) {
      const { byteLength } = slice;
      yield slice;
      this.#consumedBytes += byteLength;
      this.#releaseConsumed();
      releaseBytes(slice);
    }
  }

  #takeText(name: string, value: string): void {
    const { fileField, textFields } = this.#form;
    const maxBytes = Object.hasOwn(textFields, name) ? textFields[name] : undefined;
    if (maxBytes === undefined)
      this.#failure.happen(
        name === fileField
          ? issue(`/${name}`, 'Send it as a file, with a file name')
          : issue(`/${name.slice(0, 100)}`, 'Unknown field'),
      );
    else if (Buffer.byteLength(value) > maxBytes)
      this.#failure.happen(issue(`/${name}`, `Longer than ${maxBytes} bytes`));
    else if (Object.hasOwn(this.#texts, name)) this.#failure.happen(issue(`/${name}`, 'Sent more than once'));
    else this.#texts[name] = value;
  }

  /** The file begins behind its header, so that so many bytes of it lie at least so far into the body. */
  #releaseConsumed(): void {
    for (let oldest = this.#held[0]; oldest !== undefined; oldest = this.#held[0]) {
      if (oldest.end > this.#consumedBytes) return;
      this.#held.shift();
      releaseBytes(oldest.piece);
    }
  }

  #broken(cause: unknown): AppError {
    return new AppError('bad_request', 'The multipart body is broken or ends too early', { cause });
  }
}

/**
 * Reads the form, giving its one file to `store` as it arrives. When anything about the form is wrong, `store`'s stream ends with
 * that error, and the promise rejects after `store` has settled; what `store` has finished by then is the caller's to undo. `store` must copy
 * what it keeps: each piece is emptied when the next is asked for.
 * @throws AppError `bad_request` (no boundary, broken or cut framing), `validation_failed` (no file, two files, unknown or too long
 *   fields), and whatever `store` throws
 */
export async function readMultipartUpload<T>(
  source: { readonly contentType: string; readonly body: AsyncIterable<Uint8Array> },
  form: MultipartForm,
  store: (file: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<ReceivedForm<T>> {
  return new MultipartReader(form, store).read(source.body, createParser(source.contentType, form));
}
