/** Composes the Elysia app from the modules; the one place that lists them. */
import { type Container, VERSION } from './container.ts';
import { authRoutes } from './modules/auth/routes.ts';
import { chatRoutes } from './modules/chat/routes.ts';
import { healthRoutes } from './modules/health/routes.ts';
import { jobRoutes } from './modules/jobs/routes.ts';
import { projectRoutes } from './modules/projects/routes.ts';
import { ProjectViewSchema } from './modules/projects/schema.ts';
import type { FrameViews } from './modules/realtime/async-api.ts';
import { asyncApiRoutes, realtimeRoutes, SOCKET_SETTINGS } from './modules/realtime/routes.ts';
import { renderRoutes } from './modules/renders/routes.ts';
import { videoRoutes } from './modules/videos/routes.ts';
import { VideoViewSchema } from './modules/videos/schema.ts';
import { docsRoutes } from './platform/http/docs.ts';
import { createEdge } from './platform/http/edge.ts';
import { createHttpBase } from './platform/http/http-base.ts';

export const API_PREFIX = '/api/v1';

const { operations, timeline } = ProjectViewSchema.properties;
/** Views of the modules in frames of the socket. */
export const FRAME_VIEWS: FrameViews = {
  'video.updated': { video: VideoViewSchema },
  'project.revision': { operations, timeline },
};

/** The app, not yet listening. Tests may call `handle` on it. */
export function createApp(container: Container) {
  const { config, log, auth, jobs, videos, renders, projects, storage, access, realtime } = container;
  const http = createHttpBase({ config, authenticate: auth.authenticate, idempotency: container.db });
  const edge = createEdge({
    config,
    log,
    websocket: SOCKET_SETTINGS,
    onServed: container.metrics.observeRequest,
    onUnexpected: container.errors.captureUnexpected,
  });
  const info = { version: VERSION, serverUrl: config.http.publicUrl ?? '/' };
  return edge
    .use(docsRoutes(http, { info, routes: () => edge.routes }))
    .use(
      asyncApiRoutes(http, {
        version: VERSION,
        publicUrl: config.http.publicUrl,
        address: `${API_PREFIX}/realtime`,
        views: FRAME_VIEWS,
      }),
    )
    .use(healthRoutes(http, container.health, container.metrics))
    .group(API_PREFIX, (api) =>
      api
        .use(authRoutes(http, auth))
        .use(videoRoutes(http, { videos, storage, access, maxUploadBytes: config.uploads.maxBytes }))
        .use(projectRoutes(http, projects))
        .use(
          renderRoutes(http, {
            renders,
            storage,
            access,
            projectName: async (userId, projectId) => (await projects.get(userId, projectId)).name,
          }),
        )
        .use(jobRoutes(http, jobs.service, realtime))
        .use(chatRoutes(http, container.chat))
        .use(realtimeRoutes(http, container.sockets)),
    );
}
