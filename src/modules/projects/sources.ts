/** The video under a project: looked up in the videos module, never in its rows. */
import { AppError } from '../../contracts/errors.ts';
import type { UserId } from '../../contracts/ids.ts';
import type { Probe } from '../../contracts/media.ts';
import type { ProjectRecord } from '../../platform/db/models/project.ts';
import type { VideoRecord } from '../../platform/db/models/video.ts';

/** What projects ask of the videos module. */
export interface VideoLookup {
  /** `undefined` when there is none or it is someone else's. */
  find(userId: UserId, videoId: string): Promise<VideoRecord | undefined>;
}

/** A video that can be edited. */
export interface ReadySource {
  readonly sourceKey: string;
  readonly probe: Probe;
}

export interface Sources {
  /** @throws AppError `not_found` unless the video is the user's */
  mustExist(userId: UserId, videoId: string): Promise<void>;
  /** @throws AppError `video_not_ready` when the project has no video that can be edited */
  ready(project: Pick<ProjectRecord, 'userId' | 'videoId'>): Promise<ReadySource>;
  /** The probe of the project's video once that is ready. */
  probeOf(project: Pick<ProjectRecord, 'userId' | 'videoId'>): Promise<Probe | undefined>;
}

/** Why a video that is not ready cannot be edited, and what would help. */
function notReady(video: VideoRecord | undefined): AppError {
  if (video === undefined)
    return new AppError('video_not_ready', 'The project has no video; give it one first');
  return video.status === 'failed'
    ? new AppError('video_not_ready', `The video cannot be edited: ${video.failure?.message ?? 'it failed'}`)
    : new AppError('video_not_ready', 'The video is still being processed');
}

/** Sources of projects over the videos module. */
export function createSources(videos: VideoLookup): Sources {
  const videoOf = async ({ userId, videoId }: Pick<ProjectRecord, 'userId' | 'videoId'>) =>
    videoId === undefined ? undefined : videos.find(userId, videoId);
  return {
    mustExist: async (userId, videoId) => {
      if ((await videos.find(userId, videoId)) === undefined)
        throw new AppError('not_found', 'There is no such video');
    },
    ready: async (project) => {
      const video = await videoOf(project);
      if (video?.status !== 'ready' || video.probe === undefined) throw notReady(video);
      return { sourceKey: video.sourceKey, probe: video.probe };
    },
    probeOf: async (project) => {
      const video = await videoOf(project);
      return video?.status === 'ready' ? video.probe : undefined;
    },
  };
}
