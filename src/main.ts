/** Starts the API process: configuration → container → app → listen; drains and closes on SIGTERM and SIGINT. */
import { createApp } from './app.ts';
import { type Config, ConfigError, type ConfigFault, loadConfig } from './config/load-config.ts';
import { type Container, createContainer } from './container.ts';
import { explainFailure, reportUnhandledRejections, stopSignal } from './platform/process/lifecycle.ts';
import { gatherLines } from './platform/telemetry/gathered-lines.ts';
import { createLogger, standardOutput } from './platform/telemetry/log.ts';

type App = ReturnType<typeof createApp>;

/** Takes no new requests, lets running ones end for at most `drainMs`, then cuts what is left. */
async function stopServing(app: App, container: Container): Promise<void> {
  container.health.markDraining();
  container.sockets.drain();
  const grace = Promise.withResolvers<void>();
  const timer = setTimeout(grace.resolve, container.config.http.drainMs);
  // An open WebSocket or event stream would keep a gentle stop waiting for ever.
  await Promise.race([app.server?.stop(false), grace.promise]);
  clearTimeout(timer);
  await app.server?.stop(true);
}

/** What the system means when it refuses to listen, told as the setting to change. */
function listenFault(error: unknown, { host, port }: Config['http']): ConfigFault | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const holds = `${port} (on ${host})`;
  if (code === 'EADDRINUSE') return { variable: 'PORT', holds, expected: 'a port that is free' };
  if (code === 'EACCES') return { variable: 'PORT', holds, expected: 'a port that this user may open' };
  // For a name that does not resolve the code is whatever the last system call left.
  if (syscall !== 'listen') return undefined;
  return { variable: 'HOST', holds: JSON.stringify(host), expected: `an address of this machine (${code})` };
}

/** @throws ConfigError when the system gives us no such address or port */
function listen(container: Container): App {
  const { http } = container.config;
  try {
    return createApp(container).listen({ hostname: http.host, port: http.port });
  } catch (error) {
    const fault = listenFault(error, http);
    throw fault === undefined ? error : new ConfigError([fault]);
  }
}

async function serve(config: Config): Promise<void> {
  const log = createLogger(config, gatherLines(standardOutput()));
  const stopping = stopSignal();
  const container = await createContainer(config, log);
  reportUnhandledRejections(log, container.errors);
  try {
    const app = listen(container);
    container.jobs.start();
    container.health.markStarted();
    const port = app.server?.port ?? config.http.port;
    log.info({ url: `http://${config.http.host}:${port}`, pid: process.pid }, 'api ready');
    for (const owner of [container.videos, container.renders])
      owner.sweepOrphans().catch((error: unknown) => log.warn({ err: error }, 'orphans were not swept'));
    log.info({ signal: await stopping }, 'api stops');
    await stopServing(app, container);
  } finally {
    await container.close();
    log.info('api stopped');
  }
}

try {
  await serve(loadConfig('api'));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exit(1);
}
