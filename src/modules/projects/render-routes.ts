/** `/projects/:id/renders`: asking for a render of the project, and those there are. */
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { ListQuery } from '../../platform/http/pagination.ts';
import { dataOf, listOf, ok, page, problemResponses } from '../../platform/http/responses.ts';
import { JobViewSchema } from '../jobs/service.ts';
import { RenderViewSchema, StartRenderSchema } from '../renders/service.ts';
import { ProjectParams } from './schema.ts';
import type { ProjectService } from './service.ts';

const OptionalSettings = Type.Optional(StartRenderSchema);
const detail = (summary: string, description: string) => ({ tags: ['renders'], summary, description });

/** Renders of one project. */
export function projectRenderRoutes(http: HttpBase, projects: ProjectService) {
  return new Elysia()
    .use(http)
    .post(
      '/:id/renders',
      async ({ params, body, principal, requestId, once, status }) =>
        once(async () => {
          const { revision, ...output } = body ?? {};
          const job = await projects.startRender({
            userId: principal.userId,
            projectId: params.id,
            output,
            requestId,
            ...(revision === undefined ? {} : { revision }),
          });
          return status(202, ok(job));
        }),
      {
        policy: 'user',
        idempotent: true,
        params: ProjectParams,
        body: OptionalSettings,
        response: {
          202: dataOf(JobViewSchema),
          ...problemResponses('not_found', 'video_not_ready', 'conflict'),
        },
        detail: detail(
          'Render a project',
          'Answers with the job that renders. Without edits the video is converted as it is. The project may be edited on meanwhile: the render is of the revision it was asked for.',
        ),
      },
    )
    .get(
      '/:id/renders',
      async ({ params, query, principal }) => {
        const { items, pagination } = await projects.renders(principal.userId, params.id, query);
        return page(items, pagination);
      },
      {
        policy: 'user',
        params: ProjectParams,
        query: ListQuery,
        response: { 200: listOf(RenderViewSchema), ...problemResponses('not_found') },
        detail: detail("List a project's renders", 'Newest first.'),
      },
    );
}
