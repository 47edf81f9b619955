/** Links to a video's files: signed when a video is shown, verified when they are used. */
import type { UserId } from '../../contracts/ids.ts';
import type { UrlSigner } from '../../platform/http/signed-url.ts';

export type VideoFile = 'content' | 'thumbnail' | 'poster';

/** The path a file of a video has for clients. */
export const videoFilePath = (videoId: string, file: VideoFile): string =>
  `/api/v1/videos/${videoId}/${file}`;

/** Path and query of a link that needs no token. */
export type LinkTo = (userId: UserId, videoId: string, file: VideoFile) => string;

/** Links signed by the server. */
export function createVideoLinks(signer: UrlSigner): LinkTo {
  return (userId, videoId, file) => signer.signPath(videoFilePath(videoId, file), { userId });
}
