/** Everything that moves a project's plan: appends, undo, redo. Each is one transaction, and one writer wins at a time. */
import type { Operation } from '../../contracts/edit-plan.ts';
import { AppError } from '../../contracts/errors.ts';
import type { MessageId, UserId } from '../../contracts/ids.ts';
import type { Probe } from '../../contracts/media.ts';
import type { Database } from '../../platform/db/database.ts';
import type { ProjectRecord, RevisionCause } from '../../platform/db/models/project.ts';
import { appended, type Place, redone, tooFew, undone } from './history.ts';
import { inRounds, ProjectMoved } from './rounds.ts';
import { checkEdit } from './plan-check.ts';
import type { ProjectReader } from './reader.ts';
import type { ProjectRepository } from './repository.ts';
import type { Edit } from './schema.ts';
import type { Sources } from './sources.ts';
import type { ProjectState } from './view.ts';

export interface PlanChangesDeps {
  readonly db: Pick<Database, 'transaction'>;
  readonly projects: ProjectRepository;
  readonly sources: Sources;
  readonly reader: ProjectReader;
}

interface Append {
  readonly userId: UserId;
  readonly projectId: string;
  readonly baseRevision: number | undefined;
  readonly cause: RevisionCause;
  readonly messageId?: MessageId;
  /** The whole new list from the one there is. @throws AppError `invalid_operation` */
  build(current: readonly Operation[], source: Probe): readonly Operation[];
}

export interface EditRequest extends Edit {
  readonly userId: UserId;
  readonly projectId: string;
}

function checkBase(project: ProjectRecord, baseRevision: number | undefined): void {
  if (baseRevision !== undefined && baseRevision !== project.head)
    throw new AppError(
      'revision_conflict',
      `The project is at revision ${project.head}, not at ${baseRevision}`,
    );
}

async function writePlace(
  projects: ProjectRepository,
  project: ProjectRecord,
  place: Place,
): Promise<ProjectRecord> {
  const written = await projects.change(project, place);
  if (written === undefined) throw new ProjectMoved();
  return written;
}

/** Where `steps` undos lead. @throws AppError `nothing_to_undo` when the history is shorter */
async function undoneBy(projects: ProjectRepository, project: ProjectRecord, steps: number): Promise<Place> {
  let place: Place = project;
  for (let step = 0; step < steps; step++) {
    const revision = await projects.revision(project._id, place.head);
    if (revision?.parent === undefined) throw tooFew('undo', step);
    place = undone(place, revision.parent);
  }
  return place;
}

/** The functions that move a plan. Each resolves with the project as it is after the commit. */
export function createPlanChanges({ db, projects, sources, reader }: PlanChangesDeps) {
  const append = async (change: Append): Promise<ProjectState> =>
    inRounds(db, async () => {
      const project = await reader.mustFind(change.userId, change.projectId);
      checkBase(project, change.baseRevision);
      const { probe } = await sources.ready(project);
      const operations = change.build(
        (await reader.mustFindRevision(project, project.head)).operations,
        probe,
      );
      const written = await writePlace(projects, project, appended(project));
      await projects.addRevision(project, {
        number: written.head,
        parent: project.head,
        operations,
        cause: change.cause,
        ...(change.messageId === undefined ? {} : { messageId: change.messageId }),
      });
      return { project: written, operations, probe };
    });

  const move = async (
    userId: UserId,
    projectId: string,
    target: (project: ProjectRecord) => Promise<Place> | Place,
  ): Promise<ProjectState> =>
    inRounds(db, async () => {
      const project = await reader.mustFind(userId, projectId);
      const { head, redo } = await target(project);
      const written = await writePlace(projects, project, { head, redo, lastRevision: project.lastRevision });
      return reader.stateOf(written);
    });

  return {
    append,
    /** Appends the request's operations to the head's, or puts them in their place. */
    edit: async ({
      userId,
      projectId,
      operations,
      mode,
      baseRevision,
    }: EditRequest): Promise<ProjectState> => {
      const isAppend = mode !== 'replace';
      if (isAppend && operations.length === 0)
        throw new AppError('invalid_operation', 'Name at least one operation', {
          issues: [{ path: '/operations', message: 'must hold at least one operation' }],
        });
      return append({
        userId,
        projectId,
        baseRevision,
        cause: operations.length === 0 ? 'reset' : 'edit',
        build: (current, source) => checkEdit({ kept: isAppend ? current : [], added: operations }, source),
      });
    },
    undo: async (userId: UserId, projectId: string, steps: number): Promise<ProjectState> =>
      move(userId, projectId, async (project) => undoneBy(projects, project, steps)),
    redo: async (userId: UserId, projectId: string, steps: number): Promise<ProjectState> =>
      move(userId, projectId, (project) => redone(project, steps)),
  };
}
