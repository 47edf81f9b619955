/** `/jobs`: what became of the work that was accepted. */
import { Elysia } from 'elysia';
import { NotModified, okOrNotModified } from '../../platform/http/entity-tag.ts';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { dataOf, listOf, ok, page, problemResponses } from '../../platform/http/responses.ts';
import type { Realtime } from '../../platform/realtime/realtime.ts';
import { openJobEvents } from './event-stream.ts';
import { JobListQuery, JobParams, JobViewSchema } from './schema.ts';
import type { JobService } from './service.ts';

const detail = (summary: string, description: string) => ({ tags: ['Jobs'], summary, description });

const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies that collect a response before passing it on would hold back the events.
  'x-accel-buffering': 'no',
};

const EVENT_STREAM_RESPONSES = {
  200: {
    description: 'The events',
    content: {
      'text/event-stream': {
        schema: { type: 'string' as const },
        example:
          'event: job\ndata: {"id":"job_…","kind":"video.render","state":"active","progress":42.5}\n\n',
      },
    },
  },
  ...problemResponses('not_found'),
};

/** Routes below `/jobs`. */
export function jobRoutes(
  http: HttpBase,
  service: JobService,
  realtime: Pick<Realtime, 'subscribe' | 'listening'>,
) {
  return new Elysia({ prefix: '/jobs' })
    .use(http)
    .get(
      '',
      async ({ query, principal }) => {
        const { items, pagination } = await service.list(principal.userId, query);
        return page(items, pagination);
      },
      {
        policy: 'user',
        query: JobListQuery,
        response: { 200: listOf(JobViewSchema), ...problemResponses('validation_failed') },
        detail: detail('List jobs', "The caller's jobs, the newest first."),
      },
    )
    .get(
      '/:id',
      async ({ params, principal, request, set }) =>
        okOrNotModified({ request, set }, await service.get(principal.userId, params.id)),
      {
        policy: 'user',
        params: JobParams,
        response: { 200: dataOf(JobViewSchema), ...NotModified, ...problemResponses('not_found') },
        detail: detail('Get a job', 'Where the job stands; its result once it is completed.'),
      },
    )
    .post(
      '/:id/cancel',
      async ({ params, principal, requestId }) =>
        ok(await service.cancel(principal.userId, params.id, requestId)),
      {
        policy: 'user',
        params: JobParams,
        response: { 200: dataOf(JobViewSchema), ...problemResponses('not_found', 'job_finished') },
        detail: detail(
          'Cancel a job',
          'Ends the job at once and for good. A worker that runs it stops within a second.',
        ),
      },
    )
    .get(
      '/:id/events',
      async ({ params, principal, request, server }) => {
        const events = await openJobEvents({
          service,
          realtime,
          userId: principal.userId,
          jobId: params.id,
        });
        // A stream may be silent for longer than any idle timeout.
        server?.timeout(request, 0);
        return new Response(events, { headers: EVENT_STREAM_HEADERS });
      },
      {
        policy: 'user',
        params: JobParams,
        detail: {
          ...detail(
            'Follow a job',
            'Server-sent events: first `job` with the job as it stands, then frames as on the socket (`job.progress`, and one of `job.completed`, `job.failed`, `job.cancelled`). The stream ends after the job.',
          ),
          responses: EVENT_STREAM_RESPONSES,
        },
      },
    );
}
