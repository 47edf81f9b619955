/** Rows of projects and their revisions. Every query of a project names its owner; revisions are reached through a project. */
import type { Operation } from '../../contracts/edit-plan.ts';
import { AppError } from '../../contracts/errors.ts';
import type { MessageId, ProjectId, UserId, VideoId } from '../../contracts/ids.ts';
import { isId, newId } from '../../contracts/ids.ts';
import type { Database } from '../../platform/db/database.ts';
import type { ProjectRecord, RevisionCause, RevisionRecord } from '../../platform/db/models/project.ts';
import { anyOf, lessThan } from '../../platform/db/operators.ts';
import { afterCursor, type Cursor, type ListRange } from '../../platform/http/pagination.ts';

export interface NewRevision {
  readonly number: number;
  readonly parent?: number;
  readonly operations: readonly Operation[];
  readonly cause: RevisionCause;
  readonly messageId?: MessageId;
}

export type ProjectChange = Partial<
  Pick<ProjectRecord, 'name' | 'videoId' | 'status' | 'head' | 'lastRevision' | 'redo'>
>;

export interface ProjectListQuery extends ListRange {
  readonly status?: ProjectRecord['status'];
}

export interface ProjectRepository {
  create(project: {
    readonly userId: UserId;
    readonly name: string;
    readonly videoId?: VideoId;
  }): Promise<ProjectRecord>;
  /** `undefined` when there is none or it is someone else's. */
  find(userId: UserId, projectId: string): Promise<ProjectRecord | undefined>;
  /** Newest change first. */
  list(userId: UserId, query: ProjectListQuery): Promise<ProjectRecord[]>;
  count(userId: UserId, status: ProjectRecord['status'] | undefined): Promise<number>;
  /** Writes the change if nobody wrote the project since it was read; otherwise changes nothing and gives `undefined`. */
  change(project: ProjectRecord, change: ProjectChange): Promise<ProjectRecord | undefined>;
  /** Removes the project and its revisions. */
  remove(project: ProjectRecord): Promise<void>;
  addRevision(project: Pick<ProjectRecord, '_id' | 'userId'>, revision: NewRevision): Promise<void>;
  revision(projectId: ProjectId, number: number): Promise<RevisionRecord | undefined>;
  /** The head revision of each project. */
  heads(projects: readonly ProjectRecord[]): Promise<Map<ProjectId, RevisionRecord>>;
  /** Number of the revision a cursor names. @throws AppError `validation_failed` when it is none of the project's */
  placeOf(projectId: ProjectId, cursor: Cursor): Promise<number>;
  /** Newest first, from below `before`. */
  revisions(
    projectId: ProjectId,
    query: { readonly limit: number; readonly before?: number },
  ): Promise<RevisionRecord[]>;
}

type ProjectRows = Pick<ProjectRepository, 'create' | 'find' | 'list' | 'count' | 'change' | 'remove'>;

function projectRows({ Project, Revision }: Database['models']): ProjectRows {
  return {
    create: async (project) => (await Project.create({ _id: newId('project'), ...project })).toObject(),
    find: async (userId, projectId) => {
      if (!isId('project', projectId)) return undefined;
      return (await Project.findOne({ _id: projectId, userId }).lean()) ?? undefined;
    },
    list: async (userId, { status, limit, skip, cursor }) => {
      const filter: Record<string, unknown> = {
        userId,
        ...(status === undefined ? {} : { status }),
        ...(cursor === undefined ? {} : afterCursor('updatedAt', cursor)),
      };
      return Project.find(filter)
        .sort({ updatedAt: -1, _id: -1 })
        .skip(skip ?? 0)
        .limit(limit)
        .lean();
    },
    count: async (userId, status) =>
      Project.countDocuments({ userId, ...(status === undefined ? {} : { status }) }),
    change: async ({ _id, userId, version }, change) => {
      const written = await Project.findOneAndUpdate(
        { _id, userId, version },
        { $set: change, $inc: { version: 1 } },
        { returnDocument: 'after' },
      ).lean();
      return written ?? undefined;
    },
    remove: async ({ _id, userId }) => {
      await Revision.deleteMany({ projectId: _id, userId });
      await Project.deleteOne({ _id, userId });
    },
  };
}

type RevisionRows = Pick<ProjectRepository, 'addRevision' | 'revision' | 'heads' | 'placeOf' | 'revisions'>;

function revisionRows({ Revision }: Database['models']): RevisionRows {
  return {
    addRevision: async ({ _id, userId }, revision) => {
      const { operations, ...rest } = revision;
      await Revision.create({
        _id: newId('revision'),
        projectId: _id,
        userId,
        operations: [...operations],
        ...rest,
      });
    },
    revision: async (projectId, number) =>
      (await Revision.findOne({ projectId, number }).lean()) ?? undefined,
    heads: async (projects) => {
      const heads = new Map(projects.map(({ _id, head }) => [_id, head]));
      const rows = await Revision.find({
        projectId: anyOf([...heads.keys()]),
        number: anyOf([...new Set(heads.values())]),
      }).lean();
      return new Map(
        rows.filter((row) => heads.get(row.projectId) === row.number).map((row) => [row.projectId, row]),
      );
    },
    placeOf: async (projectId, { id }) => {
      const row = isId('revision', id) ? await Revision.findOne({ _id: id, projectId }).lean() : null;
      if (row === null)
        throw new AppError('validation_failed', 'The cursor is not one that this list gave', {
          issues: [{ path: '/query/cursor', message: 'Expected the nextCursor of a page before' }],
        });
      return row.number;
    },
    revisions: async (projectId, { limit, before }) =>
      Revision.find({ projectId, ...(before === undefined ? {} : { number: lessThan(before) }) })
        .sort({ number: -1 })
        .limit(limit)
        .lean(),
  };
}

/** The repository over the database's models; calls inside a transaction take part in it. */
export function createRepository(models: Database['models']): ProjectRepository {
  return { ...projectRows(models), ...revisionRows(models) };
}
