/**
 * Removes stored objects that belong to no row: what is left when a process dies between storing bytes and committing their row,
 * or when a worker publishes something of a row that was just deleted.
 */
import type { Logger } from '../telemetry/log.ts';
import type { Storage } from './storage.ts';

export interface SweepOptions {
  /** Only tells what it would remove. */
  readonly dryRun?: boolean;
  /** Milliseconds since 1970; default: now. */
  readonly now?: number;
}

/** Objects of one kind of row, stored as `<prefix><id of the row>/…`. */
export interface SweptArea<I extends string> {
  /** Ends in `/`. */
  readonly prefix: string;
  /** Folders whose name is no id of such a row are left alone. */
  readonly isOwnerId: (name: string) => name is I;
  /** Of the old objects of some owners, the keys that no row names and none ever will. */
  orphanedKeys(old: ReadonlyMap<I, readonly string[]>): Promise<readonly string[]>;
}

export interface SweepReport<I extends string = string> {
  /** Owners that have objects in storage. */
  readonly ownerCount: number;
  /** Those of them that have orphaned objects. */
  readonly orphans: readonly I[];
  readonly deletedCount: number;
  /** True when so much looked orphaned that the database is more likely the wrong one: nothing was removed. */
  readonly isRefused: boolean;
}

export interface SweepDeps {
  readonly storage: Pick<Storage, 'list' | 'delete'>;
  readonly log: Logger;
}

/** A row follows the last byte of its objects within seconds; an hour leaves no doubt. */
const ORPHAN_AFTER_MS = 3_600_000;
const BATCH = 200;
/** Up to so many orphans are believed whatever their share. */
const PLAUSIBLE_ORPHANS = 20;

/** Each owner's old objects; an owner whose objects are all young has an empty list. */
async function oldObjects<I extends string>(
  { storage }: SweepDeps,
  { prefix, isOwnerId }: SweptArea<I>,
  before: number,
): Promise<Map<I, string[]>> {
  const owners = new Map<I, string[]>();
  for await (const { key, modifiedAt } of storage.list(prefix)) {
    const [id = ''] = key.slice(prefix.length).split('/');
    if (!isOwnerId(id)) continue;
    const old = owners.get(id) ?? [];
    if (modifiedAt.getTime() < before) old.push(key);
    owners.set(id, old);
  }
  return owners;
}

async function findOrphans<I extends string>(
  area: SweptArea<I>,
  owners: ReadonlyMap<I, readonly string[]>,
): Promise<Map<I, string[]>> {
  const candidates = [...owners].filter(([, keys]) => keys.length > 0);
  const orphans = new Map<I, string[]>();
  for (let at = 0; at < candidates.length; at += BATCH) {
    const batch = new Map(candidates.slice(at, at + BATCH));
    const orphaned = new Set(await area.orphanedKeys(batch));
    for (const [id, keys] of batch) {
      const gone = keys.filter((key) => orphaned.has(key));
      if (gone.length > 0) orphans.set(id, gone);
    }
  }
  return orphans;
}

/** Finds and removes orphans. Harmless while uploads, workers and other sweeps run. */
export async function sweepOrphans<I extends string>(
  deps: SweepDeps,
  area: SweptArea<I>,
  options: SweepOptions = {},
): Promise<SweepReport<I>> {
  const { storage, log } = deps;
  const { prefix } = area;
  const owners = await oldObjects(deps, area, (options.now ?? Date.now()) - ORPHAN_AFTER_MS);
  const found = await findOrphans(area, owners);
  const orphans = [...found.keys()];
  const isRefused = orphans.length > PLAUSIBLE_ORPHANS && orphans.length * 2 > owners.size;
  const report = { ownerCount: owners.size, orphans, isRefused };
  if (isRefused)
    log.error(
      { prefix, orphanCount: orphans.length, ownerCount: owners.size },
      'most stored objects have no row: is this their database? Nothing was removed',
    );
  if (isRefused || options.dryRun === true) return { ...report, deletedCount: 0 };
  let deletedCount = 0;
  for (const key of [...found.values()].flat()) if (await storage.delete(key)) deletedCount += 1;
  if (deletedCount > 0)
    log.warn({ prefix, owners: orphans.slice(0, 20), deletedCount }, 'removed stored objects without a row');
  return { ...report, deletedCount };
}
