/** A user's projects as a collection: create, read, list, change, remove; and their revisions to read. */
import type { UserId } from '../../contracts/ids.ts';
import { isId } from '../../contracts/ids.ts';
import { AppError } from '../../contracts/errors.ts';
import type { Audit } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import type { ProjectRecord } from '../../platform/db/models/project.ts';
import { cutPage, type ListQuery, readListQuery, withPageNumbers } from '../../platform/http/pagination.ts';
import type { Pagination } from '../../platform/http/responses.ts';
import type { RenderService } from '../renders/service.ts';
import { checkEdit } from './plan-check.ts';
import type { ProjectReader } from './reader.ts';
import type { ProjectChange, ProjectRepository } from './repository.ts';
import { inRounds, ProjectMoved } from './rounds.ts';
import type { ChangeProject, CreateProject, ProjectView, RevisionView } from './schema.ts';
import type { Sources } from './sources.ts';
import { projectView, revisionView } from './view.ts';

export interface CatalogDeps {
  readonly db: Pick<Database, 'transaction'>;
  readonly projects: ProjectRepository;
  readonly sources: Sources;
  readonly reader: ProjectReader;
  readonly renders: Pick<RenderService, 'removeAllOf'>;
  readonly audit: Pick<Audit, 'append'>;
}

/** One page of a list. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly pagination: Pagination;
}

export type ProjectListRequest = ListQuery & { readonly status?: ProjectRecord['status'] };

/** A video the user may give a project. @throws AppError `not_found` */
async function ownVideo({ sources }: CatalogDeps, userId: UserId, videoId: string) {
  await sources.mustExist(userId, videoId);
  if (!isId('video', videoId)) throw new AppError('not_found', 'There is no such video');
  return videoId;
}

/** The row's new values. Edits that there are must fit a new video. */
async function rowChange(
  deps: CatalogDeps,
  project: ProjectRecord,
  { name, videoId, status }: ChangeProject,
): Promise<ProjectChange> {
  const change: ProjectChange = {
    ...(name === undefined ? {} : { name: name.trim() }),
    ...(status === undefined ? {} : { status }),
  };
  if (videoId === undefined || videoId === project.videoId) return change;
  const { userId } = project;
  change.videoId = await ownVideo(deps, userId, videoId);
  const { operations } = await deps.reader.stateOf(project);
  if (operations.length > 0) {
    const { probe } = await deps.sources.ready({ userId, videoId: change.videoId });
    checkEdit({ kept: operations, added: [] }, probe);
  }
  return change;
}

function createReads({ projects, reader }: CatalogDeps) {
  return {
    get: async (userId: UserId, projectId: string): Promise<ProjectView> =>
      projectView(await reader.stateOf(await reader.mustFind(userId, projectId))),
    list: async (userId: UserId, { status, ...query }: ProjectListRequest): Promise<Listed<ProjectView>> => {
      const { limit, cursor, page } = readListQuery(query);
      const rows = await projects.list(userId, {
        limit: limit + 1,
        ...(status === undefined ? {} : { status }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(page === undefined ? {} : { skip: (page - 1) * limit }),
      });
      const cut = cutPage(rows, limit, (row) => ({ at: row.updatedAt.toISOString(), id: row._id }));
      const items = (await reader.statesOf(cut.items)).map(projectView);
      if (page === undefined) return { items, pagination: cut.pagination };
      const total = await projects.count(userId, status);
      return { items, pagination: withPageNumbers(cut.pagination, page, total) };
    },
  };
}

function createWrites(deps: CatalogDeps) {
  const { db, projects, reader, renders, audit } = deps;
  return {
    create: async (userId: UserId, { name, videoId }: CreateProject): Promise<ProjectView> =>
      db.transaction(async () => {
        const project = await projects.create({
          userId,
          name: name.trim(),
          ...(videoId === undefined ? {} : { videoId: await ownVideo(deps, userId, videoId) }),
        });
        await projects.addRevision(project, { number: 0, operations: [], cause: 'create' });
        return projectView(await reader.stateOf(project));
      }),
    change: async (userId: UserId, projectId: string, change: ChangeProject): Promise<ProjectView> =>
      inRounds(db, async () => {
        const project = await reader.mustFind(userId, projectId);
        const written = await projects.change(project, await rowChange(deps, project, change));
        if (written === undefined) throw new ProjectMoved();
        return projectView(await reader.stateOf(written));
      }),
    remove: async (userId: UserId, projectId: string, requestId: string): Promise<void> =>
      db.transaction(async () => {
        const project = await reader.mustFind(userId, projectId);
        await renders.removeAllOf(userId, project._id, requestId);
        await projects.remove(project);
        await audit.append({ actor: userId, action: 'project.deleted', subject: project._id, requestId });
      }),
  };
}

function createHistory({ projects, reader }: CatalogDeps) {
  return {
    revisions: async (userId: UserId, projectId: string, query: ListQuery): Promise<Listed<RevisionView>> => {
      const project = await reader.mustFind(userId, projectId);
      const { limit, cursor, page } = readListQuery(query);
      const from = cursor === undefined ? undefined : await projects.placeOf(project._id, cursor);
      const rows = await projects.revisions(project._id, {
        limit: limit + 1,
        ...(from === undefined ? {} : { before: from }),
        // Numbers have no gaps, so a page's first number is known.
        ...(page === undefined ? {} : { before: project.lastRevision + 1 - (page - 1) * limit }),
      });
      const cut = cutPage(rows, limit, (row) => ({ at: row.createdAt.toISOString(), id: row._id }));
      const items = cut.items.map((row) => revisionView(row, project.head));
      if (page === undefined) return { items, pagination: cut.pagination };
      return { items, pagination: withPageNumbers(cut.pagination, page, project.lastRevision + 1) };
    },
    revision: async (userId: UserId, projectId: string, number: number): Promise<RevisionView> => {
      const project = await reader.mustFind(userId, projectId);
      return revisionView(await reader.mustFindRevision(project, number), project.head);
    },
  };
}

/** The collection's functions. */
export function createCatalog(deps: CatalogDeps) {
  return { ...createReads(deps), ...createWrites(deps), ...createHistory(deps) };
}
