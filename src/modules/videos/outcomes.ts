/** What the end of a `video.ingest` job does to its video. Runs inside the transaction that moves the job. */
import type { JobRecord } from '../../platform/db/models/job.ts';
import type { VideoRecord } from '../../platform/db/models/video.ts';
import type { OutgoingFrame } from '../../platform/realtime/realtime.ts';
import type { JobOutcomes } from '../jobs/service.ts';
import type { IngestOutcome, VideoRepository } from './repository.ts';

type IngestJob = JobRecord<'video.ingest'>;

/** A video that was deleted meanwhile, or that another job settled, is left alone. */
export function ingestOutcomes(
  videos: VideoRepository,
  updatedFrame: (video: VideoRecord) => OutgoingFrame,
): JobOutcomes<'video.ingest'> {
  const settle = async (job: IngestJob, outcome: IngestOutcome): Promise<readonly OutgoingFrame[]> => {
    const place = { userId: job.userId, videoId: job.payload.videoId, jobId: job._id };
    const video = await videos.settle(place, outcome);
    return video === undefined ? [] : [updatedFrame(video)];
  };
  return {
    completed: async (job, { probe, sha256, posterKey, thumbnailKey }) =>
      settle(job, { status: 'ready', probe, sha256, posterKey, thumbnailKey }),
    failed: async (job, { code, message }) => settle(job, { status: 'failed', failure: { code, message } }),
    cancelled: async (job) =>
      settle(job, {
        status: 'failed',
        failure: { code: 'probe_failed', message: 'Processing was cancelled before the file was looked at' },
      }),
  };
}
