/** Rows of renders. Every query but the orphan sweep's names the owner. */
import type { JobResults } from '../../contracts/jobs.ts';
import type { ProjectId, RenderId, UserId } from '../../contracts/ids.ts';
import { isId } from '../../contracts/ids.ts';
import type { Database } from '../../platform/db/database.ts';
import type { RenderRecord } from '../../platform/db/models/render.ts';
import { anyOf, exists } from '../../platform/db/operators.ts';
import { afterCursor, type ListRange } from '../../platform/http/pagination.ts';

export type NewRender = Pick<RenderRecord, '_id' | 'userId' | 'projectId' | 'revision' | 'jobId' | 'output'>;

export interface RenderRepository {
  create(render: NewRender): Promise<RenderRecord>;
  /** `undefined` when there is none or it is someone else's. */
  find(userId: UserId, renderId: string): Promise<RenderRecord | undefined>;
  /** Newest first. */
  list(userId: UserId, projectId: ProjectId, range: ListRange): Promise<RenderRecord[]>;
  count(userId: UserId, projectId: ProjectId): Promise<number>;
  ofProject(userId: UserId, projectId: ProjectId): Promise<RenderRecord[]>;
  /** Those of the ids that have a row, whoever's. */
  findAll(renderIds: readonly RenderId[]): Promise<RenderRecord[]>;
  /** Notes the finished file. False when the render is gone, belongs to another job, or has a file already. */
  finish(
    render: Pick<RenderRecord, '_id' | 'userId' | 'jobId'>,
    file: JobResults['video.render'],
  ): Promise<boolean>;
  remove(render: Pick<RenderRecord, '_id' | 'userId'>): Promise<void>;
}

/** The repository over the database's models; calls inside a transaction take part in it. */
export function createRenderRepository({ Render }: Pick<Database['models'], 'Render'>): RenderRepository {
  return {
    create: async (render) => (await Render.create(render)).toObject(),
    find: async (userId, renderId) => {
      if (!isId('render', renderId)) return undefined;
      return (await Render.findOne({ _id: renderId, userId }).lean()) ?? undefined;
    },
    list: async (userId, projectId, { limit, skip, cursor }) => {
      const filter: Record<string, unknown> = {
        userId,
        projectId,
        ...(cursor === undefined ? {} : afterCursor('createdAt', cursor)),
      };
      return Render.find(filter)
        .sort({ createdAt: -1, _id: -1 })
        .skip(skip ?? 0)
        .limit(limit)
        .lean();
    },
    count: async (userId, projectId) => Render.countDocuments({ userId, projectId }),
    ofProject: async (userId, projectId) => Render.find({ userId, projectId }).lean(),
    findAll: async (renderIds) => Render.find({ _id: anyOf(renderIds) }).lean(),
    finish: async ({ _id, userId, jobId }, file) => {
      const { outputKey, sizeBytes, sha256, probe, contentType, renderSeconds } = file;
      const written = await Render.updateOne(
        { _id, userId, jobId, outputKey: exists(false) },
        { $set: { outputKey, sizeBytes, sha256, probe, contentType, renderSeconds } },
      );
      return written.modifiedCount === 1;
    },
    remove: async ({ _id, userId }) => {
      await Render.deleteOne({ _id, userId });
    },
  };
}
