/** A disk that runs full under the whole system, and is freed again. */
import { expect, test } from 'bun:test';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { EditingSession, type ProjectAnswer, type VideoAnswer } from '../../fixtures/editing-session.ts';
import { Footage } from '../../fixtures/footage.ts';
import { smallDisk } from '../../fixtures/small-disk.ts';
import { createSystem } from '../../fixtures/system.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { until } from '../../fixtures/until.ts';

const MIB = 1024 ** 2;
const HONEST = new Set(['storage_full', 'database_unavailable', 'queue_unavailable']);

const freeBytes = (path: string): number => {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
};

/** Writes until the disk has no more than `left` bytes. */
function fill(folder: string, left: number): string {
  const file = join(folder, 'ballast');
  const descriptor = openSync(file, 'a');
  try {
    for (;;) {
      const spare = freeBytes(folder) - left;
      if (spare <= 0) return file;
      writeSync(descriptor, Buffer.alloc(Math.min(spare, MIB)));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return file;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

test('below the floor uploads get 507 and everything else goes on; on a disk without a byte every answer is honest; freed, all is well', async () => {
  using disk = smallDisk(48 * MIB);
  using folder = tempFolder();
  const footage = await Footage.create();
  try {
    const clip = await footage.clip('tiny');
    await using system = createSystem({ DATA_DIR: disk.path, MIN_FREE_DISK_BYTES: String(8 * MIB) });
    const api = await system.startApi();
    const worker = await system.startWorker();
    const session = await EditingSession.open(api.url, folder.path);
    const project = await session.projectOver(clip);
    const edit = { json: { operations: [{ op: 'filter', name: 'sepia' }] } };

    fill(disk.path, 4 * MIB);
    const refused = await session.api.problem('POST', '/videos', {
      body: Bun.file(clip),
      headers: { 'content-type': 'video/mp4' },
    });
    expect(refused).toMatchObject({ status: 507, code: 'storage_full' });
    expect(
      await session.api.json<ProjectAnswer>('POST', `/projects/${project.id}/edits`, edit),
    ).toMatchObject({
      revision: 1,
    });
    expect((await session.api.request('GET', `/videos`)).status).toBe(200);

    const ballast = fill(disk.path, 0);
    let refusals = 0;
    for (let attempt = 0; attempt < 10; attempt++) {
      for (const [method, path, options] of [
        ['POST', `/projects/${project.id}/edits`, edit],
        ['POST', '/projects', { json: { name: 'x'.repeat(200) } }],
        ['POST', `/projects/${project.id}/renders`, { json: { quality: 'draft' } }],
      ] as const) {
        const answer = await session.api.request(method, path, options);
        if (answer.status < 400) continue;
        refusals += 1;
        expect(HONEST).toContain((answer.body as { code: string }).code);
      }
    }
    expect(refusals).toBeGreaterThan(0);
    for (const path of ['/auth/me', '/projects', `/projects/${project.id}`, '/jobs'])
      expect((await session.api.request('GET', path)).status).toBe(200);
    expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
    expect([api.isAlive(), worker.isAlive()]).toEqual([true, true]);

    rmSync(ballast);
    await until('the API to be ready', async () => (await fetch(`${api.url}/health/ready`)).status === 200);
    const video = await session.api.upload<VideoAnswer>(clip);
    await until(
      'the video to be ready',
      async () => (await session.api.json<VideoAnswer>('GET', `/videos/${video.id}`)).status === 'ready',
      60_000,
    );
    await session.render(project, { quality: 'draft' });
    const jobs = await session.api.json<{ id: string }[]>('GET', '/jobs?limit=100');
    for (const { id } of jobs) await session.ended(id);
    expect(system.logs().filter((line) => /unhandled|uncaught/i.test(line))).toEqual([]);
  } finally {
    await footage.remove();
  }
}, 240_000);
