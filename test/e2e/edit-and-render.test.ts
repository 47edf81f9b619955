/** The whole way from upload to download, through real processes; what counts is what is in the file. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { EditingSession, type ProjectAnswer } from '../fixtures/editing-session.ts';
import { run } from '../fixtures/footage.ts';
import { pictures, sound } from '../fixtures/render-clip.ts';
import { type Stack, startStack } from '../fixtures/stack.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { until } from '../fixtures/until.ts';

const FPS = 25;
/** The source: 8 s of violet, white for one frame at 5 s while it beeps, over a steady tone. */
const SOURCE = {
  picture: String.raw`color=c=0x6040a0:d=8:s=640x360:r=${FPS},drawbox=c=white:t=fill:enable='eq(n\,125)'`,
  sound: String.raw`aevalsrc='0.1*sin(2*PI*440*t)+if(between(t\,5\,5.04)\,0.8*sin(2*PI*1000*t)\,0)':s=48000:d=8`,
};
const EDITS = [
  { op: 'trim', start: 2, end: 8 },
  { op: 'scale', width: 320 },
  { op: 'filter', name: 'black_white' },
  { op: 'text', content: 'VFXB 100%: "ok"', position: 'top-left', color: '#ffffff', start: 1, end: 2 },
  { op: 'volume', gain: 0.5 },
] as const;

const folder = tempFolder();
const source = join(folder.path, 'source.mp4');
let stack: Stack;
let session: EditingSession;
let project: ProjectAnswer;

beforeAll(async () => {
  [stack] = await Promise.all([
    startStack({ workers: 1 }),
    run([
      ...['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', SOURCE.picture, '-f', 'lavfi', '-i', SOURCE.sound],
      ...[
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
        '-crf',
        '10',
        '-pix_fmt',
        'yuv420p',
        '-c:a',
        'aac',
        source,
      ],
    ]),
  ]);
  session = await EditingSession.open(stack.apiUrl, folder.path);
  project = await session.projectOver(source);
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  folder[Symbol.dispose]();
}, 60_000);

test('the file holds every edit: length, frame, colour, text in its time, loudness, sound in step with the picture', async () => {
  project = await session.edit(project, EDITS);
  expect(project.timeline).toMatchObject({ durationSeconds: 6, width: 320, height: 180 });
  const file = await session.render(project);

  expect(Math.abs(file.probe.durationSeconds - 6)).toBeLessThanOrEqual(1 / FPS);
  expect([file.probe.width, file.probe.height, file.probe.fps]).toEqual([320, 180, FPS]);

  const frames = await pictures(file, 'yuv444p');
  expect(frames).toHaveLength(6 * FPS);
  const [ground] = frames[0]?.mean() ?? [0];
  const textFrames: number[] = [];
  let flash = -1;
  for (const [index, frame] of frames.entries()) {
    const [luma, blue, red] = frame.mean();
    expect(Math.max(Math.abs(blue - 128), Math.abs(red - 128))).toBeLessThan(1.5);
    if (luma > 200) flash = index;
    else if (frame.bounds(ground, 60) !== undefined) textFrames.push(index);
  }
  expect(textFrames).toEqual(Array.from({ length: FPS }, (_, index) => FPS + index));
  const written = frames[FPS + 5]?.bounds(ground, 60);
  expect(written?.left).toBeLessThan(60);
  expect(written?.bottom).toBeLessThan(90);

  const before = await sound({ path: source });
  const after = await sound(file);
  expect(after.rms(0.5, 2.5) / before.rms(2.5, 4.5)).toBeCloseTo(0.5, 1);
  expect(flash).toBe(3 * FPS);
  expect(Math.abs(after.beepSeconds() - (flash / FPS + 0.02))).toBeLessThanOrEqual(1 / FPS);
}, 120_000);

test('the download is the file that was checked: hash, size, name, ranges; and nobody else gets it', async () => {
  const { render, path } = await session.render(project, { quality: 'draft' });
  const { file } = render;
  if (file === undefined) throw new Error('no file');
  const bytes = await Bun.file(path).bytes();
  expect(bytes.length).toBe(file.sizeBytes);
  expect(new Bun.CryptoHasher('sha256').update(bytes).digest('hex')).toBe(file.sha256);

  const target = `/renders/${render.id}/download`;
  const part = await session.api.request('GET', target, { headers: { range: 'bytes=10-19' } });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 10-19/${bytes.length}`);
  expect(part.bytes).toEqual(bytes.slice(10, 20));
  const disposition = part.headers.get('content-disposition');
  expect(disposition).toStartWith('attachment; ');
  expect(disposition).toContain("filename*=UTF-8''%C3%89t%C3%A9%20%221%22.mp4");
  const etag = part.headers.get('etag') ?? '';
  const again = await session.api.request('GET', target, { headers: { 'if-none-match': etag } });
  expect(again.status).toBe(304);

  const stranger = await EditingSession.open(stack.apiUrl, folder.path);
  expect((await stranger.api.problem('GET', target)).status).toBe(404);
  expect((await stranger.api.problem('GET', target, { token: null })).status).toBe(401);
  const forged = file.downloadUrl.replace(/user=[^&]+/, `user=${stranger.api.user?.id}`);
  expect((await fetch(stack.apiUrl + forged)).status).toBe(403);
}, 120_000);

test('undo is in the picture: the render after it has its colours back', async () => {
  const undone = await session.api.json<ProjectAnswer>('POST', `/projects/${project.id}/undo`);
  expect(undone.operations).toEqual([]);
  const cut = await session.edit(undone, [{ op: 'trim', start: 0, end: 1 }, { op: 'mute' }]);
  const file = await session.render(cut, { quality: 'draft' });
  const [first] = await pictures(file, 'yuv444p');
  const [, blue, red] = first?.mean() ?? [0, 0, 0];
  expect(Math.max(Math.abs(blue - 128), Math.abs(red - 128))).toBeGreaterThan(15);
  expect(Math.abs(file.probe.durationSeconds - 1)).toBeLessThanOrEqual(1 / FPS);
  if (file.probe.hasAudio) expect((await sound(file)).rms()).toBeLessThan(0.001);
}, 120_000);

test('a render without edits converts the video, and its progress is told to the end', async () => {
  const bare = await session.projectOver(source);
  const job = await session.startRender(bare, { format: 'webm', quality: 'draft' });
  const events = await session.follow(job.id);
  expect(events[0]?.type).toBe('job');
  expect(events.at(-1)?.type).toBe('job.completed');
  const percents = events
    .filter((event) => event.type === 'job.progress')
    .map((event) => Number(event.data['progress']));
  expect(percents.length).toBeGreaterThan(0);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  const file = await session.download(job.renderId ?? '');
  expect(file.probe.videoCodec).toBe('vp9');
  expect(Math.abs(file.probe.durationSeconds - 8)).toBeLessThanOrEqual(1 / FPS + 0.01);
}, 120_000);

test('deleting the project takes its files from storage', async () => {
  const bare = await session.projectOver(source);
  const cut = await session.edit(bare, [{ op: 'trim', start: 0, end: 1 }]);
  const { render } = await session.render(cut, { quality: 'draft' });
  const stored = () => [...new Bun.Glob(`storage/renders/${render.id}/*`).scanSync({ cwd: stack.dataDir })];
  expect(stored()).toHaveLength(1);
  expect((await session.api.request('DELETE', `/projects/${bare.id}`)).status).toBe(204);
  expect((await session.api.problem('GET', `/renders/${render.id}`)).status).toBe(404);
  await until('the file to be gone', () => stored().length === 0);
}, 120_000);
