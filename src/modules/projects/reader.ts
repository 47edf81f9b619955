/** Projects read together with what they show. */
import { AppError } from '../../contracts/errors.ts';
import type { UserId } from '../../contracts/ids.ts';
import type { ProjectRecord, RevisionRecord } from '../../platform/db/models/project.ts';
import type { ProjectRepository } from './repository.ts';
import type { Sources } from './sources.ts';
import type { ProjectState } from './view.ts';

export interface ProjectReader {
  /** @throws AppError `not_found` */
  mustFind(userId: UserId, projectId: string): Promise<ProjectRecord>;
  /** @throws AppError `not_found` when the project has no such revision */
  mustFindRevision(project: ProjectRecord, number: number): Promise<RevisionRecord>;
  /** `undefined` when the user has no such project */
  findState(userId: UserId, projectId: string): Promise<ProjectState | undefined>;
  /** What a project shows. @throws AppError `not_found` when it was removed meanwhile */
  stateOf(project: ProjectRecord): Promise<ProjectState>;
  /** What each of the projects shows, in their order, without those that were removed meanwhile. */
  statesOf(projects: readonly ProjectRecord[]): Promise<ProjectState[]>;
}

const gone = (): AppError => new AppError('not_found', 'There is no such project');

/** The reader over the repository and the videos. */
export function createReader(projects: ProjectRepository, sources: Sources): ProjectReader {
  const statesOf = async (rows: readonly ProjectRecord[]): Promise<ProjectState[]> => {
    const heads = await projects.heads(rows);
    const states = rows.map(async (project) => {
      const head = heads.get(project._id);
      if (head === undefined) return [];
      return [{ project, operations: head.operations, probe: await sources.probeOf(project) }];
    });
    return (await Promise.all(states)).flat();
  };
  const stateOf = async (project: ProjectRecord): Promise<ProjectState> => {
    const [state] = await statesOf([project]);
    if (state === undefined) throw gone();
    return state;
  };
  return {
    statesOf,
    stateOf,
    mustFind: async (userId, projectId) => {
      const project = await projects.find(userId, projectId);
      if (project === undefined) throw gone();
      return project;
    },
    mustFindRevision: async (project, number) => {
      const revision = await projects.revision(project._id, number);
      if (revision === undefined) throw new AppError('not_found', `The project has no revision ${number}`);
      return revision;
    },
    findState: async (userId, projectId) => {
      const project = await projects.find(userId, projectId);
      return project === undefined ? undefined : stateOf(project);
    },
  };
}
