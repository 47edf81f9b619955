/** Where the moments of one timeline lie on a later one, after trims, cuts and changes of speed. */
import type { Operation } from '../../../../src/contracts/edit-plan.ts';
import type { SecondsRange } from './time-range.ts';

interface Piece {
  /** The earlier timeline's stretch. */
  readonly from: number;
  readonly to: number;
  /** Where it begins on the later timeline. */
  readonly at: number;
  readonly rate: number;
}

export type TimeMap = readonly Piece[];

const EPSILON = 1e-6;
const round = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;
const lengthOf = (piece: Piece): number => (piece.to - piece.from) / piece.rate;

export function identityMap(durationSeconds: number): TimeMap {
  return [{ from: 0, to: durationSeconds, at: 0, rate: 1 }];
}

/** Takes a stretch of the later timeline out. */
function cutOut(map: TimeMap, { from, to }: SecondsRange): TimeMap {
  const pieces: Piece[] = [];
  let at = 0;
  const keep = (piece: Piece, start: number, end: number): void => {
    if (end - start < EPSILON) return;
    const origin = piece.from + (start - piece.at) * piece.rate;
    pieces.push({ from: origin, to: origin + (end - start) * piece.rate, at, rate: piece.rate });
    at += end - start;
  };
  for (const piece of map) {
    const end = piece.at + lengthOf(piece);
    keep(piece, piece.at, Math.min(end, from));
    keep(piece, Math.max(piece.at, to), end);
  }
  return pieces;
}

const numberOf = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback);

/** True for operations that move what comes after them in time. */
export function changesTime(operation: Operation): boolean {
  return ['trim', 'cut', 'speed'].includes(operation.op);
}

/** The map after one more operation. */
export function advanceMap(map: TimeMap, operation: Operation): TimeMap {
  const last = map.at(-1);
  const end = last === undefined ? 0 : last.at + lengthOf(last);
  const range = { from: numberOf(operation['start'], 0), to: numberOf(operation['end'], end) };
  if (operation.op === 'cut') return cutOut(map, range);
  if (operation.op === 'trim')
    return cutOut(cutOut(map, { from: range.to, to: end }), { from: 0, to: range.from });
  if (operation.op !== 'speed') return map;
  const factor = numberOf(operation['factor'], 1);
  return map.map((piece) => ({ ...piece, at: piece.at / factor, rate: piece.rate * factor }));
}

/** Where a range of the earlier timeline lies on the later one; undefined when nothing of it is left. */
export function forward(map: TimeMap, { from, to }: SecondsRange): SecondsRange | undefined {
  let start: number | undefined;
  let end = 0;
  for (const piece of map) {
    const low = Math.max(from, piece.from);
    const high = Math.min(to, piece.to);
    if (high - low < EPSILON) continue;
    start ??= piece.at + (low - piece.from) / piece.rate;
    end = piece.at + (high - piece.from) / piece.rate;
  }
  return start === undefined ? undefined : { from: round(start), to: round(end) };
}

/** Where a range of the later timeline came from. */
export function backward(map: TimeMap, { from, to }: SecondsRange): SecondsRange {
  let start: number | undefined;
  let end = 0;
  for (const piece of map) {
    const low = Math.max(from, piece.at);
    const high = Math.min(to, piece.at + lengthOf(piece));
    if (high - low < EPSILON) continue;
    start ??= piece.from + (low - piece.at) * piece.rate;
    end = piece.from + (high - piece.at) * piece.rate;
  }
  return { from: round(start ?? 0), to: round(end) };
}
