/** `/projects`: the collection. History and renders of a project are in the files beside this one. */
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { NotModified, okOrNotModified, okWithTag } from '../../platform/http/entity-tag.ts';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { listQueryWith } from '../../platform/http/pagination.ts';
import { dataOf, listOf, ok, page, problemResponses } from '../../platform/http/responses.ts';
import { historyRoutes } from './history-routes.ts';
import { projectRenderRoutes } from './render-routes.ts';
import {
  ChangeProjectSchema,
  CreateProjectSchema,
  ProjectParams,
  ProjectViewSchema,
  StatusSchema,
} from './schema.ts';
import type { ProjectService } from './service.ts';

const ListProjectsQuery = listQueryWith({ status: Type.Optional(StatusSchema) });
const detail = (summary: string, description?: string) => ({
  tags: ['projects'],
  summary,
  ...(description === undefined ? {} : { description }),
});

function oneProject(http: HttpBase, projects: ProjectService) {
  return new Elysia()
    .use(http)
    .get(
      '/:id',
      async ({ params, principal, request, set }) =>
        okOrNotModified({ request, set }, await projects.get(principal.userId, params.id)),
      {
        policy: 'user',
        params: ProjectParams,
        response: { 200: dataOf(ProjectViewSchema), ...NotModified, ...problemResponses('not_found') },
        detail: detail('Read a project', 'Conditional with `If-None-Match`.'),
      },
    )
    .patch(
      '/:id',
      async ({ params, body, principal, set }) =>
        okWithTag({ set }, await projects.change(principal.userId, params.id, body)),
      {
        policy: 'user',
        params: ProjectParams,
        body: ChangeProjectSchema,
        response: {
          200: dataOf(ProjectViewSchema),
          ...problemResponses('not_found', 'conflict', 'video_not_ready'),
        },
        detail: detail(
          'Change a project',
          'Another video is taken only if the edits there are fit it; otherwise 409 conflict.',
        ),
      },
    )
    .delete(
      '/:id',
      async ({ params, principal, requestId, set }) => {
        await projects.remove(principal.userId, params.id, requestId);
        set.status = 204;
      },
      {
        policy: 'user',
        params: ProjectParams,
        response: { 204: Type.Void({ description: 'Removed' }), ...problemResponses('not_found') },
        detail: detail(
          'Delete a project',
          'With its revisions and renders; running renders are cancelled. The video stays.',
        ),
      },
    );
}

/** Everything below `/projects`. */
export function projectRoutes(http: HttpBase, projects: ProjectService) {
  return new Elysia({ prefix: '/projects' })
    .use(http)
    .post(
      '',
      async ({ body, principal, once, status }) =>
        once(async () => status(201, ok(await projects.create(principal.userId, body)))),
      {
        policy: 'user',
        idempotent: true,
        body: CreateProjectSchema,
        response: { 201: dataOf(ProjectViewSchema), ...problemResponses('not_found') },
        detail: detail('Create a project', 'It begins at revision 0, the untouched video.'),
      },
    )
    .get(
      '',
      async ({ query, principal }) => {
        const { items, pagination } = await projects.list(principal.userId, query);
        return page(items, pagination);
      },
      {
        policy: 'user',
        query: ListProjectsQuery,
        response: { 200: listOf(ProjectViewSchema) },
        detail: detail('List projects', 'The one changed last comes first.'),
      },
    )
    .use(oneProject(http, projects))
    .use(historyRoutes(http, projects))
    .use(projectRenderRoutes(http, projects));
}
