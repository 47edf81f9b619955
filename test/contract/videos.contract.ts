import { describe, expect, test } from 'bun:test';
import { newId, type UserId } from '../../src/contracts/ids.ts';
import { createVideoRepository, type NewVideo } from '../../src/modules/videos/repository.ts';
import { cutPage } from '../../src/platform/http/pagination.ts';
import { buildProbe } from '../fixtures/probe-builder.ts';
import type { Engine } from './engine.ts';

function newVideo(userId: UserId, changes: Partial<NewVideo> = {}): NewVideo {
  const _id = newId('video');
  return {
    _id,
    userId,
    title: 'Clip',
    fileName: 'clip.mp4',
    contentType: 'video/mp4',
    sizeBytes: 5_000_000_000,
    status: 'processing',
    sourceKey: `videos/${_id}/source`,
    ingestJobId: newId('job'),
    ...changes,
  };
}

export function videosContract(engine: Engine): void {
  const videos = () => createVideoRepository(engine.db.models);

  /** Every page's ids, read by cursor. `between` runs before each page but the first. */
  async function pages(userId: UserId, limit: number, between?: () => Promise<unknown>) {
    const found: string[][] = [];
    let cursor: { at: string; id: string } | undefined;
    do {
      if (found.length > 0) await between?.();
      const rows = await videos().list(userId, {
        limit: limit + 1,
        ...(cursor === undefined ? {} : { cursor }),
      });
      const place = (row: (typeof rows)[number]) => ({ at: row.createdAt.toISOString(), id: row._id });
      const { items, pagination } = cutPage(rows, limit, place);
      found.push(items.map((item) => item._id));
      const last = items.at(-1);
      cursor = pagination.hasMore && last !== undefined ? place(last) : undefined;
    } while (cursor !== undefined);
    return found;
  }

  describe('videos', () => {
    test('are paged by cursor, newest first, also those of one millisecond, whatever is added meanwhile', async () => {
      const userId = newId('user');
      const at = new Date('2026-01-02T03:04:05.678Z');
      const rows = Array.from({ length: 7 }, (_, n) => newVideo(userId, { title: `Clip ${n}` }));
      for (const row of rows)
        await engine.db.models.Video.create({ ...row, createdAt: at } as NewVideo & { createdAt: Date });
      const expected = rows.map((row) => row._id).toReversed();
      const found = await pages(userId, 3, async () => videos().create(newVideo(userId)));
      expect(found.map((page) => page.length)).toEqual([3, 3, 1]);
      expect(found.flat()).toEqual(expected);
    });

    test('are listed and counted by status, skipping as pages do', async () => {
      const userId = newId('user');
      for (const status of ['ready', 'failed', 'ready', 'ready'] as const)
        await videos().create(newVideo(userId, { status }));
      const ready = await videos().list(userId, { status: 'ready', limit: 10 });
      expect([
        ready.length,
        await videos().count(userId, 'ready'),
        await videos().count(userId, undefined),
      ]).toEqual([3, 3, 4]);
      const second = await videos().list(userId, { status: 'ready', limit: 1, skip: 1 });
      expect(second.map((row) => row._id)).toEqual(ready.slice(1, 2).map((row) => row._id));
    });

    test("are hidden from others, to whom an owner's id says nothing", async () => {
      const video = await videos().create(newVideo(newId('user')));
      const other = newId('user');
      expect(await videos().find(other, video._id)).toBeUndefined();
      expect(await videos().rename(other, video._id, 'Mine')).toBeUndefined();
      expect(await videos().remove(other, video._id)).toBeUndefined();
      expect(await videos().find(video.userId, video._id)).toEqual(video);
    });

    test('are settled once, by their own job, with the whole probe', async () => {
      const { _id: videoId, userId, ingestJobId: jobId } = await videos().create(newVideo(newId('user')));
      const outcome = { status: 'ready', probe: buildProbe(), sha256: 'a'.repeat(64) } as const;
      expect(await videos().settle({ userId, videoId, jobId: newId('job') }, outcome)).toBeUndefined();
      expect(await videos().settle({ userId, videoId, jobId }, outcome)).toMatchObject(outcome);
      expect(await videos().settle({ userId, videoId, jobId }, { status: 'failed' })).toBeUndefined();
      expect((await videos().find(userId, videoId))?.probe).toEqual(outcome.probe);
    });

    test('that are removed are given back once, and no longer exist', async () => {
      const video = await videos().create(newVideo(newId('user')));
      expect(await videos().existing([video._id, newId('video')])).toEqual(new Set([video._id]));
      const removed = await Promise.all(
        Array.from({ length: 5 }, async () => videos().remove(video.userId, video._id)),
      );
      expect(removed.filter((row) => row?._id === video._id)).toHaveLength(1);
      expect(await videos().existing([video._id])).toEqual(new Set());
    });
  });
}
