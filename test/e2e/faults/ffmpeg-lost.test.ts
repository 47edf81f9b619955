/** FFmpeg that disappears from under a running worker. */
import { expect, test } from 'bun:test';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EditingSession } from '../../fixtures/editing-session.ts';
import { Footage } from '../../fixtures/footage.ts';
import { startStack } from '../../fixtures/stack.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

function installed(program: string): string {
  const path = Bun.which(program);
  if (path === null) throw new Error(`${program} is not installed`);
  return path;
}

test('a render without FFmpeg fails after its attempts with the honest reason; the worker lives on and renders once it is back', async () => {
  using folder = tempFolder();
  const footage = await Footage.create();
  try {
    const ffmpeg = join(folder.path, 'ffmpeg');
    symlinkSync(installed('ffmpeg'), ffmpeg);
    await using stack = await startStack({ env: { FFMPEG_PATH: ffmpeg } });
    const session = await EditingSession.open(stack.apiUrl, folder.path);
    const project = await session.edit(await session.projectOver(await footage.clip('tiny')), [
      { op: 'filter', name: 'sepia' },
    ]);

    rmSync(ffmpeg);
    const job = await session.ended((await session.startRender(project)).id);
    expect(job).toMatchObject({ state: 'failed', attempts: 3, error: { code: 'ffmpeg_missing' } });
    // Where things lie on the worker is no business of the user.
    expect(job.error?.message).not.toContain(folder.path);
    const worker = stack.workerPids[0];
    expect(stack.processes().some(({ pid }) => pid === worker)).toBe(true);

    symlinkSync(installed('ffmpeg'), ffmpeg);
    const { probe } = await session.render(project);
    expect(probe.durationSeconds).toBeCloseTo(2, 1);
  } finally {
    await footage.remove();
  }
}, 180_000);
