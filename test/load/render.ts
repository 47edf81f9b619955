/**
 * How much a plan costs over the FFmpeg command that an expert would type for the same edits and encoder settings.
 * `bun test/load/render.ts [seconds of 1080p footage] [rounds]`; prints both times and their ratio (goal: at most 1.05).
 * The two take turns, so that a busy machine slows both alike; the best of each counts.
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, INPUT_NAME } from '../../src/editing/compile.ts';
import { parseOperations } from '../../src/editing/plan.ts';
import { frameCount } from '../../src/editing/timeline.ts';
import { type FfmpegResult, runFfmpeg } from '../../workers/video/ffmpeg/run-ffmpeg.ts';
import { checkOutput } from '../../workers/video/render.ts';
import { run } from '../fixtures/footage.ts';
import { probe } from '../fixtures/render-clip.ts';

const GOAL = 1.05;
const seconds = Number(process.argv[2] ?? 20);
const rounds = Number(process.argv[3] ?? 3);
const title = 'Our name';

const folder = await mkdtemp(join(tmpdir(), 'vfxb-load-'));
try {
  const clip = join(folder, 'clip.mp4');
  await run([
    ...['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', `testsrc2=d=${seconds}:s=1920x1080:r=30`],
    ...['-f', 'lavfi', '-i', `sine=d=${seconds}:sample_rate=48000`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip],
  ]);
  await copyFile(clip, join(folder, INPUT_NAME));

  const source = await probe(clip);
  const parsed = parseOperations(
    [
      { op: 'trim', start: seconds / 4 },
      { op: 'filter', name: 'black_white' },
      { op: 'text', content: title, position: 'bottom' },
    ],
    source,
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const render = compile(
    { operations: parsed.operations, output: { format: 'mp4', quality: 'standard' } },
    source,
  );
  for (const file of render.files) await writeFile(join(folder, file.name), file.content);

  const byHand = [
    ...['-nostdin', '-v', 'error', '-y', '-ss', String(seconds / 4), '-i', 'input'],
    '-vf',
    `hue=s=0,drawtext=text='${title}':fontfile=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf:fontsize=66:fontcolor=white:borderw=4:x=(w-tw)/2:y=h-th-43`,
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-crf',
      '21',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
      '-b:a',
      '160k',
    ],
    ...['-movflags', '+faststart', 'by-hand.mp4'],
  ];
  const renderOnce = (args: readonly string[]): Promise<FfmpegResult> =>
    runFfmpeg({
      ffmpegPath: 'ffmpeg',
      args,
      folder,
      expectedFrames: frameCount(render.expected),
      fps: render.expected.fps,
      signal: new AbortController().signal,
    });

  const byHandRuns: FfmpegResult[] = [];
  const planRuns: FfmpegResult[] = [];
  for (let round = 0; round < rounds; round += 1) {
    byHandRuns.push(await renderOnce(byHand));
    planRuns.push(await renderOnce(render.args));
  }
  checkOutput(await probe(join(folder, render.outputName)), render);
  const report = (name: string, runs: readonly FfmpegResult[]): { wall: number; cpu: number } => {
    const wall = Math.min(...runs.map((each) => each.wallSeconds));
    const cpu = Math.min(...runs.map((each) => each.cpuSeconds));
    const all = runs.map((each) => each.wallSeconds.toFixed(2)).join(' ');
    console.log(`${name}  ${wall.toFixed(2)} s, CPU ${cpu.toFixed(2)} s   (${all})`);
    return { wall, cpu };
  };
  console.log(`three edits on ${seconds} s of 1080p, best of ${rounds} rounds`);
  const hand = report('by hand', byHandRuns);
  const plan = report('plan   ', planRuns);
  const ratio = plan.wall / hand.wall;
  console.log(`ratio    ${ratio.toFixed(3)}, CPU ${(plan.cpu / hand.cpu).toFixed(3)}   goal ${GOAL}`);
  process.exitCode = ratio <= GOAL ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
