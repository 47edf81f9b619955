/** Does to the project what a checked outcome says. Runs inside the transaction that ends the job. */
import { AppError } from '../../contracts/errors.ts';
import type { MessageId, UserId } from '../../contracts/ids.ts';
import type { ChatContext, ChatOutcome } from '../../contracts/jobs.ts';
import type { ProjectService, ProjectView } from '../projects/service.ts';
import { addedOperations, checkOperations, needsProject } from './outcome-check.ts';
import type { ReplyChange } from './repository.ts';

type Project = NonNullable<ChatContext['project']>;

export interface Turn {
  readonly userId: UserId;
  readonly replyId: MessageId;
  readonly requestId: string;
  /** What the outcome was planned from. */
  readonly planned: Project | undefined;
}

export type CarriedOut =
  /** `project`: the project after a change of its plan. */
  | { readonly type: 'done'; readonly change: ReplyChange; readonly project?: ProjectView }
  /** The project is no longer what the outcome was planned from. Nothing was done. */
  | { readonly type: 'moved' };

export interface CarryOutDeps {
  readonly projects: Pick<ProjectService, 'applyPlan' | 'undo' | 'redo' | 'chatContext' | 'startRender'>;
}

/** What the user could have expected to be refused; the reply says so in words instead of failing. */
const SAYABLE = new Set(['nothing_to_undo', 'nothing_to_redo', 'video_not_ready', 'not_found']);

const instead = (reason: string): CarriedOut => ({
  type: 'done',
  change: { content: `${reason.replace(/\.$/, '')}. Nothing was changed.`, action: 'answer' },
});

const changed = (project: ProjectView, more: ReplyChange = {}): CarriedOut => ({
  type: 'done',
  project,
  change: { revision: project.revision, ...more },
});

/**
 * Carries the outcome out on the project as it was planned from.
 * @throws AppError `planner_failed` when its operations do not fit the video
 */
export function createCarryOut({ projects }: CarryOutDeps) {
  async function onProject(outcome: ChatOutcome, turn: Turn, project: Project): Promise<CarriedOut> {
    const { userId, replyId, requestId } = turn;
    const { projectId, revision, sourceProbe } = project;
    const plan = { userId, projectId, baseRevision: revision, messageId: replyId } as const;
    switch (outcome.action) {
      case 'edit': {
        const operations = checkOperations(outcome.operations, sourceProbe);
        const added = addedOperations(project.operations, operations);
        const edited = await projects.applyPlan({ ...plan, operations, cause: 'chat' });
        return changed(edited, { operations: added });
      }
      case 'reset':
        return changed(await projects.applyPlan({ ...plan, operations: [], cause: 'reset' }));
      case 'undo':
        return changed(await projects.undo(userId, projectId, outcome.steps));
      case 'redo':
        return changed(await projects.redo(userId, projectId, outcome.steps));
      case 'render': {
        const job = await projects.startRender({
          userId,
          projectId,
          output: outcome.output ?? {},
          revision,
          requestId,
        });
        return { type: 'done', change: { renderJobId: job.id as NonNullable<ReplyChange['renderJobId']> } };
      }
      case 'question':
      case 'answer':
        break;
    }
    return { type: 'done', change: {} };
  }

  return async (outcome: ChatOutcome, turn: Turn): Promise<CarriedOut> => {
    const { planned, userId } = turn;
    if (planned === undefined || !needsProject(outcome.action)) return { type: 'done', change: {} };
    const project = await projects.chatContext(userId, planned.projectId);
    if (project === undefined) return instead('The project or its video is no longer there');
    if (project.revision !== planned.revision) return { type: 'moved' };
    try {
      return await onProject(outcome, turn, project);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'revision_conflict') return { type: 'moved' };
      if (SAYABLE.has(error.code)) return instead(error.message);
      throw error;
    }
  };
}
