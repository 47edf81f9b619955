/** Projects: a name, a video, and the history of an edit plan over it. */
import type { Operation, OutputSettings } from '../../contracts/edit-plan.ts';
import type { MessageId, UserId } from '../../contracts/ids.ts';
import type { ChatContext } from '../../contracts/jobs.ts';
import type { Audit } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import type { RevisionCause } from '../../platform/db/models/project.ts';
import type { ListQuery, Page } from '../../platform/http/pagination.ts';
import type { OutgoingFrame, Realtime } from '../../platform/realtime/realtime.ts';
import type { JobView } from '../jobs/service.ts';
import type { RenderService, RenderView } from '../renders/service.ts';
import { createCatalog, type ProjectListRequest } from './catalog.ts';
import { canRedo, canUndo } from './history.ts';
import { createPlanChanges, type EditRequest } from './plan-changes.ts';
import { checkEdit } from './plan-check.ts';
import { createReader } from './reader.ts';
import { createRepository } from './repository.ts';
import type { ChangeProject, CreateProject, ProjectView, RevisionView } from './schema.ts';
import { createSources, type VideoLookup } from './sources.ts';
import { projectView } from './view.ts';

export type { ProjectView } from './schema.ts';
export type { VideoLookup } from './sources.ts';

/** A new state of the plan, as a whole. `cause` is kept with the revision. */
export interface PlanChange {
  readonly userId: UserId;
  readonly projectId: string;
  /** The head the change was made for. */
  readonly baseRevision: number;
  readonly operations: readonly Operation[];
  readonly cause: Exclude<RevisionCause, 'create'>;
  readonly messageId?: MessageId;
}

export interface RenderRequest {
  readonly userId: UserId;
  readonly projectId: string;
  readonly output: Partial<OutputSettings>;
  /** Default: the head. */
  readonly revision?: number;
  readonly requestId: string;
}

/**
 * What other modules may ask of projects. Every method throws AppError `not_found` for a project that is not the user's, and
 * takes part in the caller's transaction if there is one. None publishes frames: see `revisionFrame` and `announce`.
 */
export interface ProjectService {
  /**
   * Appends a revision with the WHOLE new list of operations.
   * @throws AppError `revision_conflict` when the head is no longer `baseRevision`, `video_not_ready`, `invalid_operation`
   */
  applyPlan(change: PlanChange): Promise<ProjectView>;
  /** Moves the head `steps` (default 1) revisions back. All or nothing. @throws AppError `nothing_to_undo` */
  undo(userId: UserId, projectId: string, steps?: number): Promise<ProjectView>;
  /** Moves the head forward again. All or nothing. @throws AppError `nothing_to_redo` */
  redo(userId: UserId, projectId: string, steps?: number): Promise<ProjectView>;
  create(userId: UserId, project: CreateProject): Promise<ProjectView>;
  get(userId: UserId, projectId: string): Promise<ProjectView>;
  /** Newest change first. */
  list(userId: UserId, query: ProjectListRequest): Promise<Page<ProjectView>>;
  /** @throws AppError `conflict` when the edits do not fit the new video, `video_not_ready` when that cannot be told */
  change(userId: UserId, projectId: string, change: ChangeProject): Promise<ProjectView>;
  /** Removes the project with its revisions and renders; running renders are cancelled. */
  remove(userId: UserId, projectId: string, requestId: string): Promise<void>;
  /**
   * Appends operations to the head's, or replaces them.
   * @throws AppError `revision_conflict`, `video_not_ready`, `invalid_operation` pointing into the request's own operations
   */
  edit(request: EditRequest): Promise<ProjectView>;
  /** Newest first. */
  revisions(userId: UserId, projectId: string, query: ListQuery): Promise<Page<RevisionView>>;
  revision(userId: UserId, projectId: string, number: number): Promise<RevisionView>;
  /** Renders of the project, newest first. */
  renders(userId: UserId, projectId: string, query: ListQuery): Promise<Page<RenderView>>;
  /** What a chat turn is planned from; `undefined` when there is no such project or its video is not ready. */
  chatContext(userId: UserId, projectId: string): Promise<ChatContext['project'] | undefined>;
  /** Creates a render and its job. @throws AppError `video_not_ready`, `not_found` for an unknown revision */
  startRender(request: RenderRequest): Promise<JobView>;
  /** Tells the owner's sockets that the plan moved (`project.revision`), once the caller's transaction has committed. */
  announce(userId: UserId, project: ProjectView): void;
}

/** The frame that tells the owner's sockets that the plan moved; for callers that publish their frames themselves. */
export function revisionFrame(userId: UserId, project: ProjectView): OutgoingFrame {
  const { id, revision, operations, timeline, ...rest } = project;
  return {
    userId,
    type: 'project.revision',
    data: {
      projectId: id,
      revision,
      operations,
      canUndo: rest.canUndo,
      canRedo: rest.canRedo,
      ...(timeline === undefined ? {} : { timeline }),
    },
  };
}

export interface ProjectServiceDeps {
  readonly db: Database;
  readonly videos: VideoLookup;
  readonly renders: RenderService;
  readonly realtime: Pick<Realtime, 'publish'>;
  readonly audit: Pick<Audit, 'append'>;
}

type Parts = ReturnType<typeof createParts>;

function createParts({ db, videos, renders, audit }: ProjectServiceDeps) {
  const projects = createRepository(db.models);
  const sources = createSources(videos);
  const reader = createReader(projects, sources);
  return {
    reader,
    sources,
    renders,
    changes: createPlanChanges({ db, projects, sources, reader }),
    catalog: createCatalog({ db, projects, sources, reader, renders, audit }),
  };
}

type ForOthers = Pick<ProjectService, 'chatContext' | 'startRender' | 'renders'>;

/** What chat and rendering need of a project. */
function createRendering({ reader, sources, renders }: Parts, db: Database): ForOthers {
  /** In the transaction that writes the render, so that no project can be deleted in between. */
  const start = async (request: RenderRequest): Promise<JobView> => {
    const { userId, projectId, output, revision, requestId } = request;
    const project = await reader.mustFind(userId, projectId);
    const number = revision ?? project.head;
    const { operations } = await reader.mustFindRevision(project, number);
    const source = await sources.ready(project);
    checkEdit({ kept: operations, added: [] }, source.probe);
    const { _id } = project;
    return renders.start({ userId, projectId: _id, revision: number, operations, source, output, requestId });
  };

  return {
    chatContext: async (userId, projectId) => {
      const state = await reader.findState(userId, projectId);
      if (state?.probe === undefined) return undefined;
      const { project, operations, probe } = state;
      return {
        projectId: project._id,
        name: project.name,
        revision: project.head,
        operations,
        sourceProbe: probe,
        canUndo: canUndo(project),
        canRedo: canRedo(project),
      };
    },
    startRender: async (request) => db.transaction(async () => start(request)),
    renders: async (userId, projectId, query) => {
      const project = await reader.mustFind(userId, projectId);
      return renders.list(userId, project._id, query);
    },
  };
}

/** The service over the database and the modules it stands on. */
export function createProjectService(deps: ProjectServiceDeps): ProjectService {
  const parts = createParts(deps);
  const { changes, catalog } = parts;
  return {
    ...catalog,
    ...createRendering(parts, deps.db),
    applyPlan: async ({ operations, ...change }) =>
      projectView(
        await changes.append({
          ...change,
          build: (_current, source) => checkEdit({ kept: [], added: operations }, source),
        }),
      ),
    edit: async (request) => projectView(await changes.edit(request)),
    undo: async (userId, projectId, steps = 1) => projectView(await changes.undo(userId, projectId, steps)),
    redo: async (userId, projectId, steps = 1) => projectView(await changes.redo(userId, projectId, steps)),
    announce: (userId, project) =>
      deps.db.afterCommit(() => void deps.realtime.publish(revisionFrame(userId, project))),
  };
}
