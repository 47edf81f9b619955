/** Renders: a revision of a project as a file, or on its way to become one. */
import type { EditPlan, OutputSettings } from '../../contracts/edit-plan.ts';
import { AppError } from '../../contracts/errors.ts';
import { newId, type ProjectId, type UserId } from '../../contracts/ids.ts';
import type { Probe } from '../../contracts/media.ts';
import type { Audit } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import type { RenderRecord } from '../../platform/db/models/render.ts';
import { byCreation, type ListQuery, type Page, readPage } from '../../platform/http/pagination.ts';
import type { UrlSigner } from '../../platform/http/signed-url.ts';
import type { Storage } from '../../platform/storage/storage.ts';
import { type SweepOptions, type SweepReport, sweepOrphans } from '../../platform/storage/sweep-orphans.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { JobService, JobView } from '../jobs/service.ts';
import { downloadLink } from './download-link.ts';
import { renderArea } from './orphan-sweep.ts';
import { renderOutcomes } from './outcomes.ts';
import { outputPrefix } from './output-prefix.ts';
import { createRenderRepository, type RenderRepository } from './repository.ts';
import type { RenderFile, RenderView } from './schema.ts';
import { type FinishedRender, isFinished, renderFile, renderView } from './view.ts';

export { RenderViewSchema, StartRenderSchema, type RenderView } from './schema.ts';
export type { FinishedRender } from './view.ts';

/** What is rendered. Its operations are valid for the source. */
export interface RenderOrder {
  readonly userId: UserId;
  readonly projectId: ProjectId;
  readonly revision: number;
  readonly operations: EditPlan['operations'];
  readonly source: { readonly sourceKey: string; readonly probe: Probe };
  readonly output: Partial<OutputSettings>;
  readonly requestId: string;
}

/** Every method throws AppError `not_found` for a render that is not the user's, and joins the caller's transaction. */
export interface RenderService {
  /** Creates a render and its job, or neither. */
  start(order: RenderOrder): Promise<JobView>;
  /** Renders of a project, newest first. */
  list(userId: UserId, projectId: ProjectId, query: ListQuery): Promise<Page<RenderView>>;
  get(userId: UserId, renderId: string): Promise<RenderView>;
  /** The render with its file. @throws AppError `render_not_ready` while there is none */
  finished(userId: UserId, renderId: string): Promise<FinishedRender>;
  /** Removes the render; its job is cancelled, its file goes soon after. */
  remove(userId: UserId, renderId: string, requestId: string): Promise<void>;
  /** As `remove`, for every render of a project. */
  removeAllOf(userId: UserId, projectId: ProjectId, requestId: string): Promise<void>;
  /** Removes stored files that belong to no render. Run it once after start, beside everything else. */
  sweepOrphans(options?: SweepOptions): Promise<SweepReport>;
}

export interface RenderServiceDeps {
  readonly db: Database;
  readonly jobs: JobService;
  readonly signer: UrlSigner;
  readonly storage: Storage;
  readonly audit: Pick<Audit, 'append'>;
  readonly log: Logger;
}

/** What a finished render's job shows to its owner. */
export type RenderResultView = RenderFile & { readonly renderId: string };

async function mustFind(renders: RenderRepository, userId: UserId, renderId: string): Promise<RenderRecord> {
  const render = await renders.find(userId, renderId);
  if (render === undefined) throw new AppError('not_found', 'There is no such render');
  return render;
}

function starter({ db, jobs }: RenderServiceDeps, renders: RenderRepository): RenderService['start'] {
  return async ({ userId, projectId, revision, operations, source, output, requestId }) => {
    const settings: OutputSettings = {
      format: output.format ?? 'mp4',
      quality: output.quality ?? 'standard',
    };
    const renderId = newId('render');
    const jobId = newId('job');
    return db.transaction(async () => {
      await renders.create({ _id: renderId, userId, projectId, revision, jobId, output: settings });
      await jobs.create({
        jobId,
        kind: 'video.render',
        userId,
        subject: { projectId, renderId },
        payload: {
          renderId,
          projectId,
          revision,
          sourceKey: source.sourceKey,
          sourceProbe: source.probe,
          plan: { operations, output: settings },
          outputPrefix: outputPrefix(renderId),
        },
        requestId,
      });
      return jobs.get(userId, jobId);
    });
  };
}

function remover(
  { db, jobs, audit }: RenderServiceDeps,
  renders: RenderRepository,
): Pick<RenderService, 'remove' | 'removeAllOf'> {
  /** Cancelling cleans up by itself (see outcomes.ts); a render whose job has ended is cleaned up here. */
  const removeOne = async (render: RenderRecord, requestId: string): Promise<void> => {
    const { _id, userId, projectId, jobId } = render;
    const wasOpen = await jobs.cancelOpen(userId, jobId, requestId);
    if (!wasOpen && render.outputKey !== undefined)
      await jobs.create({
        kind: 'cleanup.objects',
        userId,
        subject: { projectId, renderId: _id },
        payload: { keys: [], prefixes: [outputPrefix(_id)] },
        requestId,
      });
    await renders.remove(render);
    await audit.append({ actor: userId, action: 'render.deleted', subject: _id, requestId });
  };
  return {
    remove: async (userId, renderId, requestId) =>
      db.transaction(async () => removeOne(await mustFind(renders, userId, renderId), requestId)),
    removeAllOf: async (userId, projectId, requestId) =>
      db.transaction(async () => {
        for (const render of await renders.ofProject(userId, projectId)) await removeOne(render, requestId);
      }),
  };
}

/** The service; registers itself for the ends of render jobs. */
export function createRenderService(deps: RenderServiceDeps): RenderService {
  const { db, jobs, signer, storage, log } = deps;
  const renders = createRenderRepository(db.models);
  const view = async (render: RenderRecord): Promise<RenderView> =>
    renderView(
      render,
      await jobs.get(render.userId, render.jobId),
      downloadLink(signer, render.userId, render._id),
    );

  jobs.onOutcome('video.render', {
    ...renderOutcomes({ renders, jobs }),
    viewResult: ({ userId, payload: { renderId }, result }): RenderResultView | undefined =>
      result === undefined
        ? undefined
        : { renderId, ...renderFile(result, downloadLink(signer, userId, renderId)) },
  });

  return {
    start: starter(deps, renders),
    list: async (userId, projectId, query) => {
      const { items, pagination } = await readPage(query, {
        rows: async (range) => renders.list(userId, projectId, range),
        count: async () => renders.count(userId, projectId),
        place: byCreation,
      });
      return { items: await Promise.all(items.map(view)), pagination };
    },
    get: async (userId, renderId) => view(await mustFind(renders, userId, renderId)),
    finished: async (userId, renderId) => {
      const render = await mustFind(renders, userId, renderId);
      if (!isFinished(render)) {
        const { state } = await jobs.get(userId, render.jobId);
        throw new AppError('render_not_ready', `The render has no file: its job is ${state}`);
      }
      return render;
    },
    ...remover(deps, renders),
    sweepOrphans: async (options) =>
      sweepOrphans({ storage, log }, renderArea({ db, renders, jobs }), options),
  };
}
