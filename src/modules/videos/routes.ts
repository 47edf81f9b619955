/** `/videos`: the collection. Uploads and files are in the routes beside this one. */
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { NotModified, okOrNotModified, okWithTag } from '../../platform/http/entity-tag.ts';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { dataOf, listOf, page, problemResponses } from '../../platform/http/responses.ts';
import { type FileRoutesDeps, fileRoutes } from './file-routes.ts';
import { ChangeVideoSchema, VideoListQuery, VideoParams, VideoViewSchema } from './schema.ts';
import type { VideoService } from './service.ts';
import { uploadRoutes } from './upload-routes.ts';
import type { UploadLimits } from './upload-request.ts';

export type VideoRoutesDeps = FileRoutesDeps & UploadLimits;

const detail = (operationId: string, summary: string, description: string) => ({
  tags: ['videos'],
  operationId,
  summary,
  description,
});

function collection(http: HttpBase, videos: VideoService) {
  return new Elysia()
    .use(http)
    .get(
      '',
      async ({ query, principal }) => {
        const { items, pagination } = await videos.list(principal.userId, query);
        return page(items, pagination);
      },
      {
        policy: 'user',
        query: VideoListQuery,
        response: { 200: listOf(VideoViewSchema) },
        detail: detail('listVideos', 'List videos', 'Newest first.'),
      },
    )
    .get(
      '/:id',
      async ({ params, principal, request, set }) =>
        okOrNotModified({ request, set }, await videos.get(principal.userId, params.id)),
      {
        policy: 'user',
        params: VideoParams,
        response: { 200: dataOf(VideoViewSchema), ...NotModified, ...problemResponses('not_found') },
        detail: detail('getVideo', 'Read a video', 'With fresh links to its files.'),
      },
    )
    .patch(
      '/:id',
      async ({ params, body, principal, set }) =>
        okWithTag({ set }, await videos.rename(principal.userId, params.id, body.title)),
      {
        policy: 'user',
        params: VideoParams,
        body: ChangeVideoSchema,
        response: { 200: dataOf(VideoViewSchema), ...problemResponses('not_found') },
        detail: detail('changeVideo', 'Rename a video', 'Only its title can be changed.'),
      },
    )
    .delete(
      '/:id',
      async ({ params, principal, requestId, set }) => {
        await videos.remove(principal.userId, params.id, requestId);
        set.status = 204;
      },
      {
        policy: 'user',
        params: VideoParams,
        response: { 204: Type.Void({ description: 'Removed' }), ...problemResponses('not_found') },
        detail: detail(
          'deleteVideo',
          'Delete a video',
          'Its files go soon after; processing is cancelled. Projects of it stay, without a source. A render under way goes on; one that has not begun fails with `source_missing`.',
        ),
      },
    );
}

/** Everything below `/videos`. Mount under `/api/v1`. */
export function videoRoutes(http: HttpBase, deps: VideoRoutesDeps) {
  const { videos } = deps;
  return new Elysia({ prefix: '/videos' })
    .use(uploadRoutes(http, videos, deps))
    .use(collection(http, videos))
    .use(fileRoutes(http, deps));
}
