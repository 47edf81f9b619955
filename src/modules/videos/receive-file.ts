/** From arriving bytes to a durable object, if they are a video. */
import { AppError } from '../../contracts/errors.ts';
import { newId, type VideoId } from '../../contracts/ids.ts';
import type { Storage } from '../../platform/storage/storage.ts';
import { describeOther, type MediaKind, mediaKind, SNIFFED_BYTES } from './media-kind.ts';

/** A file that is stored, but belongs to no video yet. */
export interface ReceivedFile extends MediaKind {
  readonly videoId: VideoId;
  readonly sourceKey: string;
  readonly sizeBytes: number;
}

/** Where everything of a video is stored. */
export const videoPrefix = (videoId: VideoId): string => `videos/${videoId}/`;

/**
 * Lets the bytes through once the first of them have shown what they are, and tells it.
 * @throws AppError `empty_file`, `not_a_video`
 */
async function* videoOnly(
  body: AsyncIterable<Uint8Array>,
  onKind: (kind: MediaKind) => void,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  let isKnown = false;
  const check = (): Uint8Array => {
    if (head.byteLength === 0) throw new AppError('empty_file', 'The file is empty: it has 0 bytes');
    const kind = mediaKind(head);
    if (kind === undefined) throw new AppError('not_a_video', describeOther(head.subarray(0, SNIFFED_BYTES)));
    onKind(kind);
    isKnown = true;
    return head;
  };
  for await (const chunk of body) {
    if (isKnown) {
      yield chunk;
      continue;
    }
    // A copy: the sender's piece is gone when the next one is asked for.
    head = Buffer.concat([head, chunk]);
    if (head.byteLength >= SNIFFED_BYTES) yield check();
  }
  if (!isKnown) yield check();
}

/**
 * Stores an upload under a new video's id. Nothing stays when it fails.
 * @param expectedBytes what the sender announced, so that a full disk is told before the first byte
 * @throws AppError `empty_file`, `not_a_video`, `payload_too_large`, `storage_full`, and what the body throws
 */
export async function receiveFile(
  storage: Storage,
  body: AsyncIterable<Uint8Array>,
  { maxBytes, expectedBytes = 0 }: { readonly maxBytes: number; readonly expectedBytes?: number },
): Promise<ReceivedFile> {
  if (expectedBytes > (await storage.freeBytes()))
    throw new AppError('storage_full', 'There is not enough space left to store this file');
  const videoId = newId('video');
  const sourceKey = `${videoPrefix(videoId)}source`;
  let found: MediaKind | undefined;
  const { sizeBytes } = await storage.write(
    sourceKey,
    videoOnly(body, (kind) => {
      found = kind;
    }),
    { maxBytes },
  );
  if (found === undefined) throw new Error('An upload was stored without having been looked at');
  return { videoId, sourceKey, sizeBytes, ...found };
}
