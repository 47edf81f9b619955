/** Rows of videos. Every query but the orphan sweep's names the owner. */
import { isId, type JobId, type UserId, type VideoId } from '../../contracts/ids.ts';
import type { Database } from '../../platform/db/database.ts';
import type { VideoRecord, VideoStatus } from '../../platform/db/models/video.ts';
import { anyOf } from '../../platform/db/operators.ts';
import { afterCursor, type ListRange } from '../../platform/http/pagination.ts';

export type NewVideo = Omit<VideoRecord, 'createdAt' | 'updatedAt'>;

/** What the end of its ingest job makes of a video. */
export type IngestOutcome = Pick<VideoRecord, 'status'> &
  Partial<Pick<VideoRecord, 'probe' | 'sha256' | 'posterKey' | 'thumbnailKey' | 'failure'>>;

export interface VideoListRequest extends ListRange {
  readonly status?: VideoStatus;
}

export interface VideoRepository {
  create(video: NewVideo): Promise<VideoRecord>;
  /** `undefined` when there is none or it is someone else's. */
  find(userId: UserId, videoId: string): Promise<VideoRecord | undefined>;
  /** Newest first. */
  list(userId: UserId, request: VideoListRequest): Promise<VideoRecord[]>;
  count(userId: UserId, status: VideoStatus | undefined): Promise<number>;
  rename(userId: UserId, videoId: string, title: string): Promise<VideoRecord | undefined>;
  /** Only while the job is still the video's own and the video waits for it. */
  settle(
    place: { readonly userId: UserId; readonly videoId: VideoId; readonly jobId: JobId },
    outcome: IngestOutcome,
  ): Promise<VideoRecord | undefined>;
  /** The row that was removed. */
  remove(userId: UserId, videoId: string): Promise<VideoRecord | undefined>;
  /** Which of the ids have a row, whoever's. */
  existing(videoIds: readonly VideoId[]): Promise<Set<string>>;
}

const byStatus = (status: VideoStatus | undefined) => (status === undefined ? {} : { status });

/** The repository over the database's models; calls inside a transaction take part in it. */
export function createVideoRepository({ Video }: Pick<Database['models'], 'Video'>): VideoRepository {
  return {
    create: async (video) => (await Video.create(video)).toObject(),
    find: async (userId, videoId) => {
      if (!isId('video', videoId)) return undefined;
      return (await Video.findOne({ _id: videoId, userId }).lean()) ?? undefined;
    },
    list: async (userId, { status, limit, skip, cursor }) => {
      const filter: Record<string, unknown> = {
        userId,
        ...byStatus(status),
        ...(cursor === undefined ? {} : afterCursor('createdAt', cursor)),
      };
      return Video.find(filter)
        .sort({ createdAt: -1, _id: -1 })
        .skip(skip ?? 0)
        .limit(limit)
        .lean();
    },
    count: async (userId, status) => Video.countDocuments({ userId, ...byStatus(status) }),
    rename: async (userId, videoId, title) => {
      if (!isId('video', videoId)) return undefined;
      const renamed = await Video.findOneAndUpdate(
        { _id: videoId, userId },
        { $set: { title } },
        { returnDocument: 'after' },
      ).lean();
      return renamed ?? undefined;
    },
    settle: async ({ userId, videoId, jobId }, outcome) => {
      const settled = await Video.findOneAndUpdate(
        { _id: videoId, userId, ingestJobId: jobId, status: 'processing' },
        { $set: outcome },
        { returnDocument: 'after' },
      ).lean();
      return settled ?? undefined;
    },
    remove: async (userId, videoId) => {
      if (!isId('video', videoId)) return undefined;
      return (await Video.findOneAndDelete({ _id: videoId, userId }).lean()) ?? undefined;
    },
    existing: async (videoIds) => {
      const rows = await Video.find({ _id: anyOf(videoIds) }, { _id: 1 }).lean();
      return new Set(rows.map((row) => row._id));
    },
  };
}
