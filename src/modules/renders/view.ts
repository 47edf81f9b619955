/** Renders as clients see them. Pure. */
import type { JobResults } from '../../contracts/jobs.ts';
import type { RenderRecord } from '../../platform/db/models/render.ts';
import type { JobView } from '../jobs/service.ts';
import type { RenderFile, RenderView } from './schema.ts';

type FileFacts = JobResults['video.render'];

/** A render whose file is there. */
export type FinishedRender = RenderRecord & FileFacts;

/** True when the render's file is there; all its facts are written together. */
export function isFinished(render: RenderRecord): render is FinishedRender {
  return render.outputKey !== undefined;
}

/** The facts of a finished file, with a link to it. */
export function renderFile(facts: FileFacts, downloadUrl: string): RenderFile {
  const { contentType, sizeBytes, sha256, renderSeconds, probe } = facts;
  const { durationSeconds, width, height, fps, hasAudio } = probe;
  return {
    downloadUrl,
    contentType,
    sizeBytes,
    sha256,
    durationSeconds,
    width,
    height,
    fps,
    hasAudio,
    renderSeconds,
  };
}

/** A render as clients see it: its row, and how far its job is. */
export function renderView(render: RenderRecord, job: JobView, downloadUrl: string): RenderView {
  return {
    id: render._id,
    projectId: render.projectId,
    revision: render.revision,
    jobId: render.jobId,
    output: render.output,
    status: job.state,
    progress: job.progress,
    stage: job.stage,
    ...(job.etaSeconds === undefined ? {} : { etaSeconds: job.etaSeconds }),
    ...(job.error === undefined ? {} : { error: job.error }),
    ...(isFinished(render) ? { file: renderFile(render, downloadUrl) } : {}),
    createdAt: render.createdAt.toISOString(),
    updatedAt: render.updatedAt.toISOString(),
  };
}
