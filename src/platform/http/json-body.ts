/**
 * Reads a JSON body under the gate's rules: only `application/json` in UTF-8, bounded in bytes (counted, also when chunked),
 * in depth and in time. A form or `text/plain` body would let another site's page post here without a preflight.
 */
import { AppError } from '../../contracts/errors.ts';
import { invalidInput } from './problem.ts';

/** Largest JSON body in bytes. */
export const JSON_BODY_MAX_BYTES = 256 * 1024;
/** Deepest nesting of arrays and objects. */
export const JSON_DEPTH_MAX = 32;
const READ_TIMEOUT_MS = 30_000;

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

function checkHeaders(headers: Headers): void {
  const contentType = headers.get('content-type');
  if (contentType === null || !JSON_TYPE.test(contentType))
    throw new AppError('unsupported_media_type', 'Send the body as application/json in UTF-8');
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    throw new AppError('unsupported_media_type', 'Send the body without Content-Encoding');
  if (Number(headers.get('content-length') ?? 0) > JSON_BODY_MAX_BYTES) throw tooLarge();
}

const tooLarge = () =>
  new AppError('payload_too_large', `A JSON body may have at most ${JSON_BODY_MAX_BYTES} bytes`);

async function readBounded(body: ReadableStream<Uint8Array>, timeoutMs: number): Promise<Uint8Array> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    void reader.cancel('too slow').catch(() => undefined);
  }, timeoutMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      sizeBytes += value.byteLength;
      if (sizeBytes > JSON_BODY_MAX_BYTES) {
        void reader.cancel('too large').catch(() => undefined);
        throw tooLarge();
      }
      chunks.push(value);
    }
  } finally {
    clearTimeout(deadline);
  }
  if (isLate) throw new AppError('request_timeout', `The body did not arrive within ${timeoutMs / 1000} s`);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Deepest nesting of a JSON text, without parsing it: a deep one must not reach recursive code. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (isInString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

/**
 * The parsed body, or undefined when there is none.
 * @throws AppError unsupported_media_type, payload_too_large, invalid_json, validation_failed (too deep), request_timeout
 */
export async function readJsonBody(request: Request, timeoutMs = READ_TIMEOUT_MS): Promise<unknown> {
  if (request.body === null) return undefined;
  checkHeaders(request.headers);
  const bytes = await readBounded(request.body, timeoutMs);
  if (bytes.byteLength === 0) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (jsonDepth(text) > JSON_DEPTH_MAX)
      throw invalidInput([{ path: '', message: `Nested deeper than ${JSON_DEPTH_MAX} levels` }]);
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('invalid_json', 'The body is not valid JSON in UTF-8', { cause });
  }
}
