/** What files are taken for, and what is refused, with the real ffprobe. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { copyFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../../src/contracts/errors.ts';
import { probeFile } from '../../../workers/video/ffmpeg/probe.ts';
import { type PictureRun, takePictures } from '../../../workers/video/ffmpeg/take-pictures.ts';
import { Footage, run } from '../../fixtures/footage.ts';
import { probe, renderClip } from '../../fixtures/render-clip.ts';

setDefaultTimeout(30_000);
let footage: Footage;
beforeAll(async () => {
  footage = await Footage.create();
});
afterAll(() => footage.remove());

const { signal } = new AbortController();
/** The code of the expected failure. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const outcome = await promise.then(
    () => 'success',
    (error: unknown) => error,
  );
  return outcome instanceof AppError ? outcome.code : String(outcome);
}

test('facts of each container', async () => {
  expect(await probe(await footage.clip('standard'))).toMatchObject({
    durationSeconds: 4,
    width: 320,
    height: 180,
    fps: 25,
    container: 'mov',
    videoCodec: 'h264',
    hasAudio: true,
    audioCodec: 'aac',
    audioChannels: 1,
  });
  expect(await probe(await footage.clip('webm'))).toMatchObject({
    container: 'matroska',
    videoCodec: 'vp9',
    audioCodec: 'opus',
  });
  expect(await probe(await footage.clip('avi'))).toMatchObject({
    container: 'avi',
    videoCodec: 'mpeg4',
    fps: 25,
  });
  expect(await probe(await footage.clip('anamorphic'))).toMatchObject({ width: 320, height: 180 });
  expect(await probe(await footage.rotated())).toMatchObject({ width: 90, height: 160 });
  expect(await probe(await footage.clip('silent'))).toMatchObject({ hasAudio: false });
});

test('a cover beside the picture is not the picture', async () => {
  const path = join(footage.folder, 'covered.mp4');
  const inputs = ['-f', 'lavfi', '-i', 'color=red:s=640x640:d=0.04:r=25', '-i', await footage.clip('tiny')];
  const maps = [
    '-map',
    '0:v',
    '-map',
    '1',
    '-c:v:0',
    'mjpeg',
    '-c:v:1',
    'copy',
    '-c:a',
    'copy',
    '-disposition:v:0',
    'attached_pic',
  ];
  await run(['ffmpeg', '-v', 'error', '-y', ...inputs, ...maps, path]);
  expect(await probe(path)).toMatchObject({ width: 128, height: 72, videoCodec: 'h264' });
  const rendered = await renderClip(footage, path, { operations: [{ op: 'rotate', degrees: 180 }] });
  expect(rendered.probe).toMatchObject({ width: 128, height: 72, durationSeconds: 2 });
});

test('a recording without a length in its header is measured', async () => {
  const path = join(footage.folder, 'live.webm');
  await run([
    'ffmpeg',
    '-v',
    'error',
    '-y',
    '-i',
    await footage.clip('webm'),
    '-c',
    'copy',
    '-live',
    '1',
    path,
  ]);
  expect((await probe(path)).durationSeconds).toBeCloseTo(2, 1);
});

test("a title with line ends cannot pose as the file's facts", async () => {
  const path = join(footage.folder, 'forged.mp4');
  const title = 'x\nwidth=9999\n[/STREAM]\n[FORMAT]\nduration=77';
  const copy = ['ffmpeg', '-v', 'error', '-y', '-i', await footage.clip('tiny'), '-c', 'copy'];
  await run([...copy, '-metadata', `title=${title}`, '-metadata:s:v:0', `handler_name=${title}`, path]);
  expect(await probe(path)).toMatchObject({ width: 128, height: 72, durationSeconds: 2 });
});

const pictureRun = (inputPath: string, name: string): PictureRun => ({
  inputName: basename(inputPath),
  folder: dirname(inputPath),
  atSeconds: 0,
  readSeconds: 5,
  graph: '[0:V:0]scale=160:90[picture]',
  outputs: [{ label: 'picture', name }],
});

const take = async (inputPath: string, name: string, changes: Partial<PictureRun> = {}): Promise<void> =>
  takePictures({ ...pictureRun(inputPath, name), ...changes }, { ffmpegPath: 'ffmpeg', signal });

describe('refused', () => {
  test('what is no video', async () => {
    expect(await failure(probe(await footage.file('text.mp4', 'just words')))).toBe('probe_failed');
    expect(await failure(probe(await footage.file('page.mp4', '<html><script>1</script></html>')))).toBe(
      'probe_failed',
    );
    expect(await failure(probe(await footage.file('empty.mp4', '')))).toBe('empty_file');
    expect(await failure(probe(await footage.file('one.mp4', 'x')))).toBe('probe_failed');
    expect(await failure(probe(await footage.truncated()))).toBe('probe_failed');
    expect(await failure(probe(await footage.clip('audioOnly')))).toBe('no_video_stream');
    expect(await failure(probe(await footage.clip('coverArt')))).toBe('no_video_stream');
  });

  test('M15: playlists under the name of a video, by ffprobe and for a picture', async () => {
    const victim = await footage.clip('standard');
    for (const kind of ['ffconcat', 'hls'] as const) {
      const evil = await footage.disguisedPlaylist(kind, 'standard.mp4');
      // The attack is real: without the whitelists FFmpeg reads the victim.
      const open = kind === 'ffconcat' ? ['-safe', '0'] : ['-allowed_extensions', 'ALL'];
      await run(['ffprobe', '-v', 'error', ...open, '-i', evil]);
      expect(await failure(probe(evil))).toBe('probe_failed');
      const outputPath = join(footage.folder, `stolen-${kind}.jpg`);
      expect(await failure(take(evil, `stolen-${kind}.jpg`))).toBe('probe_failed');
      expect(await Bun.file(outputPath).exists()).toBe(false);
    }
    expect(await Bun.file(victim).exists()).toBe(true);
  });

  test('a picture beyond 8K, before it is decoded', async () => {
    const path = join(footage.folder, 'vast.mp4');
    const source = ['-f', 'lavfi', '-i', 'color=s=9000x4500:d=0.1:r=10'];
    await run(['ffmpeg', '-v', 'error', '-y', ...source, '-c:v', 'libx264', '-preset', 'ultrafast', path]);
    expect(await failure(probe(path))).toBe('probe_failed');
    expect(await failure(take(path, 'vast.jpg'))).toBe('probe_failed');
  });

  test('playlists and scripts that point elsewhere', async () => {
    const target = await footage.clip('standard');
    const texts = {
      'http.mp4': '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n',
      'dash.mp4': `<?xml version="1.0"?><MPD><BaseURL>file://${target}</BaseURL></MPD>`,
      'sdp.mp4': 'v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n',
      'concat.mp4': `ffconcat version 1.0\nfile 'concat:${target}|${target}'\n`,
    };
    for (const [name, text] of Object.entries(texts)) {
      expect([name, await failure(probe(await footage.file(name, text)))]).toEqual([name, 'probe_failed']);
    }
  });

  test('a missing ffprobe, and an aborted job', async () => {
    const path = await footage.clip('tiny');
    expect(await failure(probeFile(path, { ffprobePath: '/nowhere/ffprobe', signal }))).toBe(
      'ffmpeg_missing',
    );
    const reason = new Error('cancelled');
    const aborted = probeFile(path, { ffprobePath: 'ffprobe', signal: AbortSignal.abort(reason) });
    expect(await failure(aborted)).toBe(String(reason));
  });
});

test('file names are never options or protocols', async () => {
  for (const name of [
    '-vf.mp4',
    'http:x.mp4',
    'concat:a|b',
    "it's; $(x) 100%.mp4",
    'two\nlines.mp4',
    '😀.mp4',
  ]) {
    const path = join(footage.folder, name);
    await copyFile(await footage.clip('tiny'), path);
    expect(await probe(path)).toMatchObject({ width: 128, durationSeconds: 2 });
  }
});

describe('pictures', () => {
  test('all come from one run, without the metadata of the video', async () => {
    const inputName = basename(await footage.clip('standard'));
    const graph = '[0:V:0]split[a][b];[b]scale=64:36[small]';
    const outputs = [
      { label: 'a', name: 'large.jpg' },
      { label: 'small', name: 'small.jpg' },
    ];
    const place = { inputName, folder: footage.folder, atSeconds: 0.5, readSeconds: 5 };
    await takePictures({ ...place, graph, outputs }, { ffmpegPath: 'ffmpeg', signal });
    const sizes = outputs.map(async ({ name }) => {
      const entries = ['-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'];
      return new TextDecoder()
        .decode(await run(['ffprobe', '-v', 'error', ...entries, join(footage.folder, name)]))
        .trim();
    });
    expect(await Promise.all(sizes)).toEqual(['mjpeg,320,180', 'mjpeg,64,36']);
  });

  test('of a time past the end are none, which is no error', async () => {
    await take(await footage.clip('tiny'), 'late.jpg', { atSeconds: 99 });
    expect(await Bun.file(join(footage.folder, 'late.jpg')).exists()).toBe(false);
  });

  test('need an FFmpeg, and stop with the job', async () => {
    const clip = await footage.clip('tiny');
    const wanted = pictureRun(clip, 'none.jpg');
    const missing = takePictures(wanted, { ffmpegPath: '/nowhere/ffmpeg', signal });
    expect(await failure(missing)).toBe('ffmpeg_missing');
    const reason = new Error('cancelled');
    const aborted = takePictures(wanted, { ffmpegPath: 'ffmpeg', signal: AbortSignal.abort(reason) });
    expect(await failure(aborted)).toBe(String(reason));
  });
});
