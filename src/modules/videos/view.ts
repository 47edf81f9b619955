/** Videos as clients see them. Pure. */
import type { VideoRecord } from '../../platform/db/models/video.ts';
import type { LinkTo } from './links.ts';
import type { VideoView } from './schema.ts';

/** The facts that most clients want, beside the whole probe. */
function probeFields({ probe }: VideoRecord): Partial<VideoView> {
  if (probe === undefined) return {};
  const { durationSeconds, width, height, fps, rotationDegrees, hasAudio, videoCodec, audioCodec } = probe;
  return {
    durationSeconds,
    width,
    height,
    fps,
    rotationDegrees,
    hasAudio,
    videoCodec,
    ...(audioCodec === undefined ? {} : { audioCodec }),
    probe,
  };
}

/** A video with fresh links to its files. */
export function videoView(video: VideoRecord, linkTo: LinkTo): VideoView {
  const { _id: id, userId, title, fileName, contentType, sizeBytes, status, failure, sha256 } = video;
  return {
    id,
    title,
    fileName,
    contentType,
    sizeBytes,
    status,
    ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
    ...probeFields(video),
    ...(sha256 === undefined ? {} : { sha256 }),
    contentUrl: linkTo(userId, id, 'content'),
    ...(video.thumbnailKey === undefined ? {} : { thumbnailUrl: linkTo(userId, id, 'thumbnail') }),
    ...(video.posterKey === undefined ? {} : { posterUrl: linkTo(userId, id, 'poster') }),
    jobId: video.ingestJobId,
    createdAt: video.createdAt.toISOString(),
    updatedAt: video.updatedAt.toISOString(),
  };
}
