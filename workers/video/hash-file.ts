import { createReadStream } from 'node:fs';

const CHUNK_BYTES = 1024 ** 2;

/** SHA-256 of a file in hex, read in pieces; rejects with the signal's reason when aborted. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = new Bun.CryptoHasher('sha256');
  for await (const chunk of createReadStream(path, { signal, highWaterMark: CHUNK_BYTES }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
