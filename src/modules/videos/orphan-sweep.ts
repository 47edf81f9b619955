/**
 * Removes stored files that belong to no video: what is left when a process dies between storing an upload and committing
 * its row, or when a worker publishes a picture of a video that was just deleted.
 */
import { isId, type VideoId } from '../../contracts/ids.ts';
import type { Storage } from '../../platform/storage/storage.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { VideoRepository } from './repository.ts';

export interface SweepOptions {
  /** Only tells what it would remove. */
  readonly dryRun?: boolean;
  readonly now?: number;
}

export interface SweepReport {
  /** Videos that have files in storage. */
  readonly videoCount: number;
  /** Those of them without a row, all of whose files are old. */
  readonly orphans: readonly VideoId[];
  readonly deletedCount: number;
  /** True when so much looked orphaned that the database is more likely the wrong one: nothing was removed. */
  readonly isRefused: boolean;
}

const PREFIX = 'videos/';
/** An upload's row follows its last byte within seconds; an hour leaves no doubt. */
const ORPHAN_AFTER_MS = 3_600_000;
const BATCH = 200;
/** Up to so many orphans are believed whatever their share. */
const PLAUSIBLE_ORPHANS = 20;

async function newestChanges(storage: Storage): Promise<Map<VideoId, number>> {
  const newest = new Map<VideoId, number>();
  for await (const { key, modifiedAt } of storage.list(PREFIX)) {
    const id = key.split('/')[1] ?? '';
    if (isId('video', id)) newest.set(id, Math.max(newest.get(id) ?? 0, modifiedAt.getTime()));
  }
  return newest;
}

async function withoutRow(videos: VideoRepository, ids: readonly VideoId[]): Promise<VideoId[]> {
  const orphans: VideoId[] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    const batch = ids.slice(at, at + BATCH);
    const existing = await videos.existing(batch);
    orphans.push(...batch.filter((id) => !existing.has(id)));
  }
  return orphans;
}

export interface SweepDeps {
  readonly storage: Storage;
  readonly videos: VideoRepository;
  readonly log: Logger;
}

/** Finds and removes orphans. Harmless while uploads, workers and other sweeps run. */
export async function sweepOrphans(deps: SweepDeps, options: SweepOptions = {}): Promise<SweepReport> {
  const { storage, videos, log } = deps;
  const newest = await newestChanges(storage);
  const before = (options.now ?? Date.now()) - ORPHAN_AFTER_MS;
  const old = [...newest].filter(([, changedAt]) => changedAt < before).map(([id]) => id);
  const orphans = await withoutRow(videos, old);
  const isRefused = orphans.length > PLAUSIBLE_ORPHANS && orphans.length * 2 > newest.size;
  const report = { videoCount: newest.size, orphans, isRefused };
  if (isRefused)
    log.error(
      { orphanCount: orphans.length, videoCount: newest.size },
      'most stored videos have no row: is this their database? Nothing was removed',
    );
  if (isRefused || options.dryRun === true) return { ...report, deletedCount: 0 };
  let deletedCount = 0;
  for (const id of orphans) deletedCount += await storage.deletePrefix(`${PREFIX}${id}/`);
  if (deletedCount > 0)
    log.warn({ videoIds: orphans.slice(0, 20), deletedCount }, 'removed stored files without a video');
  return { ...report, deletedCount };
}
