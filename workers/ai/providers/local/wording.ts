/** Small pieces of reply text. */
import { formatSeconds, formatTime } from '../../../../src/editing/timeline.ts';
import type { SecondsRange } from './time-range.ts';

const LONG_SECONDS = 60;

/** A length for people: "12 s" or "1:05". */
export function lengthText(seconds: number): string {
  return seconds >= LONG_SECONDS ? formatTime(seconds) : formatSeconds(seconds);
}

/** "the first 10 s", "the last 3 s" or "0:05–0:08". */
export function rangeText({ from, to }: SecondsRange, durationSeconds: number): string {
  if (from <= 0 && to >= durationSeconds) return 'all of it';
  if (from <= 0) return `the first ${lengthText(to)}`;
  if (to >= durationSeconds) return `the last ${lengthText(durationSeconds - from)}`;
  return `${formatTime(from)}–${formatTime(to)}`;
}

/** "a, b and c". */
export function listText(items: readonly string[], joint = 'and'): string {
  if (items.length <= 1) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${joint} ${items.at(-1) ?? ''}`;
}

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
