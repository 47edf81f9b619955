/**
 * Reads what a media file is, with ffprobe. Its JSON is asked for, because it quotes what the file says of itself: the plain
 * lines that fluent-ffmpeg's own ffprobe reads let a title with a newline in it pose as width or duration.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AppError } from '../../../src/contracts/errors.ts';
import type { Probe } from '../../../src/contracts/media.ts';
import { INPUT_SAFETY_ARGS } from '../../../src/editing/compile.ts';
import { killMediaProcess, readTail, startMediaProcess } from './media-process.ts';
import { type FfprobeReport, reportedSeconds, toProbe } from './to-probe.ts';

const TIMEOUT_MS = 30_000;
const MAX_REPORT_BYTES = 1_048_576;
const LOG_TAIL_BYTES = 4096;
/** The facts that are used, and of the file's tags only the two that hold rotation and length. */
const ENTRIES = [
  'format=format_name,start_time,duration,size,bit_rate,nb_streams',
  'stream=index,codec_type,codec_name,pix_fmt,color_space,color_range,width,height,sample_aspect_ratio,avg_frame_rate,r_frame_rate,start_time,duration,nb_frames,channels,sample_rate',
  'stream_disposition=attached_pic',
  'stream_tags=rotate,DURATION',
  'stream_side_data=rotation',
].join(':');

export interface ProbeOptions {
  readonly ffprobePath: string;
  readonly signal: AbortSignal;
}

/**
 * Probes a file (absolute path).
 * @throws AppError `ffmpeg_missing`, `empty_file`, `probe_failed` (not a video we take, broken, or absurd), `no_video_stream`
 */
export async function probeFile(path: string, options: ProbeOptions): Promise<Probe> {
  const { size: sizeBytes } = await stat(path);
  if (sizeBytes === 0) throw new AppError('empty_file');
  const report = parseReport(await runFfprobe(path, ['-of', 'json', '-show_entries', ENTRIES], options));
  const durationSeconds = reportedSeconds(report) ?? (await measureSeconds(path, options));
  return toProbe(report, { sizeBytes, durationSeconds });
}

/** Reads all packets of the picture for the latest end; for files whose header does not tell it. */
async function measureSeconds(path: string, options: ProbeOptions): Promise<number> {
  const entries = [
    '-select_streams',
    'v:0',
    '-show_entries',
    'packet=pts_time,duration_time',
    '-of',
    'csv=p=0',
  ];
  const lastPackets = await runFfprobe(path, entries, options);
  const ends = lastPackets
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').reduce((end, part) => end + (Number.parseFloat(part) || 0), 0));
  return Math.max(0, ...ends);
}

/** What ffprobe prints, its last megabyte at most. */
async function runFfprobe(
  path: string,
  show: readonly string[],
  { ffprobePath, signal }: ProbeOptions,
): Promise<string> {
  signal.throwIfAborted();
  const args = ['-v', 'error', '-hide_banner', ...INPUT_SAFETY_ARGS, ...show, '-i', `file:${basename(path)}`];
  const child = startMediaProcess(ffprobePath, args, dirname(path));
  const stop = (): void => killMediaProcess(child);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  bounded.addEventListener('abort', stop, { once: true });
  try {
    const [stdout, log, exitCode] = await Promise.all([
      readTail(child.stdout, MAX_REPORT_BYTES),
      readTail(child.stderr, LOG_TAIL_BYTES),
      child.exited,
    ]);
    signal.throwIfAborted();
    const cause = new Error(log.trim() || 'ffprobe said nothing');
    if (bounded.aborted) throw new AppError('probe_failed', 'The file took too long to read', { cause });
    if (exitCode !== 0) {
      const detail = 'The file is not a video that can be read: MP4, MOV, AVI, WebM or MKV';
      throw new AppError('probe_failed', detail, { cause });
    }
    return stdout;
  } finally {
    bounded.removeEventListener('abort', stop);
  }
}

/** A report that was cut for its length no longer parses, which is as well: no sane file fills a megabyte. */
function parseReport(stdout: string): FfprobeReport {
  try {
    return JSON.parse(stdout) as FfprobeReport;
  } catch (cause) {
    throw new AppError('probe_failed', 'The file has more tracks than can be read', { cause });
  }
}
