/** Projects and revisions as clients see them. Pure. */
import type { Operation } from '../../contracts/edit-plan.ts';
import type { Probe } from '../../contracts/media.ts';
import { describeOperations, parseOperations } from '../../editing/plan.ts';
import type { ProjectRecord, RevisionRecord } from '../../platform/db/models/project.ts';
import { canRedo, canUndo } from './history.ts';
import type { ProjectView, RevisionView } from './schema.ts';

/** What a project shows: its row, its head revision's operations, and the probe of its video once that is ready. */
export interface ProjectState {
  readonly project: ProjectRecord;
  readonly operations: readonly Operation[];
  readonly probe: Probe | undefined;
}

/** The length and frame after the operations; `undefined` without a probe, or when they do not fit it. */
function timelineOf(operations: readonly Operation[], probe: Probe | undefined): ProjectView['timeline'] {
  if (probe === undefined) return undefined;
  const parsed = parseOperations([...operations], probe);
  if (!parsed.ok) return undefined;
  const { durationSeconds, width, height, fps, hasAudio } = parsed.timeline;
  return { durationSeconds, width, height, fps, hasAudio };
}

/** A project as clients see it. */
export function projectView({ project, operations, probe }: ProjectState): ProjectView {
  const timeline = timelineOf(operations, probe);
  return {
    id: project._id,
    name: project.name,
    ...(project.videoId === undefined ? {} : { videoId: project.videoId }),
    status: project.status,
    revision: project.head,
    operations: [...operations],
    ...(timeline === undefined ? {} : { timeline }),
    canUndo: canUndo(project),
    canRedo: canRedo(project),
    createdAt: project.createdAt.toISOString(),
    updatedAt: project.updatedAt.toISOString(),
  };
}

/** A revision as clients see it. */
export function revisionView(revision: RevisionRecord, head: number): RevisionView {
  return {
    number: revision.number,
    ...(revision.parent === undefined ? {} : { parent: revision.parent }),
    operations: [...revision.operations],
    summary: describeOperations(revision.operations),
    cause: revision.cause,
    ...(revision.messageId === undefined ? {} : { messageId: revision.messageId }),
    isHead: revision.number === head,
    createdAt: revision.createdAt.toISOString(),
  };
}
