import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { readMultipartUpload } from '../../../src/platform/http/multipart-upload.ts';

const BOUNDARY = 'BoundaryOfTheTest';
const FORM = { fileField: 'video', textFields: { title: 100 } } as const;
const HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n`;
const TITLE = `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nMy title`;
const END = `\r\n--${BOUNDARY}--\r\n`;

/** Pieces of the given sizes in turn, each with a buffer of its own, as a request's body has them. */
async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let index = 0;
  for (let at = 0; at < bytes.byteLength;) {
    const size = sizes[index++ % sizes.length] ?? 1;
    yield Uint8Array.from(bytes.subarray(at, at + size));
    at += size;
    await Promise.resolve();
  }
}

async function receive(file: Uint8Array, sizes: readonly number[], rest = TITLE + END) {
  const body = Buffer.concat([Buffer.from(HEAD), file, Buffer.from(rest)]);
  const pieces: Uint8Array[] = [];
  const received = await readMultipartUpload(
    { contentType: `multipart/form-data; boundary=${BOUNDARY}`, body: cut(body, sizes) },
    FORM,
    async (stream) => {
      for await (const piece of stream) {
        pieces.push(Uint8Array.from(piece));
        await new Promise(setImmediate);
      }
      return 'stored';
    },
  );
  return { ...received, bytes: Buffer.concat(pieces) };
}

describe('a form with a file', () => {
  test('gives the file byte by byte, whatever is in it and however it is cut', async () => {
    const tricky = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\r\n--',
      `\r\n--${BOUNDARY.slice(0, 9)}`,
      '--',
      BOUNDARY,
      '\0',
      'x',
    );
    const content = fc.array(tricky, { maxLength: 300 }).map((parts) => Buffer.from(parts.join('')));
    await fc.assert(
      fc.asyncProperty(
        content,
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 }),
        async (file, sizes) => {
          // The blank line before the file ends in what a delimiter begins with.
          fc.pre(!`\r\n${file.toString('latin1')}`.includes(`\r\n--${BOUNDARY}`));
          const received = await receive(file, sizes);
          expect(received.bytes.equals(file)).toBe(true);
          expect(received).toMatchObject({
            stored: 'stored',
            fileName: 'a.mp4',
            texts: { title: 'My title' },
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives a file of megabytes as it was, in pieces of a network', async () => {
    const file = crypto.getRandomValues(new Uint8Array(65_536));
    const large = Buffer.concat(Array.from({ length: 64 }, (_, index) => file.map((byte) => byte ^ index)));
    for (const sizes of [[65_536], [1_572_854], [100_003, 17, 65_536], [262_144, 1]]) {
      const { bytes } = await receive(large, sizes);
      expect(bytes.equals(large)).toBe(true);
    }
  });

  test('waits for a slow reader: never much more than it has taken', async () => {
    let sentBytes = 0;
    let takenBytes = 0;
    let mostAhead = 0;
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(HEAD);
      for (let count = 0; count < 200; count += 1) {
        yield new Uint8Array(65_536);
        sentBytes += 65_536;
        mostAhead = Math.max(mostAhead, sentBytes - takenBytes);
      }
      yield new TextEncoder().encode(END);
    };
    await readMultipartUpload(
      { contentType: `multipart/form-data; boundary=${BOUNDARY}`, body: body() },
      FORM,
      async (stream) => {
        for await (const piece of stream) {
          takenBytes += piece.byteLength;
          await new Promise(setImmediate);
        }
      },
    );
    expect(takenBytes).toBe(200 * 65_536);
    expect(mostAhead).toBeLessThan(2 * 1024 ** 2);
  });
});
