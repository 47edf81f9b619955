/** The job `video.render`: an edit plan becomes one file, checked before anyone sees it. */
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../src/contracts/errors.ts';
import type { JobPayloads, JobProgress, JobResults } from '../../src/contracts/jobs.ts';
import type { Probe } from '../../src/contracts/media.ts';
import { type CompiledRender, compile, INPUT_NAME } from '../../src/editing/compile.ts';
import { frameCount } from '../../src/editing/timeline.ts';
import type { JobContext } from '../job-context.ts';
import { probeFile } from './ffmpeg/probe.ts';
import { type FfmpegResult, runFfmpeg } from './ffmpeg/run-ffmpeg.ts';
import { hashFile } from './hash-file.ts';

/** How much of the bar each step has done when it begins. Rendering fills what lies between. */
const PERCENT = { fetching: 0, rendering: 3, checking: 96, publishing: 98, done: 100 } as const;

/**
 * Renders the plan and publishes the file under its own hash, so that doing it twice publishes the same object once.
 * @throws AppError `source_missing`, `render_failed`, `output_invalid`, `ffmpeg_missing`, `storage_full`
 */
export async function renderVideo(
  payload: JobPayloads['video.render'],
  context: JobContext,
): Promise<JobResults['video.render']> {
  const render = compile(payload.plan, payload.sourceProbe);
  context.progress({ percent: PERCENT.fetching, stage: 'fetching' });
  await fetchInputs(payload.sourceKey, render, context);

  context.progress({ percent: PERCENT.rendering, stage: 'rendering' });
  const outcome = await runRender(render, context);

  context.progress({ percent: PERCENT.checking, stage: 'checking' });
  const outputPath = join(context.workFolder, render.outputName);
  const { ffprobePath } = context.ffmpeg;
  const probe = await probeFile(outputPath, { ffprobePath, signal: context.signal });
  checkOutput(probe, render, outcome.log);

  context.progress({ percent: PERCENT.publishing, stage: 'publishing' });
  const { size: sizeBytes } = await stat(outputPath);
  const sha256 = await hashFile(outputPath, context.signal);
  const outputKey = `${payload.outputPrefix}${sha256}${render.outputName.slice(render.outputName.lastIndexOf('.'))}`;
  context.signal.throwIfAborted();
  await context.storage.publishFile(outputPath, outputKey);
  context.progress({ percent: PERCENT.done, stage: 'done' });
  return {
    outputKey,
    sizeBytes,
    sha256,
    probe,
    contentType: render.contentType,
    renderSeconds: Number(outcome.wallSeconds.toFixed(3)),
  };
}

async function fetchInputs(sourceKey: string, render: CompiledRender, context: JobContext): Promise<void> {
  await context.storage.fetchToFile(sourceKey, join(context.workFolder, INPUT_NAME));
  for (const file of render.files) await writeFile(join(context.workFolder, file.name), file.content);
}

async function runRender(render: CompiledRender, context: JobContext): Promise<FfmpegResult> {
  const { ffmpegPath, threads } = context.ffmpeg;
  const outcome = await runFfmpeg({
    ffmpegPath,
    args: withThreads(render.args, threads),
    folder: context.workFolder,
    expectedFrames: frameCount(render.expected),
    fps: render.expected.fps,
    signal: context.signal,
    onProgress: ({ percent, fps, etaSeconds }) => {
      const span = PERCENT.checking - PERCENT.rendering;
      const progress: JobProgress = {
        percent: Number((PERCENT.rendering + (span * percent) / 100).toFixed(1)),
        stage: 'rendering',
        // FFmpeg says 0 until it has counted for a while.
        ...(fps > 0 ? { fps } : {}),
        ...(etaSeconds !== undefined && { etaSeconds: Number(etaSeconds.toFixed(1)) }),
      };
      context.progress(progress);
    },
  }).catch(async (error: unknown) => {
    // A half-written output is of no use, and may be what filled the disk.
    await rm(join(context.workFolder, render.outputName), { force: true });
    throw error;
  });
  context.log.info(
    { wallSeconds: outcome.wallSeconds, cpuSeconds: outcome.cpuSeconds, frames: frameCount(render.expected) },
    'rendered',
  );
  return outcome;
}

/** Bounds decoder, filters and encoder alike; 0 leaves the number of threads to FFmpeg. */
function withThreads(args: readonly string[], threads: number): readonly string[] {
  if (threads === 0) return args;
  const input = args.indexOf('-i');
  const limit = ['-threads', String(threads)];
  return [
    '-filter_complex_threads',
    String(threads),
    ...args.slice(0, input),
    ...limit,
    ...args.slice(input, -1),
    ...limit,
    ...args.slice(-1),
  ];
}

/**
 * Compares a rendered file with what its plan promises; a frame may be missing or too much at the end.
 * @throws AppError `output_invalid`, naming the differences
 */
export function checkOutput(probe: Probe, { expected }: CompiledRender, log = ''): void {
  const problems: string[] = [];
  // Containers round their clocks: Matroska's ticks once a millisecond.
  const tolerance = 1 / expected.fps + 0.002;
  if (Math.abs(probe.durationSeconds - expected.durationSeconds) > tolerance) {
    problems.push(
      `it is ${probe.durationSeconds} s long instead of ${expected.durationSeconds.toFixed(3)} s`,
    );
  }
  if (probe.width !== expected.width || probe.height !== expected.height) {
    problems.push(`it is ${probe.width}×${probe.height} instead of ${expected.width}×${expected.height}`);
  }
  if (probe.hasAudio !== expected.hasAudio)
    problems.push(probe.hasAudio ? 'it has sound' : 'it has no sound');
  if (problems.length === 0) return;
  throw new AppError(
    'output_invalid',
    `The rendered file is not what was asked for: ${problems.join(', ')}`,
    {
      cause: new Error(log.trim() || 'FFmpeg said nothing'),
    },
  );
}
