/** `/videos` as a collection, the files of a video, and the sweep of what belongs to none. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '../../../src/contracts/ids.ts';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { Footage } from '../../fixtures/footage.ts';
import { piecesOf } from '../../fixtures/storage-contract.ts';
import { startVideoApp, type VideoApp } from '../../fixtures/video-app.ts';

setDefaultTimeout(30_000);
const HOUR_MS = 3_600_000;

interface Video {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly jobId: string;
  readonly contentUrl: string;
  readonly posterUrl: string;
  readonly thumbnailUrl: string;
}

let footage: Footage;
let app: VideoApp;
let api: ApiClient;
let other: ApiClient;
let bytes: Uint8Array<ArrayBuffer>;
const clock = { now: Date.now() };
beforeAll(async () => {
  footage = await Footage.create();
  app = await startVideoApp({ now: () => clock.now });
  api = await createApiClient(app.url);
  await api.register();
  other = api.anonymous();
  await other.register();
  bytes = await Bun.file(await footage.clip('tiny')).bytes();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await footage.remove();
});

const upload = async (title: string, client = api): Promise<Video> =>
  client.json<Video>('POST', `/videos?title=${encodeURIComponent(title)}`, {
    body: bytes,
    headers: { 'content-type': 'video/mp4' },
  });
const readyVideo = async (): Promise<Video> => {
  const { id } = await upload('ready');
  await app.runJobs();
  return api.json<Video>('GET', `/videos/${id}`);
};
const get = async (url: string, headers: Record<string, string> = {}, method = 'GET') => {
  const answer = await fetch(app.url + url, { method, headers });
  return { status: answer.status, headers: answer.headers, bytes: await answer.bytes() };
};

describe('the collection', () => {
  test('is listed newest first, page by page, by cursor and by number, without gap or repeat', async () => {
    const reader = api.anonymous();
    await reader.register();
    const made: string[] = [];
    for (const title of ['1', '2', '3', '4', '5']) made.unshift((await upload(title, reader)).id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await reader.request(
        'GET',
        `/videos?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      const answer = body as { data: Video[]; pagination: { nextCursor: string | null } };
      seen.push(...answer.data.map(({ id }) => id));
      cursor = answer.pagination.nextCursor;
    }
    expect(seen).toEqual(made);
    const { body } = await reader.request('GET', '/videos?limit=2&page=2');
    expect((body as { data: Video[] }).data.map(({ id }) => id)).toEqual(made.slice(2, 4));
    expect((body as { pagination: object }).pagination).toMatchObject({ page: 2, total: 5, pages: 3 });
  });

  test('is filtered by status', async () => {
    const { id } = await readyVideo();
    await upload('waiting');
    const ready = await api.json<Video[]>('GET', '/videos?status=ready');
    expect(ready.map((video) => video.id)).toContain(id);
    expect(ready.every(({ status }) => status === 'ready')).toBe(true);
    expect((await api.problem('GET', '/videos?status=lost')).status).toBe(422);
    expect((await api.problem('GET', '/videos?colour=red')).status).toBe(422);
  });

  test('a title can be changed, and nothing else', async () => {
    const { id } = await upload('before');
    expect((await api.json<Video>('PATCH', `/videos/${id}`, { json: { title: ' after\n' } })).title).toBe(
      'after',
    );
    for (const json of [
      {},
      { title: '' },
      { title: '  ' },
      { title: '\u202e' },
      { title: 'x'.repeat(201) },
      { title: 1 },
      { title: 'x', status: 'ready' },
      { title: 'x', userId: 'usr_1' },
    ])
      expect((await api.problem('PATCH', `/videos/${id}`, { json })).status).toBe(422);
    expect((await api.json<Video>('GET', `/videos/${id}`)).title).toBe('after');
  });

  test("someone else's videos do not exist, in any way", async () => {
    const { id } = await readyVideo();
    for (const [method, path, options] of [
      ['GET', '', {}],
      ['PATCH', '', { json: { title: 'mine' } }],
      ['DELETE', '', {}],
      ['GET', '/content', {}],
      ['GET', '/poster', {}],
      ['GET', '/thumbnail', {}],
    ] as const)
      expect((await other.problem(method, `/videos/${id}${path}`, options)).code).toBe('not_found');
    expect(await other.json<Video[]>('GET', '/videos')).toEqual([]);
    expect((await api.json<Video>('GET', `/videos/${id}`)).title).toBe('ready');
  });

  test.each(['vid_1', newId('job'), '..%2f..%2fetc', '%00', 'null'])('%s is no id', async (id) => {
    expect([404, 422]).toContain(
      (await get(`/api/v1/videos/${id}`, { authorization: `Bearer ${api.token ?? ''}` })).status,
    );
  });

  test('a deleted video is gone with its files, and the deletion is on record', async () => {
    const video = await readyVideo();
    expect((await api.request('DELETE', `/videos/${video.id}`)).status).toBe(204);
    expect((await api.problem('GET', `/videos/${video.id}`)).code).toBe('not_found');
    expect((await api.problem('DELETE', `/videos/${video.id}`)).code).toBe('not_found');
    expect((await get(video.contentUrl)).status).toBe(404);
    await app.runJobs();
    expect((await app.keys()).filter((key) => key.includes(video.id))).toEqual([]);
    const entry = await app.db.models.AuditEntry.findOne({ subject: video.id }).lean();
    expect(entry).toMatchObject({ action: 'video.deleted', actor: api.user?.id ?? '' });
  });

  test('deleting a video that is being processed cancels that', async () => {
    const video = await upload('in work');
    await api.request('DELETE', `/videos/${video.id}`);
    const job = await app.db.models.Job.findOne({ 'subject.videoId': video.id, kind: 'video.ingest' }).lean();
    expect(job?.state).toBe('cancelled');
    await app.runJobs();
    expect((await app.keys()).filter((key) => key.includes(video.id))).toEqual([]);
  });
});

describe('the file of a video', () => {
  test('comes whole, with what a browser needs to know', async () => {
    const { contentUrl } = await readyVideo();
    const answer = await get(contentUrl);
    expect(answer.status).toBe(200);
    expect(answer.bytes).toEqual(bytes);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': String(bytes.byteLength),
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'inline; filename="video.mp4"',
    });
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
    const saved = await get(`${contentUrl}&download=true`);
    expect(saved.headers.get('content-disposition')).toBe('attachment; filename="video.mp4"');
  });

  test('comes in parts, each with its place', async () => {
    const { contentUrl } = await readyVideo();
    const size = bytes.byteLength;
    for (const [range, start, end] of [
      ['bytes=0-99', 0, 99],
      ['bytes=100-', 100, size - 1],
      ['bytes=-50', size - 50, size - 1],
      [`bytes=${size - 1}-`, size - 1, size - 1],
      [`bytes=10-${size * 2}`, 10, size - 1],
    ] as const) {
      const answer = await get(contentUrl, { range });
      expect(answer.status).toBe(206);
      expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/${size}`);
      expect(answer.headers.get('content-length')).toBe(String(end - start + 1));
      expect(answer.headers.get('accept-ranges')).toBe('bytes');
      expect(answer.bytes).toEqual(bytes.slice(start, end + 1));
    }
  });

  test('beyond its end is 416 and says how long it is', async () => {
    const { contentUrl } = await readyVideo();
    const answer = await get(contentUrl, { range: `bytes=${bytes.byteLength}-` });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${bytes.byteLength}`);
    expect(JSON.parse(new TextDecoder().decode(answer.bytes))).toMatchObject({
      code: 'range_not_satisfiable',
    });
  });

  test('comes whole for several ranges, odd ranges, and a range of another version', async () => {
    const { contentUrl } = await readyVideo();
    const etag = (await get(contentUrl)).headers.get('etag') ?? '';
    const many = Array.from({ length: 1000 }, (_, index) => `${index}-${index + 5}`).join(',');
    for (const headers of [
      { range: 'bytes=0-1,5-6' },
      { range: `bytes=${many}` },
      { range: 'bytes=5-1' },
      { range: 'lines=1-2' },
      { range: 'bytes=0-9', 'if-range': '"another"' },
      { range: 'bytes=0-9', 'if-range': `W/${etag}` },
      { range: 'bytes=0-9', 'if-range': 'Mon, 01 Jan 2001 00:00:00 GMT' },
    ]) {
      const answer = await get(contentUrl, headers);
      expect(answer.status).toBe(200);
      expect(answer.bytes).toEqual(bytes);
    }
    const modified = (await get(contentUrl)).headers.get('last-modified') ?? '';
    for (const condition of [etag, modified])
      expect((await get(contentUrl, { range: 'bytes=0-9', 'if-range': condition })).status).toBe(206);
  });

  test('is not sent again to who has it', async () => {
    const { contentUrl } = await readyVideo();
    const { headers } = await get(contentUrl);
    const etag = headers.get('etag') ?? '';
    for (const condition of [
      { 'if-none-match': etag },
      { 'if-none-match': `"other", W/${etag}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': headers.get('last-modified') ?? '' },
    ]) {
      const answer = await get(contentUrl, condition);
      expect(answer.status).toBe(304);
      expect(answer.bytes.byteLength).toBe(0);
      expect(answer.headers.get('etag')).toBe(etag);
    }
    expect(
      (
        await get(contentUrl, {
          'if-none-match': '"other"',
          'if-modified-since': headers.get('last-modified') ?? '',
        })
      ).status,
    ).toBe(200);
  });

  test('HEAD tells its size without sending it', async () => {
    const { contentUrl } = await readyVideo();
    const answer = await get(contentUrl, { range: 'bytes=0-9' }, 'HEAD');
    expect([answer.status, answer.headers.get('content-length'), answer.bytes.byteLength]).toEqual([
      200,
      String(bytes.byteLength),
      0,
    ]);
  });

  test('pictures come with the video, and only once there are any', async () => {
    const waiting = await upload('waiting');
    expect((await api.problem('GET', `/videos/${waiting.id}/poster`)).code).toBe('not_found');
    const { posterUrl, thumbnailUrl } = await readyVideo();
    for (const url of [posterUrl, thumbnailUrl]) {
      const answer = await get(url);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
      expect(Array.from(answer.bytes.subarray(0, 2))).toEqual([0xff, 0xd8]);
    }
  });

  test('may be read with a token, with a link, and with nothing else', async () => {
    const { id, contentUrl } = await readyVideo();
    const path = `/api/v1/videos/${id}/content`;
    expect((await get(path, { authorization: `Bearer ${api.token ?? ''}` })).status).toBe(200);
    expect((await get(path)).status).toBe(401);
    expect((await get(`${path}?token=${api.token ?? ''}`)).status).toBe(422);
    const second = await readyVideo();
    for (const forged of [
      contentUrl.replace(id, second.id),
      contentUrl.replace('/content', '/poster'),
      contentUrl.replace(/expires=\d+/, 'expires=4000000000'),
      contentUrl.replace(api.user?.id ?? '-', other.user?.id ?? '-'),
      contentUrl.replace(/signature=.*/, 'signature=AAAA'),
      contentUrl.replace(/&signature=.*/, ''),
    ])
      expect((await get(forged)).status).toBe(403);
    clock.now += 2 * HOUR_MS;
    expect((await get(contentUrl)).status).toBe(403);
    expect((await get((await api.json<Video>('GET', `/videos/${id}`)).contentUrl)).status).toBe(200);
  });
});

describe('the sweep', () => {
  const orphan = async (ageMs: number): Promise<string> => {
    const id = newId('video');
    await app.storage.write(`videos/${id}/source`, piecesOf('left behind'));
    const at = new Date(Date.now() - ageMs);
    utimesSync(join(app.storageRoot, 'videos', id, 'source'), at, at);
    return id;
  };

  test('removes old files without a video, and nothing else', async () => {
    const { id } = await readyVideo();
    const past = new Date(Date.now() - 2 * HOUR_MS);
    utimesSync(join(app.storageRoot, 'videos', id, 'source'), past, past);
    const [old, young] = [await orphan(2 * HOUR_MS), await orphan(HOUR_MS / 2)];
    const dry = await app.videos.sweepOrphans({ dryRun: true });
    expect(dry).toMatchObject({ orphans: [old], deletedCount: 0, isRefused: false });
    expect(await app.keys()).toContain(`videos/${old}/source`);
    expect(await app.videos.sweepOrphans()).toMatchObject({ orphans: [old], deletedCount: 1 });
    const keys = await app.keys();
    expect(keys).not.toContain(`videos/${old}/source`);
    expect(keys).toContain(`videos/${young}/source`);
    expect(keys).toContain(`videos/${id}/source`);
  });

  test('removes nothing when most files look orphaned: then the database is the wrong one', async () => {
    await using strange = await startVideoApp();
    for (let count = 0; count < 25; count += 1) {
      const id = newId('video');
      await strange.storage.write(`videos/${id}/source`, piecesOf('precious'));
      const past = new Date(Date.now() - 2 * HOUR_MS);
      utimesSync(join(strange.storageRoot, 'videos', id, 'source'), past, past);
    }
    expect(await strange.videos.sweepOrphans()).toMatchObject({ isRefused: true, deletedCount: 0 });
    expect(await strange.keys()).toHaveLength(25);
  });
});
