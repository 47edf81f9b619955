/** `POST /videos`: both forms of an upload, and everything that can be wrong with one. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { connect } from 'node:net';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { Footage, run } from '../../fixtures/footage.ts';
import { smallDisk } from '../../fixtures/small-disk.ts';
import { startVideoApp, type VideoApp } from '../../fixtures/video-app.ts';

setDefaultTimeout(30_000);
const MIB = 1024 ** 2;

type Body = NonNullable<RequestInit['body']>;

interface Video {
  readonly id: string;
  readonly title: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly status: string;
  readonly sha256?: string;
  readonly contentUrl: string;
  readonly posterUrl?: string;
  readonly thumbnailUrl?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

let footage: Footage;
let app: VideoApp;
let api: ApiClient;
beforeAll(async () => {
  footage = await Footage.create();
  app = await startVideoApp({ maxUploadBytes: 4 * MIB });
  api = await createApiClient(app.url);
  await api.register();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await footage.remove();
});

const read = async (id: string): Promise<Video> => api.json<Video>('GET', `/videos/${id}`);
const tinyBytes = async (): Promise<Uint8Array<ArrayBuffer>> => Bun.file(await footage.clip('tiny')).bytes();
const form = (...parts: readonly (readonly [string, string | Blob, string?])[]): FormData => {
  const data = new FormData();
  for (const [name, value, fileName] of parts)
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, fileName ?? 'clip.mp4');
  return data;
};
const tinyFile = async (): Promise<Blob> => new Blob([await tinyBytes()]);

/** Runs what must leave storage and database as they were. */
async function leavesNothing(work: () => Promise<void>): Promise<void> {
  const counts = async () => [
    await app.keys(),
    await app.db.models.Video.countDocuments({}),
    await app.db.models.Job.countDocuments({}),
    await Array.fromAsync(new Bun.Glob('*').scan({ cwd: `${app.storageRoot}/.incoming`, dot: true })),
  ];
  const before = await counts();
  await work();
  expect(await counts()).toEqual(before);
}

async function refused(request: { body?: Body; headers?: Record<string, string>; path?: string }) {
  let code = '';
  let detail = '';
  await leavesNothing(async () => {
    const { problem } = await api.problem('POST', request.path ?? '/videos', {
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.headers === undefined ? {} : { headers: request.headers }),
    });
    code = `${String(problem['status'])} ${String(problem['code'])}`;
    detail = JSON.stringify([problem['detail'], problem['errors']]);
  });
  return { code, detail };
}

describe('an upload', () => {
  test('as a form becomes a video that is processing, then ready, with all its facts', async () => {
    const video = await api.upload<Video>(await footage.clip('standard'), { name: 'My Holiday.mp4' });
    expect(video).toMatchObject({
      status: 'processing',
      title: 'My Holiday',
      fileName: 'My Holiday.mp4',
      contentType: 'video/mp4',
      sizeBytes: Bun.file(await footage.clip('standard')).size,
    });
    await app.runJobs();
    expect(await read(video.id)).toMatchObject({
      status: 'ready',
      durationSeconds: 4,
      width: 320,
      height: 180,
      fps: 25,
      hasAudio: true,
      videoCodec: 'h264',
      audioCodec: 'aac',
      probe: { container: 'mov' },
    });
  });

  test('as a raw body is stored byte by byte as it was sent', async () => {
    const bytes = await tinyBytes();
    const video = await api.json<Video>('POST', '/videos?title=Raw%20one', {
      body: bytes,
      headers: { 'content-type': 'video/mp4', 'x-file-name': encodeURIComponent('été 🎬.mp4') },
    });
    expect(video).toMatchObject({ title: 'Raw one', fileName: 'été 🎬.mp4', sizeBytes: bytes.byteLength });
    const content = await fetch(app.url + video.contentUrl);
    expect(await content.bytes()).toEqual(bytes);
    await app.runJobs();
    expect((await read(video.id)).sha256).toBe(new Bun.CryptoHasher('sha256').update(bytes).digest('hex'));
  });

  test('works under the path of old, and without a file name', async () => {
    const video = await api.json<Video>('POST', '/videos/upload', {
      body: await tinyBytes(),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(video).toMatchObject({ fileName: 'video.mp4', title: 'video' });
    expect((await api.upload<Video>(await footage.clip('tiny'), { path: '/videos/upload' })).status).toBe(
      'processing',
    );
  });

  test('takes its title from the form, before or after the file', async () => {
    for (const title of ['first', 'last'] as const) {
      const parts = [['video', await tinyFile()] as const];
      const body = form(
        ...(title === 'first'
          ? [['title', title] as const, ...parts]
          : [...parts, ['title', title] as const]),
      );
      const answer = await api.json<Video>('POST', '/videos', { body });
      expect(answer.title).toBe(title);
    }
  });

  test.each([
    ['attachment; filename="plain name.mov"', 'plain name.mov'],
    [`attachment; filename="x.mov"; filename*=UTF-8''%C3%A9t%C3%A9.mov`, 'été.mov'],
    ['attachment; filename=bare.mov', 'bare.mov'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
  ])('takes its name from Content-Disposition %s', async (disposition, fileName) => {
    const video = await api.json<Video>('POST', '/videos', {
      body: await tinyBytes(),
      headers: { 'content-type': 'video/quicktime', 'content-disposition': disposition },
    });
    expect(video.fileName).toBe(fileName);
  });

  test.each([
    ['mov', 'video/quicktime'],
    ['avi', 'video/x-msvideo'],
    ['mkv', 'video/x-matroska'],
    ['webm', 'video/webm'],
  ])('of %s is known by its content, whatever its name and type claim', async (kind, contentType) => {
    const made = `${footage.folder}/made.${kind}`;
    if (kind === 'mov' || kind === 'mkv')
      await run(['ffmpeg', '-v', 'error', '-y', '-i', await footage.clip('tiny'), '-c', 'copy', made]);
    const path = kind === 'mov' || kind === 'mkv' ? made : await footage.clip(kind as 'avi' | 'webm');
    const video = await api.upload<Video>(path, { name: 'picture.jpg', type: 'image/jpeg' });
    expect(video).toMatchObject({ contentType, fileName: 'picture.jpg' });
    await app.runJobs();
    expect((await read(video.id)).status).toBe('ready');
  });

  test.each([
    '../../evil.mp4',
    '..\\evil.mp4',
    'C:\\evil.mp4',
    `${'x'.repeat(4000)}.mp4`,
    '-vf.mp4',
    'con',
    '%2e%2e%2fevil',
  ])('named %p is stored under its id alone', async (name) => {
    const video = await api.json<Video>('POST', '/videos', {
      body: await tinyBytes(),
      headers: { 'content-type': 'video/mp4', 'x-file-name': encodeURIComponent(name) },
    });
    expect(video.fileName).not.toMatch(/[/\\]/);
    expect(await app.keys()).toContain(`videos/${video.id}/source`);
  });

  test('with an Idempotency-Key sent twice becomes one video', async () => {
    const key = crypto.randomUUID();
    const send = async () =>
      api.request('POST', '/videos', {
        body: await tinyBytes(),
        headers: { 'content-type': 'video/mp4', 'idempotency-key': key },
      });
    const first = await send();
    await leavesNothing(async () => {
      const second = await send();
      expect(second.body).toEqual(first.body);
      expect(second.headers.get('idempotent-replayed')).toBe('true');
    });
  });

  test('tells the owner of every step', async () => {
    await app.runJobs();
    const seen = app.frames.length;
    const video = await api.upload<Video>(await footage.clip('tiny'));
    await app.runJobs();
    const frames = app.frames.slice(seen).filter(({ type }) => type === 'video.updated');
    expect(frames.map(({ data }) => (data['video'] as Video).status)).toEqual(['processing', 'ready']);
    expect(
      frames.every(({ data, userId }) => (data['video'] as Video).id === video.id && userId === api.user?.id),
    ).toBe(true);
  });
});

describe('refused, leaving nothing behind', () => {
  const raw = (body: Body, type = 'video/mp4') => ({ body, headers: { 'content-type': type } });

  test('zero bytes', async () => {
    expect((await refused(raw(''))).code).toBe('422 empty_file');
    expect((await refused({ body: form(['video', new Blob([])]) })).code).toBe('422 empty_file');
  });

  test.each([
    ['a picture', '\x89PNG\r\n\x1a\n0000000000', 'PNG'],
    ['a document', '%PDF-1.7 00000000000', 'PDF'],
    ['an archive', 'PK\x03\x04 00000000000000', 'ZIP'],
    ['a playlist', '#EXTM3U\n#EXTINF:4,\nother.mp4\n', 'HLS'],
    ['a list of files', 'ffconcat version 1.0\nfile victim.mp4\n', 'ffconcat'],
    ['a page', '<!doctype html><script>alert(1)</script>', 'HTML'],
    ['text', 'just some words that are no video', 'text'],
    ['one byte', 'x', 'text'],
  ])('%s under the name of a video', async (_what, content, name) => {
    const asForm = await refused({
      body: form(['video', new Blob([Buffer.from(content, 'latin1')], { type: 'video/mp4' })]),
    });
    expect(asForm.code).toBe('422 not_a_video');
    expect(asForm.detail).toContain(name);
    expect((await refused(raw(Buffer.from(content, 'latin1')))).code).toBe('422 not_a_video');
  });

  test('what is too large, told by its length or only by arriving', async () => {
    const large = Buffer.concat([await tinyBytes(), new Uint8Array(4 * MIB)]);
    expect((await refused(raw(large))).code).toBe('413 payload_too_large');
    expect((await refused({ body: form(['video', new Blob([large])]) })).code).toBe('413 payload_too_large');
    const stream = new Blob([large]).stream();
    expect((await refused(raw(stream))).code).toBe('413 payload_too_large');
  });

  test('other content types, and encoded bodies', async () => {
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'image/png'])
      expect((await refused(raw('{}', type))).code).toBe('415 unsupported_media_type');
    expect(
      (
        await refused({
          body: await tinyBytes(),
          headers: { 'content-type': 'video/mp4', 'content-encoding': 'gzip' },
        })
      ).code,
    ).toBe('415 unsupported_media_type');
  });

  test('forms that are not as they should be, each with its reason', async () => {
    const file = await tinyFile();
    const cases: readonly (readonly [FormData, string])[] = [
      [form(['title', 'no file']), 'no file'],
      [form(['video', 'a text']), 'as a file'],
      [form(['video', file], ['video', file]), 'more than one'],
      [form(['file', file]), 'Unknown field'],
      [form(['video', file], ['extra', 'x']), 'Unknown field'],
      [form(['video', file], ['__proto__', 'x']), 'Unknown field'],
      [form(['title', 'one'], ['title', 'two'], ['video', file]), 'more than once'],
      [form(['title', 'x'.repeat(2_000)], ['video', file]), 'Longer'],
      [form(['video', file], ['title', 'x'.repeat(2 * MIB)]), 'Longer'],
    ];
    for (const [body, reason] of cases) {
      const { code, detail } = await refused({ body });
      expect(code).toBe('422 validation_failed');
      expect(detail).toContain(reason);
    }
  });

  test('framing that is broken', async () => {
    const part = 'Content-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n';
    const send = async (body: string, type = 'multipart/form-data; boundary=B') =>
      (await refused(raw(body, type))).code;
    expect(await send('--B\r\n', 'multipart/form-data')).toBe('400 bad_request');
    expect(await send(`--B\r\n${part}\0\0\0\x20ftypisom half of it`)).toBe('400 bad_request');
    expect(await send(`--X\r\n${part}data\r\n--X--\r\n`)).toBe('400 bad_request');
    expect(await send('')).toMatch(/^4(00|22) /);
    expect(await send('nothing like a form')).toBe('400 bad_request');
  });

  test('unknown query fields and titles that are none', async () => {
    const body = await tinyBytes();
    const headers = { 'content-type': 'video/mp4' };
    for (const query of ['?tittle=x', '?title=', `?title=${'x'.repeat(201)}`])
      expect((await refused({ body, headers, path: `/videos${query}` })).code).toBe('422 validation_failed');
  });

  test('no token, or a wrong one', async () => {
    await leavesNothing(async () => {
      const body = await tinyBytes();
      const headers = { 'content-type': 'video/mp4' };
      expect((await api.problem('POST', '/videos', { body, headers, token: null })).code).toBe(
        'unauthenticated',
      );
      expect((await api.problem('POST', '/videos', { body, headers, token: 'x.y.z' })).code).toBe(
        'token_invalid',
      );
    });
  });

  test('a sender that hangs up half-way', async () => {
    const token = api.token ?? '';
    const port = Number(new URL(app.url).port);
    const head = (lines: string) =>
      `POST /api/v1/videos HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\n${lines}\r\n\r\n`;
    const clip = Buffer.from(await tinyBytes()).subarray(0, 20_000);
    const part = '--B\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n';
    await leavesNothing(async () => {
      for (const lines of [
        'Content-Type: video/mp4\r\nContent-Length: 900000',
        'Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 900000',
      ]) {
        const started = app.http.logs().length;
        const socket = connect(port, '127.0.0.1');
        socket.write(head(lines));
        if (lines.includes('multipart')) socket.write(part);
        socket.write(clip);
        // Once bytes are on the disk, the upload is under way.
        while (
          (await Array.fromAsync(new Bun.Glob('*').scan({ cwd: `${app.storageRoot}/.incoming` }))).length ===
          0
        )
          await Bun.sleep(5);
        socket.destroy();
        while (
          !app.http
            .logs()
            .slice(started)
            .some((line) => line.includes('"msg":"request"'))
        )
          await Bun.sleep(5);
      }
    });
    expect(app.http.unexpected).toEqual([]);
  });
});

describe('files that pass the door and fail inside', () => {
  test('sound only, truncated, and noise are failed with a reason; their content stays to look at', async () => {
    const noise = Buffer.concat([
      Buffer.from('\0\0\0\x20ftypisom', 'latin1'),
      new Uint8Array(40_000).fill(77),
    ]);
    const cases = [
      [await footage.clip('audioOnly'), 'no_video_stream'],
      [await footage.truncated(), 'probe_failed'],
      [await footage.file('noise.mp4', noise), 'probe_failed'],
    ] as const;
    for (const [path, code] of cases) {
      const { id } = await api.upload<Video>(path);
      await app.runJobs();
      const video = await read(id);
      expect(video).toMatchObject({ status: 'failed', error: { code } });
      expect(video.error?.message).not.toBe('');
      expect(video.posterUrl).toBeUndefined();
      expect((await fetch(app.url + video.contentUrl)).status).toBe(200);
    }
  });
});

describe('a full disk', () => {
  test('answers 507, keeps nothing, and the service goes on', async () => {
    using disk = smallDisk(8 * MIB);
    await using full = await startVideoApp({
      storageRoot: disk.path,
      minFreeBytes: MIB,
      maxUploadBytes: 64 * MIB,
    });
    const client = await createApiClient(full.url);
    await client.register();
    const clip = await tinyBytes();
    const large = Buffer.concat([clip, new Uint8Array(12 * MIB)]);
    const headers = { 'content-type': 'video/mp4' };
    const announced = await client.problem('POST', '/videos', { body: large, headers });
    const streamed = await client.problem('POST', '/videos', { body: new Blob([large]).stream(), headers });
    const asForm = await client.problem('POST', '/videos', { body: form(['video', new Blob([large])]) });
    for (const { status, code } of [announced, streamed, asForm])
      expect([status, code]).toEqual([507, 'storage_full']);
    expect(await full.keys()).toEqual([]);
    expect(await Array.fromAsync(new Bun.Glob('*').scan({ cwd: `${disk.path}/.incoming` }))).toEqual([]);
    expect((await client.json<Video>('POST', '/videos', { body: clip, headers })).status).toBe('processing');
  });
});
