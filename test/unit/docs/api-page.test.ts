/** The page for frontend authors says what the contracts say: no code is missing, and every frame shown is one. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { ERROR_KINDS } from '../../../src/contracts/errors.ts';
import {
  ClientFrames,
  type ClientFrameType,
  type ServerFrame,
  ServerFrameData,
} from '../../../src/contracts/realtime.ts';

const ROOT = join(import.meta.dir, '../../..');
const page = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');

const linesAfter = (mark: string): string[] =>
  page
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length));

describe('the page for frontend authors', () => {
  test('lists every error code with its status, meaning and whether trying again may help, and no other', () => {
    const listed = linesAfter('| `').map((row) => row.split(' | ').slice(0, 4));
    const known = Object.entries(ERROR_KINDS).map(([code, { status, title, retryable }]) => [
      `${code}\``,
      String(status),
      title,
      retryable ? 'yes' : 'no',
    ]);
    expect(listed).toHaveLength(known.length);
    expect(listed).toEqual(expect.arrayContaining(known));
  });

  test('tells for every error code what to do', () => {
    for (const row of linesAfter('| `')) expect(row.split(' | ')[4]).toMatch(/\w.* \|$/);
  });

  test('shows server frames that fit the contract', () => {
    const frames = linesAfter('← ').map((line) => JSON.parse(line) as ServerFrame);
    expect(frames.length).toBeGreaterThan(15);
    for (const { type, data } of frames) {
      const [error] = Value.Errors(ServerFrameData[type], data);
      expect([type, error?.path, error?.message]).toEqual([type, undefined, undefined]);
    }
    const numbers = frames.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test('shows client frames that fit the contract', () => {
    const frames = linesAfter('→ ').map((line) => JSON.parse(line) as { type: ClientFrameType });
    expect(frames.map(({ type }) => type)).toEqual(['auth', 'chat.send']);
    for (const frame of frames) expect(Value.Check(ClientFrames[frame.type], frame)).toBe(true);
  });

  test('is linked from the README', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain('](docs/api.md)');
  });
});
