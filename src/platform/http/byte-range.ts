/** Which bytes a request asks for (RFC 9110 §14): pure, so that every odd header can be tried. */
import type { ByteRange } from '../storage/storage.ts';

/** `whole`: no range, or one that may be ignored. `none`: no byte of the file is in it (416). */
export type WantedBytes = 'whole' | 'none' | ByteRange;

const SINGLE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * Reads a Range header for a file of `sizeBytes`. Several ranges at once, other units and malformed headers are ignored, as
 * the standard allows: the answer is the whole file.
 */
export function wantedBytes(header: string | null, sizeBytes: number): WantedBytes {
  const match = SINGLE.exec(header ?? '');
  if (match === null) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const count = Math.min(Number(last), sizeBytes);
    return count === 0 ? 'none' : { start: sizeBytes - count, end: sizeBytes - 1 };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes - 1 : Number(last);
  if (last !== '' && end < start) return 'whole';
  return start >= sizeBytes ? 'none' : { start, end: Math.min(end, sizeBytes - 1) };
}
