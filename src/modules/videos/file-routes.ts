/** The files of a video: its content, thumbnail and poster. Read with a token, or by the signed links of a video. */
import { Elysia } from 'elysia';
import { fileResponse } from '../../platform/http/file-response.ts';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { LINK_SECURITY, type LinkAccess } from '../../platform/http/link-access.ts';
import { problemResponses } from '../../platform/http/responses.ts';
import type { Signature } from '../../platform/http/signed-url.ts';
import type { Storage } from '../../platform/storage/storage.ts';
import { type VideoFile, videoFilePath } from './links.ts';
import { ContentQuery, FileQuery, VideoParams } from './schema.ts';
import type { VideoService } from './service.ts';

export interface FileRoutesDeps {
  readonly videos: VideoService;
  readonly storage: Storage;
  readonly access: LinkAccess;
}

/** A picture of a video never changes. */
const PICTURE_MAX_AGE_SECONDS = 3_600;

const binary = (type: string) => ({ [type]: { schema: { type: 'string' as const, format: 'binary' } } });
const fileAnswers = (type: string) => ({
  200: { description: 'The file', content: binary(type) },
  206: { description: 'The bytes that Range asks for', content: binary(type) },
  304: { description: 'The copy you have is still good' },
  ...problemResponses(
    'unauthenticated',
    'token_invalid',
    'token_expired',
    'bad_request',
    'forbidden',
    'not_found',
    'range_not_satisfiable',
    'database_unavailable',
  ),
});

function createFileAnswer({ videos, storage, access }: FileRoutesDeps) {
  return async (
    request: Request,
    videoId: string,
    asked: Signature & { readonly file: VideoFile; readonly download?: boolean },
  ): Promise<Response> => {
    const userId = await access.readerOf(request, videoFilePath(videoId, asked.file), asked);
    const { key, stat, contentType, fileName } = await videos.file(userId, videoId, asked.file);
    return fileResponse({
      storage,
      key,
      stat,
      contentType,
      downloadName: fileName,
      disposition: asked.download === true ? 'attachment' : 'inline',
      maxAgeSeconds: asked.file === 'content' ? 0 : PICTURE_MAX_AGE_SECONDS,
      request,
    });
  };
}

/** Files, below `/videos`. */
export function fileRoutes(http: HttpBase, deps: FileRoutesDeps) {
  const answer = createFileAnswer(deps);
  const detail = (file: VideoFile, summary: string, description: string) => ({
    tags: ['videos'],
    summary,
    description: `${description} With a token, or by the link that the video carries.`,
    operationId: `read${file[0]?.toUpperCase() ?? ''}${file.slice(1)}`,
    security: LINK_SECURITY,
    responses: fileAnswers(file === 'content' ? 'video/*' : 'image/jpeg'),
  });

  const picture = (file: 'thumbnail' | 'poster') => {
    const path = `/:id/${file}` as const;
    const options = { policy: 'public', params: VideoParams, query: FileQuery } as const;
    return new Elysia()
      .use(http)
      .get(path, async ({ params, query, request }) => answer(request, params.id, { ...query, file }), {
        ...options,
        detail: detail(file, `Read the ${file} of a video`, 'A JPEG picture.'),
      });
  };

  const options = { policy: 'public', params: VideoParams, query: ContentQuery } as const;
  const content = new Elysia()
    .use(http)
    .get(
      '/:id/content',
      async ({ params, query, request }) => answer(request, params.id, { ...query, file: 'content' }),
      {
        ...options,
        detail: detail(
          'content',
          'Read the file of a video',
          'Takes one Range (a request for several gets the whole file), If-Range, If-None-Match and If-Modified-Since.',
        ),
      },
    );
  return new Elysia().use(content).use(picture('thumbnail')).use(picture('poster'));
}
