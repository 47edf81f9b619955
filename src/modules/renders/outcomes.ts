/** What the end of a `video.render` job does to its render. Runs inside the transaction that moves the job. */
import type { JobRecord } from '../../platform/db/models/job.ts';
import type { JobOutcomes, JobService } from '../jobs/service.ts';
import type { RenderRepository } from './repository.ts';

export interface RenderOutcomesDeps {
  readonly renders: RenderRepository;
  readonly jobs: Pick<JobService, 'create'>;
}

type RenderJob = JobRecord<'video.render'>;

/**
 * A finished job gives its render the file, unless the render is gone or belongs to another job. Whatever no render points at is
 * cleaned away, so that a failed, cancelled or late job leaves nothing in storage.
 */
export function renderOutcomes({ renders, jobs }: RenderOutcomesDeps): JobOutcomes<'video.render'> {
  const cleanUp = async (job: RenderJob): Promise<void> => {
    const { renderId, projectId, outputPrefix } = job.payload;
    await jobs.create({
      kind: 'cleanup.objects',
      userId: job.userId,
      subject: { projectId, renderId },
      payload: { keys: [], prefixes: [outputPrefix] },
      requestId: job.requestId,
    });
  };
  /** A job that no worker ever held can have stored nothing. */
  const cleanUpAfterWorker = async (job: RenderJob): Promise<void> => {
    if (job.startedAt !== undefined) await cleanUp(job);
  };
  return {
    completed: async (job, result) => {
      const { renderId } = job.payload;
      const isFinished = await renders.finish({ _id: renderId, userId: job.userId, jobId: job._id }, result);
      if (!isFinished && (await renders.find(job.userId, renderId))?.outputKey !== result.outputKey)
        await cleanUp(job);
      return [];
    },
    failed: async (job) => {
      await cleanUpAfterWorker(job);
      return [];
    },
    cancelled: async (job) => {
      await cleanUpAfterWorker(job);
      return [];
    },
  };
}
