/** The job `video.ingest` with real storage and FFmpeg: what it learns, publishes, and refuses. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { newId } from '../../../src/contracts/ids.ts';
import type { JobPayloads, JobProgress, JobResults } from '../../../src/contracts/jobs.ts';
import { createLocalStorage } from '../../../src/platform/storage/local.ts';
import type { Storage } from '../../../src/platform/storage/storage.ts';
import type { JobContext } from '../../../workers/job-context.ts';
import { deleteObjects } from '../../../workers/cleanup/delete-objects.ts';
import { ingestVideo } from '../../../workers/video/ingest.ts';
import { Footage, run } from '../../fixtures/footage.ts';
import { rejectionCode } from '../../fixtures/storage-contract.ts';

setDefaultTimeout(30_000);
let footage: Footage;
let storage: Storage;
beforeAll(async () => {
  footage = await Footage.create();
  storage = createLocalStorage({ root: join(footage.folder, 'objects'), minFreeBytes: 0 });
});
afterAll(() => footage.remove());

interface Ingested {
  readonly payload: JobPayloads['video.ingest'];
  readonly progress: readonly JobProgress[];
  readonly result: JobResults['video.ingest'];
}

async function contextFor(changes: Partial<JobContext> = {}): Promise<JobContext> {
  return {
    jobId: newId('job'),
    fence: { generation: 1, delivery: 1 },
    signal: new AbortController().signal,
    log: pino({ level: 'silent' }),
    storage,
    workFolder: await mkdtemp(join(footage.folder, 'work-')),
    ffmpeg: { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe', threads: 0 },
    progress: () => undefined,
    delta: () => undefined,
    ...changes,
  };
}

async function store(path: string): Promise<JobPayloads['video.ingest']> {
  const videoId = newId('video');
  const sourceKey = `videos/${videoId}/source`;
  await storage.write(sourceKey, Bun.file(path).stream());
  return { videoId, sourceKey, derivedPrefix: `videos/${videoId}/derived/` };
}

async function ingest(path: string): Promise<Ingested> {
  const payload = await store(path);
  const progress: JobProgress[] = [];
  const context = await contextFor({ progress: (step) => progress.push(step) });
  return { payload, progress, result: await ingestVideo(payload, context) };
}

/** Width, height and mean luma (0…255) of a stored JPEG. */
async function pictureFacts(key: string): Promise<{ width: number; height: number; luma: number }> {
  const path = join(await mkdtemp(join(footage.folder, 'look-')), 'picture.jpg');
  await storage.fetchToFile(key, path);
  const size = await run([
    'ffprobe',
    '-v',
    'error',
    '-show_entries',
    'stream=width,height',
    '-of',
    'csv=p=0',
    path,
  ]);
  const [width = 0, height = 0] = new TextDecoder().decode(size).trim().split(',').map(Number);
  const grey = await run(['ffmpeg', '-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'gray', '-']);
  return { width, height, luma: grey.reduce((sum, value) => sum + value, 0) / grey.length };
}

async function generated(name: string, ...args: readonly string[]): Promise<string> {
  const path = join(footage.folder, name);
  await run(['ffmpeg', '-v', 'error', '-y', ...args, path]);
  return path;
}

describe('video.ingest', () => {
  test('a video is probed and hashed, and gets a poster and a thumbnail', async () => {
    const path = await footage.clip('standard');
    const { result, payload } = await ingest(path);
    expect(result.probe).toMatchObject({
      width: 320,
      height: 180,
      fps: 25,
      rotationDegrees: 0,
      videoCodec: 'h264',
      hasAudio: true,
      audioCodec: 'aac',
      sizeBytes: Bun.file(path).size,
    });
    expect(result.probe.durationSeconds).toBeCloseTo(4, 1);
    expect(result.sha256).toBe(new Bun.CryptoHasher('sha256').update(await readFile(path)).digest('hex'));
    expect(result.posterKey).toBe(`${payload.derivedPrefix}poster.jpg`);
    expect(await pictureFacts(result.posterKey)).toMatchObject({ width: 320, height: 180 });
    expect(await pictureFacts(result.thumbnailKey)).toMatchObject({ width: 320, height: 180 });
  });

  test('progress only rises, and ends at 100', async () => {
    const { progress } = await ingest(await footage.clip('tiny'));
    const percents = progress.map((step) => step.percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(progress.at(0)?.stage).toBe('fetching');
    expect(progress.at(-1)).toEqual({ percent: 100, stage: 'done' });
  });

  test.each(['webm', 'avi', 'variableRate', 'silent'] as const)('%s is understood', async (clip) => {
    const { result } = await ingest(await footage.clip(clip));
    expect(result.probe).toMatchObject({
      width: 160,
      height: 90,
      hasAudio: clip === 'webm' || clip === 'avi' || clip === 'variableRate',
    });
    expect((await pictureFacts(result.posterKey)).luma).toBeGreaterThan(20);
  });

  test('MOV is understood', async () => {
    const { result } = await ingest(
      await generated('clip.mov', '-i', await footage.clip('tiny'), '-c', 'copy'),
    );
    expect(result.probe).toMatchObject({ width: 128, height: 72, container: 'mov' });
  });

  test('pictures of a video that lies on its side stand upright', async () => {
    const { result } = await ingest(await footage.rotated());
    expect(result.probe).toMatchObject({ width: 90, height: 160 });
    expect([90, 270]).toContain(result.probe.rotationDegrees);
    expect(await pictureFacts(result.posterKey)).toMatchObject({ width: 90, height: 160 });
  });

  test('pictures have square pixels', async () => {
    const { result } = await ingest(await footage.clip('anamorphic'));
    expect(await pictureFacts(result.posterKey)).toMatchObject({ width: 320, height: 180 });
  });

  test('a large video is scaled down to 1280 and 320 pixels', async () => {
    const large = await generated(
      'large.mp4',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=d=0.4:s=2560x1440:r=5',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
    );
    const { result } = await ingest(large);
    expect(await pictureFacts(result.posterKey)).toMatchObject({ width: 1280, height: 720 });
    expect(await pictureFacts(result.thumbnailKey)).toMatchObject({ width: 320, height: 180 });
  });

  test('a picture is not black when the video does not stay black', async () => {
    const source = 'color=black:d=3:s=160x90:r=10[a];color=white:d=3:s=160x90:r=10[b];[a][b]concat';
    const path = await generated(
      'late.mp4',
      '-filter_complex',
      source,
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
    );
    expect((await pictureFacts((await ingest(path)).result.posterKey)).luma).toBeGreaterThan(200);
  });

  test('a video that is black all along is ready with a black picture', async () => {
    const path = await generated(
      'black.mp4',
      '-f',
      'lavfi',
      '-i',
      'color=black:d=2:s=160x90:r=10',
      '-pix_fmt',
      'yuv420p',
    );
    expect((await pictureFacts((await ingest(path)).result.posterKey)).luma).toBeLessThan(10);
  });

  test('a video of one frame is ready', async () => {
    const path = await generated(
      'one.mp4',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=160x90:r=25',
      '-frames:v',
      '1',
      '-pix_fmt',
      'yuv420p',
    );
    expect(await pictureFacts((await ingest(path)).result.posterKey)).toMatchObject({ width: 160 });
  });

  test('pictures carry nothing of what the file says of itself', async () => {
    const tagged = await generated(
      'tagged.mp4',
      '-i',
      await footage.clip('tiny'),
      '-c',
      'copy',
      '-metadata',
      'title=<script>secret</script>',
      '-metadata',
      'location=+48.1+011.5/',
    );
    const { result } = await ingest(tagged);
    const bytes = await new Response(await storage.read(result.posterKey)).text();
    expect(bytes).not.toContain('secret');
    expect(bytes).not.toContain('+48.1');
  });

  test('a recording that was cut off is used as far as it goes', async () => {
    const whole = await generated('whole.mkv', '-i', await footage.clip('standard'), '-c', 'copy');
    const bytes = await Bun.file(whole).bytes();
    const { result } = await ingest(await footage.file('cut.mkv', bytes.subarray(0, bytes.length * 0.6)));
    expect(result.probe).toMatchObject({ width: 320, height: 180 });
    expect(await pictureFacts(result.posterKey)).toMatchObject({ width: 320, height: 180 });
  });

  test('an ingest that ran before may run again', async () => {
    const { payload, result } = await ingest(await footage.clip('tiny'));
    expect(await ingestVideo(payload, await contextFor())).toEqual(result);
  });
});

describe('video.ingest refuses for good', () => {
  const refusal = async (path: string) => rejectionCode(ingest(path));

  test('a truncated MP4, whose index is lost', async () => {
    expect(await refusal(await footage.truncated())).toBe('probe_failed');
  });

  test('a file with sound only', async () => {
    expect(await refusal(await footage.clip('audioOnly'))).toBe('no_video_stream');
  });

  test('sound with a cover picture', async () => {
    expect(await refusal(await footage.clip('coverArt'))).toBe('no_video_stream');
  });

  test('bytes that only begin like an MP4', async () => {
    const head = Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1');
    const noise = new Uint8Array(50_000).map((_, index) => (index * 7919) % 251);
    expect(await refusal(await footage.file('noise.mp4', Buffer.concat([head, noise])))).toBe('probe_failed');
  });

  test('a picture track of which not one frame can be decoded', async () => {
    const bytes = await Bun.file(
      await generated('healthy.mkv', '-i', await footage.clip('silent'), '-c', 'copy'),
    ).bytes();
    const firstCluster = Buffer.from(bytes).indexOf(Buffer.from('1f43b675', 'hex'));
    bytes.fill(0x55, firstCluster + 24);
    expect(await refusal(await footage.file('damaged.mkv', bytes))).toBe('probe_failed');
  });

  test.each(['ffconcat', 'hls'] as const)(
    '%s text that names another file: nothing of it is read',
    async (kind) => {
      const evil = await footage.disguisedPlaylist(kind, await footage.clip('standard'));
      expect(await refusal(evil)).toBe('probe_failed');
    },
  );

  test('a source that is gone', async () => {
    const payload = await store(await footage.clip('tiny'));
    await storage.delete(payload.sourceKey);
    expect(await rejectionCode(ingestVideo(payload, await contextFor()))).toBe('source_missing');
  });

  test('and says when FFmpeg is missing, which is not for good', async () => {
    const payload = await store(await footage.clip('tiny'));
    const missing = { ffmpegPath: 'no-such-ffmpeg', ffprobePath: 'ffprobe', threads: 0 };
    expect(await rejectionCode(ingestVideo(payload, await contextFor({ ffmpeg: missing })))).toBe(
      'ffmpeg_missing',
    );
  });

  test('and publishes nothing once it is told to stop', async () => {
    const payload = await store(await footage.clip('tiny'));
    const stop = new AbortController();
    const context = await contextFor({
      signal: stop.signal,
      progress: ({ stage }) => {
        if (stage === 'publishing') stop.abort(new Error('cancelled'));
      },
    });
    expect(ingestVideo(payload, context)).rejects.toThrow('cancelled');
    await ingestVideo(payload, context).catch(() => undefined);
    expect(await storage.stat(`${payload.derivedPrefix}poster.jpg`)).toBeUndefined();
  });
});

describe('cleanup.objects', () => {
  test('removes keys and prefixes, any number of times', async () => {
    const { payload, result } = await ingest(await footage.clip('tiny'));
    const context = await contextFor();
    const job = { keys: [payload.sourceKey], prefixes: [`videos/${payload.videoId}/`] };
    expect(await deleteObjects(job, context)).toEqual({ deletedCount: 3 });
    expect(await deleteObjects(job, context)).toEqual({ deletedCount: 0 });
    expect(await storage.stat(result.posterKey)).toBeUndefined();
  });
});
