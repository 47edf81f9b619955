/** What the sweep of storage takes for a file that belongs to no render. */
import { AppError } from '../../contracts/errors.ts';
import { isId, type RenderId } from '../../contracts/ids.ts';
import { TERMINAL_STATES } from '../../contracts/jobs.ts';
import type { Database } from '../../platform/db/database.ts';
import type { RenderRecord } from '../../platform/db/models/render.ts';
import type { SweptArea } from '../../platform/storage/sweep-orphans.ts';
import type { JobService } from '../jobs/service.ts';
import { RENDERS_PREFIX } from './output-prefix.ts';
import type { RenderRepository } from './repository.ts';

export interface RenderAreaDeps {
  readonly db: Pick<Database, 'transaction'>;
  readonly renders: Pick<RenderRepository, 'findAll'>;
  readonly jobs: Pick<JobService, 'get'>;
}

/**
 * A render that ended names the one file it has, or has none: other files below its prefix are what lost attempts published, or what
 * a cleanup did not get to. While its job is open any of them may still become its file.
 */
export function renderArea({ db, renders, jobs }: RenderAreaDeps): SweptArea<RenderId> {
  async function hasEnded({ userId, jobId, outputKey }: RenderRecord): Promise<boolean> {
    if (outputKey !== undefined) return true;
    try {
      return TERMINAL_STATES.includes((await jobs.get(userId, jobId)).state);
    } catch (error) {
      // Nothing is known of its job: then nothing of it is removed.
      if (error instanceof AppError && error.code === 'not_found') return false;
      throw error;
    }
  }
  return {
    prefix: RENDERS_PREFIX,
    isOwnerId: (name): name is RenderId => isId('render', name),
    // One transaction: a job that ends between two reads would look as if it had ended without a file.
    orphanedKeys: async (old) =>
      db.transaction(async () => {
        const rows = new Map((await renders.findAll([...old.keys()])).map((render) => [render._id, render]));
        const orphaned: string[] = [];
        for (const [id, keys] of old) {
          const render = rows.get(id);
          const unnamed = keys.filter((key) => key !== render?.outputKey);
          if (unnamed.length === 0) continue;
          if (render === undefined || (await hasEnded(render))) orphaned.push(...unnamed);
        }
        return orphaned;
      }),
  };
}
