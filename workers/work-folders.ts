/**
 * Work folders: one a delivery, `DATA_DIR/work/<job>/<generation>-<delivery>`, private to it and removed after it. What a killed
 * worker left is wiped when the next one starts.
 */
import { mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fence } from '../src/contracts/jobs.ts';
import { livenessOf, ownIdentity, type ProcessIdentity } from './process-identity.ts';

export interface WorkFolder {
  /** Absolute path. */
  readonly path: string;
  remove(): Promise<void>;
}

export interface WorkFolders {
  /** An empty folder for this delivery of the job. */
  create(jobId: string, fence: Fence): Promise<WorkFolder>;
  /** Removes the folders of workers that are gone; returns how many. */
  wipeStale(): Promise<number>;
}

const OWNER_SUFFIX = '.owner';
/** Folders of another host that shares the disk are left alone for as long as any attempt may take. */
const FOREIGN_MAX_AGE_MS = 24 * 3_600_000;

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const { host, pid, began } = (value ?? {}) as Record<string, unknown>;
    const isOwner = typeof host === 'string' && typeof pid === 'number' && typeof began === 'string';
    return isOwner ? { host, pid, began } : undefined;
  } catch {
    return undefined;
  }
}

async function isStale(ownerFile: string): Promise<boolean> {
  const owner = parseOwner(await readFile(ownerFile, 'utf8'));
  const liveness = owner === undefined ? 'unknown' : livenessOf(owner);
  if (liveness !== 'unknown') return liveness === 'dead';
  const { mtimeMs } = await stat(ownerFile);
  return Date.now() - mtimeMs > FOREIGN_MAX_AGE_MS;
}

/** Work folders below `DATA_DIR/work`. */
export function createWorkFolders(dataDir: string): WorkFolders {
  const root = join(dataDir, 'work');

  async function removeFolder(jobFolder: string, name: string): Promise<void> {
    await rm(join(jobFolder, name), { recursive: true, force: true });
    await rm(join(jobFolder, name + OWNER_SUFFIX), { force: true });
    // Another delivery of the job may be at work beside it.
    await rmdir(jobFolder).catch(() => undefined);
  }

  return {
    create: async (jobId, fence) => {
      const jobFolder = join(root, jobId);
      const name = `${fence.generation}-${fence.delivery}`;
      await mkdir(jobFolder, { recursive: true });
      await writeFile(join(jobFolder, name + OWNER_SUFFIX), JSON.stringify(ownIdentity()));
      await rm(join(jobFolder, name), { recursive: true, force: true });
      await mkdir(join(jobFolder, name), { recursive: true });
      return { path: join(jobFolder, name), remove: async () => removeFolder(jobFolder, name) };
    },
    wipeStale: async () => {
      let wiped = 0;
      for (const jobId of await namesIn(root)) {
        const jobFolder = join(root, jobId);
        const names = await namesIn(jobFolder);
        for (const ownerName of names.filter((name) => name.endsWith(OWNER_SUFFIX))) {
          if (!(await isStale(join(jobFolder, ownerName)).catch(() => false))) continue;
          await removeFolder(jobFolder, ownerName.slice(0, -OWNER_SUFFIX.length));
          wiped += 1;
        }
      }
      return wiped;
    },
  };
}
