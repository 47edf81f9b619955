/** `/projects/:id`: edits, undo, redo, revisions. */
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { checkIfMatch, okWithTag } from '../../platform/http/entity-tag.ts';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { ListQuery } from '../../platform/http/pagination.ts';
import { dataOf, listOf, ok, page, problemResponses } from '../../platform/http/responses.ts';
import {
  EditSchema,
  ProjectParams,
  ProjectViewSchema,
  RevisionParams,
  RevisionViewSchema,
  StepsSchema,
} from './schema.ts';
import type { ProjectService } from './service.ts';

const detail = (summary: string, description: string) => ({ tags: ['projects'], summary, description });
const OptionalSteps = Type.Optional(StepsSchema);

function editRoutes(http: HttpBase, projects: ProjectService) {
  return new Elysia().use(http).post(
    '/:id/edits',
    async ({ params, body, principal: { userId }, request, once, status, set }) =>
      once(async () => {
        const seen = await checkIfMatch(request, async () => projects.get(userId, params.id));
        const baseRevision = body.baseRevision ?? seen?.revision;
        const project = await projects.edit({
          ...body,
          userId,
          projectId: params.id,
          ...(baseRevision === undefined ? {} : { baseRevision }),
        });
        projects.announce(userId, project);
        return status(201, okWithTag({ set }, project));
      }),
    {
      policy: 'user',
      idempotent: true,
      params: ProjectParams,
      body: EditSchema,
      response: {
        201: dataOf(ProjectViewSchema),
        ...problemResponses(
          'not_found',
          'video_not_ready',
          'revision_conflict',
          'precondition_failed',
          'invalid_operation',
        ),
      },
      detail: detail(
        'Edit a project',
        'Makes a new revision. Operations are checked against the video; a bad one is named by its place in the request, such as `/operations/2/end`. Nothing is applied unless all are valid.',
      ),
    },
  );
}

function moveRoutes(http: HttpBase, projects: ProjectService) {
  const moves = { policy: 'user', idempotent: true, params: ProjectParams, body: OptionalSteps } as const;
  return new Elysia()
    .use(http)
    .post(
      '/:id/undo',
      async ({ params, body, principal: { userId }, once, set }) =>
        once(async () => {
          const project = await projects.undo(userId, params.id, body?.steps);
          projects.announce(userId, project);
          return okWithTag({ set }, project);
        }),
      {
        ...moves,
        response: {
          200: dataOf(ProjectViewSchema),
          ...problemResponses('not_found', 'nothing_to_undo'),
        },
        detail: detail('Undo', 'Moves the project back to the revision its own was made from.'),
      },
    )
    .post(
      '/:id/redo',
      async ({ params, body, principal: { userId }, once, set }) =>
        once(async () => {
          const project = await projects.redo(userId, params.id, body?.steps);
          projects.announce(userId, project);
          return okWithTag({ set }, project);
        }),
      {
        ...moves,
        response: {
          200: dataOf(ProjectViewSchema),
          ...problemResponses('not_found', 'nothing_to_redo'),
        },
        detail: detail('Redo', 'Takes back an undo, as long as no edit came after it.'),
      },
    );
}

/** What moves a project's plan, and what it was before. */
export function historyRoutes(http: HttpBase, projects: ProjectService) {
  return new Elysia()
    .use(editRoutes(http, projects))
    .use(moveRoutes(http, projects))
    .use(http)
    .get(
      '/:id/revisions',
      async ({ params, query, principal }) => {
        const { items, pagination } = await projects.revisions(principal.userId, params.id, query);
        return page(items, pagination);
      },
      {
        policy: 'user',
        params: ProjectParams,
        query: ListQuery,
        response: { 200: listOf(RevisionViewSchema), ...problemResponses('not_found') },
        detail: detail(
          'List revisions',
          'Newest first, each with its whole edit plan. None is ever removed.',
        ),
      },
    )
    .get(
      '/:id/revisions/:number',
      async ({ params, principal }) =>
        ok(await projects.revision(principal.userId, params.id, Number(params.number))),
      {
        policy: 'user',
        params: RevisionParams,
        response: { 200: dataOf(RevisionViewSchema), ...problemResponses('not_found') },
        detail: detail('Read a revision', 'By its number; 0 is the untouched video.'),
      },
    );
}
