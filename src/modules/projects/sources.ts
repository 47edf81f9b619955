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
  ready(project: Project): Promise<ReadySource>;
  /** The probe of the project's video once that is ready. */
  probeOf(project: Project): Promise<Probe | undefined>;
}

type Project = Pick<ProjectRecord, 'userId' | 'videoId'>;

/** Why there is nothing to edit, and what would help. */
function whyNotReady(project: Project, video: VideoRecord | undefined): string {
  if (project.videoId === undefined) return 'The project has no video; give it one first';
  if (video === undefined) return "The project's video was deleted; give it another";
  return video.status === 'failed'
    ? `The video cannot be edited: ${video.failure?.message ?? 'it failed'}`
    : 'The video is still being processed';
}

/** Sources of projects over the videos module. */
export function createSources(videos: VideoLookup): Sources {
  const videoOf = async ({ userId, videoId }: Project) =>
    videoId === undefined ? undefined : videos.find(userId, videoId);
  return {
    mustExist: async (userId, videoId) => {
      if ((await videos.find(userId, videoId)) === undefined)
        throw new AppError('not_found', 'There is no such video');
    },
    ready: async (project) => {
      const video = await videoOf(project);
      if (video?.status !== 'ready' || video.probe === undefined)
        throw new AppError('video_not_ready', whyNotReady(project, video));
      return { sourceKey: video.sourceKey, probe: video.probe };
    },
    probeOf: async (project) => {
      const video = await videoOf(project);
      return video?.status === 'ready' ? video.probe : undefined;
    },
  };
}
