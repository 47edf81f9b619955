/** The job `video.render` with real storage and FFmpeg: what it publishes, tells, refuses, and leaves behind. */
import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { chmod, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import type { Operation } from '../../../src/contracts/edit-plan.ts';
import { AppError } from '../../../src/contracts/errors.ts';
import { newId } from '../../../src/contracts/ids.ts';
import type { JobPayloads, JobProgress } from '../../../src/contracts/jobs.ts';
import { createLocalStorage } from '../../../src/platform/storage/local.ts';
import type { Storage } from '../../../src/platform/storage/storage.ts';
import type { JobContext } from '../../../workers/job-context.ts';
import { renderVideo } from '../../../workers/video/render.ts';
import { Footage, run } from '../../fixtures/footage.ts';
import { probe } from '../../fixtures/render-clip.ts';

setDefaultTimeout(30_000);
let footage: Footage;
let storage: Storage;
let workFolder: string;
beforeAll(async () => {
  footage = await Footage.create();
  storage = createLocalStorage({ root: join(footage.folder, 'objects'), minFreeBytes: 0 });
});
beforeEach(async () => {
  workFolder = await mkdtemp(join(footage.folder, 'work-'));
});
afterAll(() => footage.remove());

interface Attempt {
  readonly context: JobContext;
  readonly progress: JobProgress[];
  readonly abort: AbortController;
}

function attempt(
  changes: Partial<JobContext['ffmpeg']> = {},
  onProgress?: (progress: JobProgress) => void,
): Attempt {
  const progress: JobProgress[] = [];
  const abort = new AbortController();
  const context: JobContext = {
    jobId: newId('job'),
    fence: { generation: 1, delivery: 1 },
    signal: abort.signal,
    log: pino({ level: 'silent' }),
    storage,
    workFolder,
    ffmpeg: { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe', threads: 0, ...changes },
    progress(step) {
      progress.push(step);
      onProgress?.(step);
    },
    delta: () => undefined,
  };
  return { context, progress, abort };
}

async function payloadFor(clip: string, operations: Operation[]): Promise<JobPayloads['video.render']> {
  const sourceKey = `videos/${newId('video')}/source`;
  await storage.write(sourceKey, Bun.file(clip).stream());
  return {
    renderId: newId('render'),
    projectId: newId('project'),
    revision: 1,
    sourceKey,
    sourceProbe: await probe(clip),
    plan: { operations, output: { format: 'mp4', quality: 'draft' } },
    outputPrefix: `renders/${newId('render')}/`,
  };
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw new Error('expected an AppError', { cause: error });
}

/** FFmpeg processes that work in the folder. */
async function processesIn(folder: string): Promise<string[]> {
  const listing = await run([
    'sh',
    '-c',
    'for p in /proc/[0-9]*; do echo "$(readlink $p/cwd 2>/dev/null)"; done',
  ]);
  return new TextDecoder()
    .decode(listing)
    .split('\n')
    .filter((cwd) => cwd === folder);
}

const edits: Operation[] = [
  { op: 'trim', start: 1, end: 3 },
  { op: 'filter', name: 'black_white' },
  { op: 'text', content: '100% "ours"' },
];

test('publishes a checked file under its own hash, and tells every step', async () => {
  const payload = await payloadFor(await footage.clip('standard'), edits);
  const { context, progress } = attempt();
  const result = await renderVideo(payload, context);

  const sha256 = new Bun.CryptoHasher('sha256')
    .update(await new Response(await storage.read(result.outputKey)).bytes())
    .digest('hex');
  expect(result).toMatchObject({
    outputKey: `${payload.outputPrefix}${sha256}.mp4`,
    sha256,
    contentType: 'video/mp4',
    probe: { durationSeconds: 2, width: 320, height: 180, hasAudio: true },
  });
  expect((await storage.stat(result.outputKey))?.sizeBytes).toBe(result.sizeBytes);
  expect(result.renderSeconds).toBeGreaterThan(0);
  expect([...new Set(progress.map(({ stage }) => stage))]).toEqual([
    'fetching',
    'rendering',
    'checking',
    'publishing',
    'done',
  ]);
  const percents = progress.map(({ percent }) => percent);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(percents.at(-1)).toBe(100);
});

test('a second delivery publishes the same object', async () => {
  const payload = await payloadFor(await footage.clip('tiny'), [{ op: 'rotate', degrees: 90 }]);
  const first = await renderVideo(payload, attempt().context);
  workFolder = await mkdtemp(join(footage.folder, 'work-'));
  const second = await renderVideo(payload, attempt().context);
  expect(second.outputKey).toBe(first.outputKey);
});

test('one thread gives the same frames', async () => {
  const payload = await payloadFor(await footage.clip('tiny'), edits.slice(1));
  const result = await renderVideo(payload, attempt({ threads: 1 }).context);
  expect(result.probe).toMatchObject({ durationSeconds: 2, width: 128, height: 72 });
});

test('the source keeps its bytes', async () => {
  const clip = await footage.clip('tiny');
  const payload = await payloadFor(clip, edits.slice(1));
  await renderVideo(payload, attempt().context);
  const stored = await new Response(await storage.read(payload.sourceKey)).bytes();
  expect(Bun.hash(stored)).toBe(Bun.hash(await Bun.file(clip).bytes()));
});

describe('cancelling', () => {
  test('kills FFmpeg within a second and publishes nothing', async () => {
    const payload = await payloadFor(await footage.clip('standard'), [
      { op: 'scale', width: 1920 },
      { op: 'speed', factor: 0.1 },
      { op: 'filter', name: 'blur' },
    ]);
    const reason = new Error('cancelled by the user');
    let abortedAt = 0;
    const { context, abort } = attempt({}, ({ stage, percent }) => {
      if (stage !== 'rendering' || percent <= 3 || abort.signal.aborted) return;
      abortedAt = performance.now();
      abort.abort(reason);
    });
    const outcome = await renderVideo(payload, context).then(
      () => 'rendered',
      (error: unknown) => error,
    );
    expect(outcome).toBe(reason);
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    expect(await processesIn(workFolder)).toEqual([]);
    expect(await readdir(join(footage.folder, 'objects', payload.outputPrefix)).catch(() => [])).toEqual([]);
  });

  test('before the start runs nothing', async () => {
    const payload = await payloadFor(await footage.clip('tiny'), []);
    const { context, abort } = attempt();
    abort.abort(new Error('gone'));
    const outcome = await renderVideo(payload, context).catch(String);
    expect(outcome).toBe('Error: gone');
  });
});

describe('failures are told apart', () => {
  test('no FFmpeg', async () => {
    const payload = await payloadFor(await footage.clip('tiny'), []);
    expect(
      (await failure(renderVideo(payload, attempt({ ffmpegPath: '/nowhere/ffmpeg' }).context))).code,
    ).toBe('ffmpeg_missing');
  });

  test('no source', async () => {
    const payload = {
      ...(await payloadFor(await footage.clip('tiny'), [])),
      sourceKey: 'videos/none/source',
    };
    expect((await failure(renderVideo(payload, attempt().context))).code).toBe('source_missing');
  });

  test('a source that lost its second half is not passed off as rendered', async () => {
    const clip = join(footage.folder, 'half.mp4');
    const faststart = join(footage.folder, 'faststart.mp4');
    await run([
      'ffmpeg',
      '-v',
      'error',
      '-y',
      '-i',
      await footage.clip('standard'),
      '-c',
      'copy',
      '-movflags',
      '+faststart',
      faststart,
    ]);
    const bytes = await Bun.file(faststart).bytes();
    await writeFile(clip, bytes.subarray(0, bytes.length / 2));
    const error = await failure(renderVideo(await payloadFor(clip, []), attempt().context));
    expect(error.code).toBe('output_invalid');
    expect(error.message).toInclude('s long instead of 4.000 s');
  });

  test('M15: a playlist under the name of a source renders nothing', async () => {
    const sourceProbe = await probe(await footage.clip('standard'));
    for (const kind of ['ffconcat', 'hls'] as const) {
      const evil = await footage.disguisedPlaylist(kind, 'victim.mp4');
      const tiny = await payloadFor(await footage.clip('tiny'), []);
      await storage.write(tiny.sourceKey, Bun.file(evil).stream());
      await writeFile(join(workFolder, 'victim.mp4'), await Bun.file(await footage.clip('standard')).bytes());
      const error = await failure(renderVideo({ ...tiny, sourceProbe }, attempt().context));
      expect(error.code).toBe('render_failed');
      expect(error.message).not.toInclude(workFolder);
    }
  });

  test('an FFmpeg that crashes, and one that runs out of disk', async () => {
    const fake = async (name: string, script: string): Promise<string> => {
      const path = await footage.file(name, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    };
    const payload = await payloadFor(await footage.clip('tiny'), []);
    const crashing = await fake('crashing', 'kill -SEGV $$');
    const crashed = await failure(renderVideo(payload, attempt({ ffmpegPath: crashing }).context));
    expect([crashed.code, crashed.message]).toEqual(['render_failed', 'FFmpeg was killed by SIGSEGV']);
    const full = await fake(
      'full',
      'echo "av_interleaved_write_frame(): No space left on device" >&2; exit 1',
    );
    workFolder = await mkdtemp(join(footage.folder, 'work-'));
    expect((await failure(renderVideo(payload, attempt({ ffmpegPath: full }).context))).code).toBe(
      'storage_full',
    );
  });
});
