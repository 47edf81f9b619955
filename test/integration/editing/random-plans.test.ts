/** Random valid plans, rendered for real: FFmpeg takes each, and length, size and sound are what the plan foretells. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import * as fc from 'fast-check';
import { Footage } from '../../fixtures/footage.ts';
import { randomPlan } from '../../fixtures/random-plans.ts';
import { pictures, probe, renderClip } from '../../fixtures/render-clip.ts';

setDefaultTimeout(120_000);
let footage: Footage;
beforeAll(async () => {
  footage = await Footage.create();
});
afterAll(() => footage.remove());

for (const clip of ['tiny', 'silent'] as const) {
  test(`${clip}: plans of up to six operations`, async () => {
    const path = await footage.clip(clip);
    await fc.assert(
      fc.asyncProperty(randomPlan(await probe(path), 6), async (operations) => {
        const rendered = await renderClip(footage, path, { operations, quality: 'draft' });
        const frames = (await pictures(rendered)).length;
        expect(frames).toBe(Math.round(rendered.render.expected.durationSeconds * 25));
      }),
      { numRuns: 15, seed: 3 },
    );
  });
}
