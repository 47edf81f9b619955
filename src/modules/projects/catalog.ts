/** A user's projects as a collection: create, read, list, change, remove; and their revisions to read. */
import type { UserId } from '../../contracts/ids.ts';
import { isId } from '../../contracts/ids.ts';
import { AppError } from '../../contracts/errors.ts';
import type { Audit } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import type { ProjectRecord } from '../../platform/db/models/project.ts';
import { byChange, byCreation, type ListQuery, type Page, readPage } from '../../platform/http/pagination.ts';
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
    list: async (userId: UserId, { status, ...query }: ProjectListRequest): Promise<Page<ProjectView>> => {
      const { items, pagination } = await readPage(query, {
        rows: async (range) =>
          projects.list(userId, { ...range, ...(status === undefined ? {} : { status }) }),
        count: async () => projects.count(userId, status),
        place: byChange,
      });
      return { items: (await reader.statesOf(items)).map(projectView), pagination };
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
    revisions: async (userId: UserId, projectId: string, query: ListQuery): Promise<Page<RevisionView>> => {
      const project = await reader.mustFind(userId, projectId);
      const count = project.lastRevision + 1;
      const { items, pagination } = await readPage(query, {
        rows: async ({ limit, cursor, skip = 0 }) =>
          projects.revisions(project._id, {
            limit,
            // Numbers have no gaps, so a page's first number is known.
            before: cursor === undefined ? count - skip : await projects.placeOf(project._id, cursor),
          }),
        count: () => count,
        place: byCreation,
      });
      return { items: items.map((row) => revisionView(row, project.head)), pagination };
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
