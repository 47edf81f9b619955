/** A request's raw body as it arrives, with the ways in which a sender fails turned into errors of ours. */
import { AppError } from '../../contracts/errors.ts';

/** A sender slower than this on average, after the grace, is holding the connection rather than sending. */
const LEAST_BYTES_PER_SECOND = 1024;
const GRACE_MS = 30_000;

/**
 * The body's pieces. Ending the iteration early cancels the rest.
 * @throws AppError `payload_too_large` when Content-Length says so at once, or what comes does later; `request_timeout` for a
 *   sender that dawdles; `bad_request` when the connection breaks
 */
export async function* requestBytes(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  const tooLarge = () => new AppError('payload_too_large', `The body may have at most ${maxBytes} bytes`);
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  const startedAtMs = performance.now();
  let receivedBytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      receivedBytes += chunk.byteLength;
      if (receivedBytes > maxBytes) throw tooLarge();
      const elapsedMs = performance.now() - startedAtMs;
      if (elapsedMs > GRACE_MS && receivedBytes < (LEAST_BYTES_PER_SECOND * elapsedMs) / 1000)
        throw new AppError('request_timeout', 'The body comes too slowly');
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('bad_request', 'The connection broke before the whole body had arrived', { cause });
  }
}

/**
 * Gives the memory of a piece back at once, which empties the piece: the collector would let a quarter of a gigabyte of used pieces
 * gather in a fast upload. Only for pieces that nobody will look at again; part of a larger buffer is left alone.
 */
export function releaseBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !buffer.detached)
    buffer.transfer(0);
}

/** The same pieces, each released when the next is asked for: a consumer that keeps one must copy it. */
export async function* releasedAfterUse(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield piece;
    releaseBytes(piece);
  }
}
