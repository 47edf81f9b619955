/** The job `video.ingest`: finds out what an uploaded file is, and makes pictures of it. */
import { join } from 'node:path';
import type { JobPayloads, JobResults } from '../../src/contracts/jobs.ts';
import { INPUT_NAME } from '../../src/editing/compile.ts';
import type { JobContext } from '../job-context.ts';
import { probeFile } from './ffmpeg/probe.ts';
import { hashFile } from './hash-file.ts';
import { makePictures, POSTER_NAME, THUMBNAIL_NAME } from './pictures.ts';

/** How much of the bar each step has done when it begins. */
const PERCENT = { fetching: 0, probing: 10, hashing: 30, pictures: 60, publishing: 95, done: 100 } as const;

/**
 * Probes the upload, hashes it, and publishes poster and thumbnail below `derivedPrefix`. Doing it twice publishes the same again.
 * @throws AppError `probe_failed`, `no_video_stream`, `empty_file` (for good), `source_missing`, `ffmpeg_missing`, `storage_full`
 */
export async function ingestVideo(
  { sourceKey, derivedPrefix }: JobPayloads['video.ingest'],
  context: JobContext,
): Promise<JobResults['video.ingest']> {
  const { storage, workFolder, signal } = context;
  const path = join(workFolder, INPUT_NAME);
  context.progress({ percent: PERCENT.fetching, stage: 'fetching' });
  await storage.fetchToFile(sourceKey, path);

  context.progress({ percent: PERCENT.probing, stage: 'probing' });
  const probe = await probeFile(path, { ffprobePath: context.ffmpeg.ffprobePath, signal });
  context.progress({ percent: PERCENT.hashing, stage: 'probing' });
  const sha256 = await hashFile(path, signal);

  context.progress({ percent: PERCENT.pictures, stage: 'rendering' });
  await makePictures(INPUT_NAME, probe, context);

  context.progress({ percent: PERCENT.publishing, stage: 'publishing' });
  const posterKey = `${derivedPrefix}${POSTER_NAME}`;
  const thumbnailKey = `${derivedPrefix}${THUMBNAIL_NAME}`;
  signal.throwIfAborted();
  await storage.publishFile(join(workFolder, POSTER_NAME), posterKey);
  await storage.publishFile(join(workFolder, THUMBNAIL_NAME), thumbnailKey);
  context.progress({ percent: PERCENT.done, stage: 'done' });
  return { probe, sha256, posterKey, thumbnailKey };
}
