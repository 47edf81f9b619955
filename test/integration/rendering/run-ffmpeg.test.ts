/** Running FFmpeg: progress, hang-ups, floods of words, and no process that outlives its job. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../src/contracts/errors.ts';
import type { RenderProgress } from '../../../workers/video/ffmpeg/progress.ts';
import { type FfmpegRun, runFfmpeg } from '../../../workers/video/ffmpeg/run-ffmpeg.ts';
import { Footage } from '../../fixtures/footage.ts';

setDefaultTimeout(30_000);
let footage: Footage;
beforeAll(async () => {
  footage = await Footage.create();
});
afterAll(() => footage.remove());

const { signal } = new AbortController();
const settings = (changes: Partial<FfmpegRun>): FfmpegRun => ({
  ffmpegPath: 'ffmpeg',
  args: [],
  folder: footage.folder,
  expectedFrames: 100,
  fps: 25,
  signal,
  ...changes,
});
async function script(name: string, body: string): Promise<string> {
  const path = await footage.file(name, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** Waits until the file holds a process id. */
async function pidIn(path: string): Promise<number> {
  const pid = Number(
    await Bun.file(path)
      .text()
      .catch(() => ''),
  );
  if (pid > 0) return pid;
  await Bun.sleep(10);
  return pidIn(path);
}
async function gone(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  await Bun.sleep(10);
  return gone(pid);
}

test('progress ends at 100 and never steps back', async () => {
  const seen: RenderProgress[] = [];
  const source = ['-f', 'lavfi', '-i', 'testsrc2=d=4:s=640x360:r=25', '-f', 'null', '-'];
  const args = [
    '-nostdin',
    '-loglevel',
    'warning',
    '-progress',
    'pipe:1',
    '-stats_period',
    '0.25',
    ...source,
  ];
  const result = await runFfmpeg(settings({ args, onProgress: (progress) => seen.push(progress) }));
  const percents = seen.map(({ percent }) => percent);
  expect(percents.at(-1)).toBe(100);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(result.wallSeconds).toBeGreaterThan(0);
  expect(result.cpuSeconds).toBeGreaterThan(0);
});

test('the children of FFmpeg die with it', async () => {
  const pidFile = join(footage.folder, 'child.pid');
  const ffmpegPath = await script('parent', `sleep 600 & echo $! > ${pidFile}; wait`);
  const abort = new AbortController();
  const running = runFfmpeg(settings({ ffmpegPath, signal: abort.signal }));
  const pid = await pidIn(pidFile);
  abort.abort(new Error('enough'));
  expect(await running.catch(String)).toBe('Error: enough');
  await gone(pid);
  expect(isAlive(pid)).toBe(false);
});

test('an FFmpeg that reports without moving on is killed', async () => {
  const body = 'while true; do printf "frame=5\\nfps=1\\nprogress=continue\\n"; sleep 0.05; done';
  const error = await runFfmpeg(
    settings({ ffmpegPath: await script('stuck', body), stallTimeoutMs: 400 }),
  ).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'render_failed', message: 'FFmpeg made no progress for 0.4 s' });
});

test('a flood on stderr is drained and only its end is kept', async () => {
  const body = 'yes "0123456789abcdef" | head -c 20000000 >&2; echo "the last word" >&2; exit 3';
  const error = await runFfmpeg(settings({ ffmpegPath: await script('loud', body) })).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'render_failed', message: 'FFmpeg exited with 3' });
  const { cause } = error as AppError;
  expect(cause).toBeInstanceOf(Error);
  expect((cause as Error).message).toEndWith('the last word');
  expect((cause as Error).message.length).toBeLessThanOrEqual(8192);
});

test('a listener that throws leaves no FFmpeg behind', async () => {
  const pidFile = join(footage.folder, 'thrower.pid');
  const body = `echo $$ > ${pidFile}; printf "frame=5\\nfps=1\\nprogress=continue\\n"; exec sleep 600`;
  const onProgress = (): never => {
    throw new Error('a bug');
  };
  const run = settings({ ffmpegPath: await script('thrower', body), onProgress });
  expect(await runFfmpeg(run).catch(String)).toBe('Error: a bug');
  await gone(await pidIn(pidFile));
});

test('FFmpeg dies with its worker, even when that is killed without warning', async () => {
  const pidFile = join(footage.folder, 'orphan.pid');
  const ffmpegPath = await script('orphan', `echo $$ > ${pidFile}; exec sleep 600`);
  const module = join(import.meta.dir, '../../../workers/video/ffmpeg/run-ffmpeg.ts');
  const run = { ffmpegPath, args: [], folder: footage.folder, expectedFrames: 1, fps: 1 };
  const code = `import { runFfmpeg } from ${JSON.stringify(module)};
    await runFfmpeg({ ...${JSON.stringify(run)}, signal: new AbortController().signal });`;
  const worker = Bun.spawn(['bun', '-e', code], { stdout: 'ignore', stderr: 'inherit' });
  const pid = await pidIn(pidFile);
  worker.kill('SIGKILL');
  await worker.exited;
  await gone(pid);
  expect(isAlive(pid)).toBe(false);
});
