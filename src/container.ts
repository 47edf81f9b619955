/** The one composition root: configuration → drivers → services. What is opened here is closed in reverse order. */
import packageJson from '../package.json' with { type: 'json' };
import type { Config } from './config/load-config.ts';
import { type AuthService, createAuthService } from './modules/auth/service.ts';
import { type ChatService, createChatService } from './modules/chat/service.ts';
import { createHealthService, type HealthService } from './modules/health/service.ts';
import { createJobs, type Jobs } from './modules/jobs/jobs.ts';
import { createProjectService, type ProjectService } from './modules/projects/service.ts';
import { createSocketService, type SocketService } from './modules/realtime/service.ts';
import { createRenderService, type RenderService } from './modules/renders/service.ts';
import { createVideoService, type VideoService } from './modules/videos/service.ts';
import { createAudit } from './platform/audit/audit.ts';
import { connectDatabase, type Database } from './platform/db/database.ts';
import { createLinkAccess, type LinkAccess } from './platform/http/link-access.ts';
import { createUrlSigner } from './platform/http/signed-url.ts';
import { createRealtime, type Realtime } from './platform/realtime/realtime.ts';
import { connectRedis, type RedisHandle } from './platform/redis/redis.ts';
import { createStorage } from './platform/storage/create-storage.ts';
import type { Storage } from './platform/storage/storage.ts';
import { createErrorReporter, type ErrorReporter } from './platform/telemetry/errors.ts';
import type { Logger } from './platform/telemetry/log.ts';
import { createMetrics, type Metrics } from './platform/telemetry/metrics.ts';

export const VERSION: string = packageJson.version;

export interface Container {
  readonly config: Config;
  readonly log: Logger;
  readonly errors: ErrorReporter;
  readonly metrics: Metrics;
  readonly db: Database;
  readonly storage: Storage;
  readonly realtime: Realtime;
  readonly access: LinkAccess;
  readonly auth: AuthService;
  readonly jobs: Jobs;
  readonly videos: VideoService;
  readonly renders: RenderService;
  readonly projects: ProjectService;
  readonly chat: ChatService;
  readonly sockets: SocketService;
  readonly health: HealthService;
  /** Ends the background work and closes what was opened, the newest first. */
  close(): Promise<void>;
}

type Close = () => Promise<unknown>;

interface Drivers {
  readonly errors: ErrorReporter;
  readonly metrics: Metrics;
  readonly db: Database;
  readonly redis: RedisHandle;
  readonly storage: Storage;
  readonly realtime: Realtime;
}

/** Opens the stores; each open one is put on `closers` at once, so that a later failure closes it. */
async function openDrivers(config: Config, log: Logger, closers: Close[]): Promise<Drivers> {
  const errors = await createErrorReporter(config, log);
  closers.push(async () => errors.close());
  const db = await connectDatabase(config.databaseUrl);
  closers.push(async () => db.close());
  const redis = await connectRedis(config, log);
  closers.push(async () => redis.close());
  const realtime = createRealtime({ redis, log });
  closers.push(async () => realtime.close());
  return { errors, metrics: createMetrics(config), db, redis, realtime, storage: createStorage(config) };
}

function createServices(config: Config, log: Logger, { db, redis, realtime, storage }: Drivers) {
  const audit = createAudit(db);
  const auth = createAuthService({ db, audit, jwtSecret: config.jwtSecret });
  const signer = createUrlSigner(config.jwtSecret);
  const access = createLinkAccess({ signer, authenticate: auth.authenticate });
  const jobs = createJobs({ config, db, redis, realtime, log });
  const videos = createVideoService({
    ...{ db, storage, realtime, audit, signer, log },
    jobs: jobs.service,
    maxUploadBytes: config.uploads.maxBytes,
  });
  const renders = createRenderService({ ...{ db, storage, audit, signer, log }, jobs: jobs.service });
  const projects = createProjectService({ db, videos, renders, realtime, audit });
  // Deleting files changes no record: whoever asked for it has already forgotten them.
  const nothing = async (): Promise<[]> => [];
  jobs.service.onOutcome('cleanup.objects', { completed: nothing, failed: nothing, cancelled: nothing });
  const chat = createChatService({ db, jobs: jobs.service, projects, realtime });
  const sockets = createSocketService({ realtime, chat, auth, log, jobs: jobs.service });
  return { access, auth, jobs, videos, renders, projects, chat, sockets };
}

function createHealth(config: Config, { db, redis, storage }: Drivers): HealthService {
  return createHealthService({
    version: VERSION,
    environment: config.environment,
    role: config.role,
    region: config.region,
    checks: {
      database: async () => db.ping(),
      queue: async () => redis.client.ping(),
      storage: async () => storage.freeBytes(),
    },
    parts: {
      database: db.engine,
      queue: config.redisUrl === undefined ? 'embedded redis' : 'redis',
      storage: config.storageUrl.slice(0, config.storageUrl.indexOf(':')),
    },
  });
}

/** Figures that show a queue that does not drain. */
function registerQueueMetrics(metrics: Metrics, jobs: Jobs): void {
  metrics.gauge(
    { name: 'queue_depth', help: 'Entries on a job stream', labels: ['region', 'queue', 'lane'] },
    async () => {
      const { streams } = await jobs.backlog();
      return streams.map(({ region, queue, lane, length }) => ({
        value: length,
        labels: { region, queue, lane },
      }));
    },
  );
  metrics.gauge({ name: 'events_waiting', help: 'Worker reports not yet applied' }, async () => [
    { value: (await jobs.backlog()).events },
  ]);
  metrics.gauge(
    { name: 'job_moves', help: 'What the jobs of this process went through', labels: ['move'] },
    () =>
      Promise.resolve(Object.entries(jobs.counters).map(([move, value]) => ({ value, labels: { move } }))),
  );
}

async function closeAll(closers: Close[], log: Logger): Promise<void> {
  for (const close of closers.toReversed())
    await close().catch((error: unknown) => log.error({ err: error }, 'something could not be closed'));
}

/**
 * Opens every store and builds every service. Nothing runs in the background before `jobs.start()`.
 * @throws AppError `database_unavailable`, `queue_unavailable`: what was opened before is closed again
 */
export async function createContainer(config: Config, log: Logger): Promise<Container> {
  const closers: Close[] = [];
  try {
    const drivers = await openDrivers(config, log, closers);
    const services = createServices(config, log, drivers);
    closers.push(async () => services.jobs.stop());
    registerQueueMetrics(drivers.metrics, services.jobs);
    const { errors, metrics, db, storage, realtime } = drivers;
    return {
      ...{ config, log, errors, metrics, db, storage, realtime },
      ...services,
      health: createHealth(config, drivers),
      close: async () => closeAll(closers, log),
    };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}
