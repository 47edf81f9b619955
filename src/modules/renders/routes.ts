/** `/renders`: what became of a render, and its file. Renders are asked for at their project. */
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { AppError } from '../../contracts/errors.ts';
import type { UserId } from '../../contracts/ids.ts';
import { NotModified, okOrNotModified } from '../../platform/http/entity-tag.ts';
import { fileResponse } from '../../platform/http/file-response.ts';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { LINK_SECURITY, type LinkAccess } from '../../platform/http/link-access.ts';
import { dataOf, problemResponses } from '../../platform/http/responses.ts';
import { type Signature, SignatureQuery } from '../../platform/http/signed-url.ts';
import type { Storage } from '../../platform/storage/storage.ts';
import { downloadPath } from './download-link.ts';
import { RENDER_ID_EXAMPLE, RenderViewSchema } from './schema.ts';
import type { FinishedRender, RenderService } from './service.ts';

export interface RenderRoutesDeps {
  readonly renders: RenderService;
  readonly storage: Storage;
  readonly access: LinkAccess;
  /** The name of the project that was rendered; the file is saved under it. */
  readonly projectName: (userId: UserId, projectId: string) => Promise<string>;
}

const RenderParams = Type.Object(
  {
    id: Type.String({ maxLength: 64, description: 'Id of the render', examples: [RENDER_ID_EXAMPLE] }),
  },
  { additionalProperties: false },
);
const DownloadQuery = Type.Object(SignatureQuery, { additionalProperties: false });
const detail = (summary: string, description: string) => ({ tags: ['renders'], summary, description });

const file = { 'video/*': { schema: { type: 'string' as const, format: 'binary' } } };
const FILE_RESPONSES = {
  200: { description: 'The file', content: file },
  206: { description: 'The part of the file that Range asks for', content: file },
  304: { description: 'The copy you have is still right' },
  ...problemResponses(
    'unauthenticated',
    'token_invalid',
    'token_expired',
    'forbidden',
    'not_found',
    'render_not_ready',
    'range_not_satisfiable',
  ),
};

const EXTENSIONS: Readonly<Record<FinishedRender['output']['format'], string>> = {
  mp4: '.mp4',
  webm: '.webm',
  mov: '.mov',
};

function createDownload({ renders, storage, access, projectName }: RenderRoutesDeps) {
  return async (request: Request, renderId: string, link: Signature): Promise<Response> => {
    const userId = await access.readerOf(request, downloadPath(renderId), link);
    const render = await renders.finished(userId, renderId);
    const stat = await storage.stat(render.outputKey);
    if (stat === undefined) throw new AppError('not_found', 'The file of this render is gone');
    return fileResponse({
      storage,
      key: render.outputKey,
      stat,
      contentType: render.contentType,
      downloadName: `${await projectName(userId, render.projectId)}${EXTENSIONS[render.output.format]}`,
      sha256: render.sha256,
      request,
    });
  };
}

/** Everything below `/renders`. */
export function renderRoutes(http: HttpBase, deps: RenderRoutesDeps) {
  const { renders } = deps;
  const download = createDownload(deps);
  return new Elysia({ prefix: '/renders' })
    .use(http)
    .get(
      '/:id',
      async ({ params, principal, request, set }) =>
        okOrNotModified({ request, set }, await renders.get(principal.userId, params.id)),
      {
        policy: 'user',
        params: RenderParams,
        response: { 200: dataOf(RenderViewSchema), ...NotModified, ...problemResponses('not_found') },
        detail: detail('Read a render', 'Where its job stands, and its file once that is there.'),
      },
    )
    .get('/:id/download', async ({ params, query, request }) => download(request, params.id, query), {
      policy: 'public',
      params: RenderParams,
      query: DownloadQuery,
      detail: {
        ...detail(
          'Download a render',
          'With a token, or by the signed `downloadUrl` of the render. Takes a Range and conditions.',
        ),
        security: LINK_SECURITY,
        responses: FILE_RESPONSES,
      },
    })
    .delete(
      '/:id',
      async ({ params, principal, requestId, set }) => {
        await renders.remove(principal.userId, params.id, requestId);
        set.status = 204;
      },
      {
        policy: 'user',
        params: RenderParams,
        response: { 204: Type.Void({ description: 'Removed' }), ...problemResponses('not_found') },
        detail: detail('Delete a render', 'Its job is cancelled if it runs; its file goes soon after.'),
      },
    );
}
