/** Projects: a name, a video, and the history of an edit plan over it. */
import type { Operation, OutputSettings } from '../../contracts/edit-plan.ts';
import type { MessageId, UserId } from '../../contracts/ids.ts';
import type { ChatContext } from '../../contracts/jobs.ts';
import type { RevisionCause } from '../../platform/db/models/project.ts';
import type { OutgoingFrame } from '../../platform/realtime/realtime.ts';
import type { JobView } from '../jobs/service.ts';
import type { ProjectView } from './schema.ts';

export type { ProjectView } from './schema.ts';

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
  /** What a chat turn is planned from; `undefined` when there is no such project or its video is not ready. */
  chatContext(userId: UserId, projectId: string): Promise<ChatContext['project'] | undefined>;
  /** Creates a render and its job. @throws AppError `video_not_ready`, `not_found` for an unknown revision */
  startRender(request: RenderRequest): Promise<JobView>;
  /** Tells the owner's sockets that the plan moved (`project.revision`). Call it after the commit. */
  announce(userId: UserId, project: ProjectView): Promise<void>;
}

/** The frame that tells the owner's sockets that the plan moved; for callers that publish their frames themselves. */
export function revisionFrame(userId: UserId, project: ProjectView): OutgoingFrame {
  const { id, revision, operations, timeline, canUndo, canRedo } = project;
  return {
    userId,
    type: 'project.revision',
    data: {
      projectId: id,
      revision,
      operations,
      canUndo,
      canRedo,
      ...(timeline === undefined ? {} : { timeline }),
    },
  };
}
