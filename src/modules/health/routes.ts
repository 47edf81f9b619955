/** `/health/*`, `/metrics` and `/status`: outside the API's prefix, for probes and operators. */
import { Elysia, status } from 'elysia';
import type { HttpBase } from '../../platform/http/http-base.ts';
import type { Metrics } from '../../platform/telemetry/metrics.ts';
import { LiveView, ReadyView, StartupView, StatusView } from './schema.ts';
import type { HealthService } from './service.ts';

const METRICS_ANSWER = {
  responses: {
    200: {
      description: 'Prometheus text',
      content: {
        'text/plain': {
          schema: { type: 'string' as const },
          example: 'vfxb_http_request_duration_seconds_count{method="GET",route="/health/live"} 12',
        },
      },
    },
  },
};

/** Mount on the root. */
export function healthRoutes(http: HttpBase, health: HealthService, metrics: Metrics) {
  return new Elysia({ tags: ['health'] })
    .use(http)
    .get('/health/live', () => ({ status: 'ok' as const }), {
      policy: 'public',
      response: { 200: LiveView },
      detail: { summary: 'The process answers', operationId: 'live' },
    })
    .get(
      '/health/ready',
      async () => {
        const view = await health.ready();
        return view.status === 'ready' ? view : status(503, view);
      },
      {
        policy: 'public',
        response: { 200: ReadyView, 503: ReadyView },
        detail: { summary: 'Requests may be sent here', operationId: 'ready' },
      },
    )
    .get(
      '/health/startup',
      () =>
        health.isStarted() ? { status: 'started' as const } : status(503, { status: 'starting' as const }),
      {
        policy: 'public',
        response: { 200: StartupView, 503: StartupView },
        detail: { summary: 'The process has finished starting', operationId: 'startup' },
      },
    )
    .get(
      '/metrics',
      async () => {
        const { text, contentType } = await metrics.read();
        return new Response(text, { headers: { 'content-type': contentType } });
      },
      {
        policy: 'public',
        detail: { summary: 'Figures for Prometheus', operationId: 'metrics', ...METRICS_ANSWER },
      },
    )
    .get('/status', async () => health.status(), {
      policy: 'public',
      response: { 200: StatusView },
      detail: { summary: 'What runs here and how it is', operationId: 'status' },
    });
}
