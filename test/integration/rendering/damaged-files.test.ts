/** Files with flipped bits: each is refused or rendered, and none crashes or hangs the worker. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../src/contracts/errors.ts';
import { Footage } from '../../fixtures/footage.ts';
import { renderClip } from '../../fixtures/render-clip.ts';

setDefaultTimeout(120_000);
let footage: Footage;
beforeAll(async () => {
  footage = await Footage.create();
});
afterAll(() => footage.remove());

/** The same numbers each time: a linear congruential generator. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % sides;
  };
}

for (const clip of ['tiny', 'webm', 'avi'] as const) {
  test(`${clip}: damaged in many ways`, async () => {
    const whole = await Bun.file(await footage.clip(clip)).bytes();
    const outcomes: string[] = [];
    for (let seed = 1; seed <= 12; seed += 1) {
      const roll = dice(seed);
      const bytes = whole.slice();
      for (let flip = 0; flip < 2 ** (seed % 8); flip += 1) {
        const at = roll(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << roll(8));
      }
      const path = join(footage.folder, `${clip}-${seed}.bin`);
      await writeFile(path, bytes);
      const operations = [
        { op: 'trim', start: 0.2 },
        { op: 'filter', name: 'black_white' },
      ];
      const outcome = await renderClip(footage, path, { operations, quality: 'draft' }).then(
        () => 'rendered',
        (error: unknown) => (error instanceof AppError ? error.code : String(error)),
      );
      outcomes.push(outcome);
    }
    const expected = new Set([
      'rendered',
      'probe_failed',
      'no_video_stream',
      'render_failed',
      'output_invalid',
    ]);
    expect(
      outcomes.filter((outcome) => !expected.has(outcome) && !outcome.includes('"path":"/operations')),
    ).toEqual([]);
    expect(outcomes).toContain('rendered');
  });
}
