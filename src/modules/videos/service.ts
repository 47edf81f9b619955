/** Videos: the footage that users upload, what is known of it, and its files. */
import { AppError } from '../../contracts/errors.ts';
import { newId, type UserId } from '../../contracts/ids.ts';
import type { Audit } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import type { VideoRecord } from '../../platform/db/models/video.ts';
import { byCreation, type Page, readPage } from '../../platform/http/pagination.ts';
import type { UrlSigner } from '../../platform/http/signed-url.ts';
import type { OutgoingFrame, Realtime } from '../../platform/realtime/realtime.ts';
import type { Storage, StoredObject } from '../../platform/storage/storage.ts';
import { type SweepOptions, type SweepReport, sweepOrphans } from '../../platform/storage/sweep-orphans.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { JobService } from '../jobs/service.ts';
import { shownFileName, shownText, titleFromFileName } from './file-name.ts';
import { createVideoLinks, type LinkTo, type VideoFile } from './links.ts';
import { ingestOutcomes } from './outcomes.ts';
import { videoArea } from './orphan-sweep.ts';
import { receiveFile, type ReceivedFile, videoPrefix } from './receive-file.ts';
import { createVideoRepository, type VideoRepository } from './repository.ts';
import type { VideoListQuery, VideoView } from './schema.ts';
import { videoView } from './view.ts';

export type { ReceivedFile } from './receive-file.ts';
export type { VideoView } from './schema.ts';

/** A video whose probe is known. */
export type ReadyVideo = VideoRecord & Required<Pick<VideoRecord, 'probe'>>;

export interface UploadFacts {
  readonly userId: UserId;
  readonly requestId: string;
  /** As the client sent them: any text. */
  readonly fileName?: string | undefined;
  readonly title?: string | undefined;
}

export interface VideoFileFacts {
  readonly key: string;
  readonly stat: StoredObject;
  readonly contentType: string;
  readonly fileName: string;
}

/** Methods that name a video throw AppError `not_found` for one that is not the user's, unless they say otherwise. */
export interface VideoService {
  /**
   * Stores an upload's bytes. Follow with `add`, or with `discard` if it comes to nothing.
   * @param expectedBytes what the sender announced
   * @throws AppError `empty_file`, `not_a_video`, `payload_too_large`, `storage_full`
   */
  receive(body: AsyncIterable<Uint8Array>, expectedBytes?: number): Promise<ReceivedFile>;
  /**
   * Makes a stored file a video, and has a worker look at it: both or neither. `answer` runs in the same transaction. When it fails,
   * the stored file is removed.
   */
  add<T>(file: ReceivedFile, facts: UploadFacts, answer: (video: VideoView) => Promise<T>): Promise<T>;
  /** Removes a stored file that became no video. Never rejects: what it cannot remove, the sweep will. */
  discard(file: ReceivedFile): Promise<void>;
  /** `undefined` when there is none or it is someone else's. */
  find(userId: UserId, videoId: string): Promise<VideoRecord | undefined>;
  /** @throws AppError `video_not_ready` */
  requireReady(userId: UserId, videoId: string): Promise<ReadyVideo>;
  get(userId: UserId, videoId: string): Promise<VideoView>;
  list(userId: UserId, query: VideoListQuery): Promise<Page<VideoView>>;
  rename(userId: UserId, videoId: string, title: string): Promise<VideoView>;
  /**
   * Removes the video; its files follow. Its ingest job is cancelled. Projects stay without a source; a render under way goes on, one
   * that has not begun fails with `source_missing`.
   */
  remove(userId: UserId, videoId: string, requestId: string): Promise<void>;
  /** A stored file of a video. @throws AppError `not_found` also while there is no such file yet */
  file(userId: UserId, videoId: string, file: VideoFile): Promise<VideoFileFacts>;
  /** Removes stored files that belong to no video. Run it once after start, beside everything else. */
  sweepOrphans(options?: SweepOptions): Promise<SweepReport>;
}

export interface VideoServiceDeps {
  readonly db: Database;
  readonly storage: Storage;
  readonly jobs: JobService;
  readonly realtime: Pick<Realtime, 'publish'>;
  readonly audit: Pick<Audit, 'append'>;
  readonly signer: UrlSigner;
  readonly maxUploadBytes: number;
  readonly log: Logger;
}

interface Parts extends VideoServiceDeps {
  readonly videos: VideoRepository;
  readonly linkTo: LinkTo;
  /** Tells the owner's sockets, once the transaction is committed. */
  readonly announce: (video: VideoRecord) => void;
}

const noSuchVideo = (): AppError => new AppError('not_found', 'There is no such video');

function createUploads({ db, storage, jobs, videos, linkTo, announce, maxUploadBytes, log }: Parts) {
  async function addRow(file: ReceivedFile, facts: UploadFacts): Promise<VideoRecord> {
    const { videoId, sourceKey, sizeBytes, contentType, extension } = file;
    const { userId, requestId } = facts;
    const fileName = shownFileName(facts.fileName, `video${extension}`);
    const title = shownText(facts.title ?? '');
    const jobId = newId('job');
    const video = await videos.create({
      _id: videoId,
      userId,
      title: title === '' ? titleFromFileName(fileName) : title,
      fileName,
      contentType,
      sizeBytes,
      status: 'processing',
      sourceKey,
      ingestJobId: jobId,
    });
    await jobs.create({
      kind: 'video.ingest',
      jobId,
      userId,
      subject: { videoId },
      payload: { videoId, sourceKey, derivedPrefix: `${videoPrefix(videoId)}derived/` },
      requestId,
    });
    return video;
  }

  const discard = async (file: ReceivedFile): Promise<void> => {
    try {
      await storage.delete(file.sourceKey);
    } catch (error) {
      log.warn({ err: error, key: file.sourceKey }, 'an upload that came to nothing could not be removed');
    }
  };

  return {
    receive: async (body: AsyncIterable<Uint8Array>, expectedBytes = 0) =>
      receiveFile(storage, body, { maxBytes: maxUploadBytes, expectedBytes }),
    discard,
    add: async <T>(file: ReceivedFile, facts: UploadFacts, answer: (video: VideoView) => Promise<T>) => {
      try {
        return await db.transaction(async () => {
          const video = await addRow(file, facts);
          const answered = await answer(videoView(video, linkTo));
          announce(video);
          return answered;
        });
      } catch (error) {
        // A commit may be reported as failed and yet have happened: only a file without a row may go.
        const isAdded = await videos.find(facts.userId, file.videoId).then(
          (video) => video !== undefined,
          () => true,
        );
        if (!isAdded) await discard(file);
        throw error;
      }
    },
  };
}

function createReads({ storage, videos, linkTo }: Parts) {
  const mustFind = async (userId: UserId, videoId: string): Promise<VideoRecord> => {
    const video = await videos.find(userId, videoId);
    if (video === undefined) throw noSuchVideo();
    return video;
  };
  return {
    find: async (userId: UserId, videoId: string) => videos.find(userId, videoId),
    requireReady: async (userId: UserId, videoId: string): Promise<ReadyVideo> => {
      const video = await mustFind(userId, videoId);
      const { status, probe, failure } = video;
      if (status === 'ready' && probe !== undefined) return { ...video, probe };
      throw new AppError(
        'video_not_ready',
        status === 'failed'
          ? `The video cannot be used: ${failure?.message ?? 'it failed'}`
          : 'The video is still being processed',
      );
    },
    get: async (userId: UserId, videoId: string) => videoView(await mustFind(userId, videoId), linkTo),
    list: async (userId: UserId, { status, ...query }: VideoListQuery) => {
      const { items, pagination } = await readPage(query, {
        rows: async (range) => videos.list(userId, { ...range, ...(status === undefined ? {} : { status }) }),
        count: async () => videos.count(userId, status),
        place: byCreation,
      });
      return { items: items.map((video) => videoView(video, linkTo)), pagination };
    },
    file: async (userId: UserId, videoId: string, file: VideoFile): Promise<VideoFileFacts> => {
      const video = await mustFind(userId, videoId);
      const key = { content: video.sourceKey, thumbnail: video.thumbnailKey, poster: video.posterKey }[file];
      const stat = key === undefined ? undefined : await storage.stat(key);
      if (key === undefined || stat === undefined)
        throw new AppError(
          'not_found',
          `The video has no ${file}${video.status === 'processing' ? ' yet' : ''}`,
        );
      const isSource = file === 'content';
      return {
        key,
        stat,
        contentType: isSource ? video.contentType : 'image/jpeg',
        fileName: isSource ? video.fileName : `${file}.jpg`,
      };
    },
  };
}

function createWrites({ db, jobs, audit, videos, linkTo, announce }: Parts) {
  return {
    rename: async (userId: UserId, videoId: string, title: string) =>
      db.transaction(async () => {
        const shown = shownText(title);
        if (shown === '')
          throw new AppError('validation_failed', 'The title has no visible character', {
            issues: [{ path: '/title', message: 'Expected visible text' }],
          });
        const video = await videos.rename(userId, videoId, shown);
        if (video === undefined) throw noSuchVideo();
        announce(video);
        return videoView(video, linkTo);
      }),
    remove: async (userId: UserId, videoId: string, requestId: string): Promise<void> =>
      db.transaction(async () => {
        const video = await videos.remove(userId, videoId);
        if (video === undefined) throw noSuchVideo();
        if (video.status === 'processing') await jobs.cancelOpen(userId, video.ingestJobId, requestId);
        await jobs.create({
          kind: 'cleanup.objects',
          userId,
          subject: { videoId: video._id },
          payload: { keys: [], prefixes: [videoPrefix(video._id)] },
          requestId,
        });
        await audit.append({ actor: userId, action: 'video.deleted', subject: video._id, requestId });
      }),
  };
}

/** Registers what the end of an ingest job does. Nothing else runs before it is called. */
export function createVideoService(deps: VideoServiceDeps): VideoService {
  const { db, storage, jobs, realtime, log } = deps;
  const videos = createVideoRepository(db.models);
  const linkTo = createVideoLinks(deps.signer);
  const updatedFrame = (video: VideoRecord): OutgoingFrame => ({
    userId: video.userId,
    type: 'video.updated',
    data: { video: videoView(video, linkTo) },
  });
  const announce = (video: VideoRecord): void => {
    db.afterCommit(() => void realtime.publish(updatedFrame(video)));
  };
  jobs.onOutcome('video.ingest', ingestOutcomes(videos, updatedFrame));
  const parts: Parts = { ...deps, videos, linkTo, announce };
  return {
    ...createUploads(parts),
    ...createReads(parts),
    ...createWrites(parts),
    sweepOrphans: async (options) => sweepOrphans({ storage, log }, videoArea(videos), options),
  };
}
