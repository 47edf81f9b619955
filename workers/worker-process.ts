/** A whole worker process: connections, runner, and a clean end on SIGTERM or SIGINT. */
import { type Config, loadConfig } from '../src/config/load-config.ts';
import { explainFailure, reportUnhandledRejections, stopSignal } from '../src/platform/process/lifecycle.ts';
import { connectRedis } from '../src/platform/redis/redis.ts';
import { createStorage } from '../src/platform/storage/create-storage.ts';
import { createErrorReporter, type ErrorReporter } from '../src/platform/telemetry/errors.ts';
import { createLogger, type Logger } from '../src/platform/telemetry/log.ts';
import { parseCommandLine, USAGE } from './command-line.ts';
import type { JobRegistry } from './job-registry.ts';
import { checkMediaTools } from './media-tools.ts';
import { createRunner, type RunnerOptions } from './runner.ts';

async function serve(config: Config, registry: JobRegistry, log: Logger): Promise<void> {
  const stopping = stopSignal();
  if (config.worker.queues.includes('video')) checkMediaTools(config.ffmpeg);
  const errors = await createErrorReporter(config, log);
  reportUnhandledRejections(log, errors);
  try {
    const redis = await connectRedis(config, log);
    try {
      await work({ config, redis, registry, log, storage: createStorage(config), errors }, stopping);
    } finally {
      await redis.close();
    }
  } finally {
    await errors.close();
  }
  log.info('worker stopped');
}

interface Parts extends Omit<RunnerOptions, 'config' | 'onUnexpected' | 'workerId'> {
  readonly config: Config;
  readonly errors: ErrorReporter;
}

/** Takes jobs until the signal, then drains. */
async function work({ errors, ...parts }: Parts, stopping: Promise<NodeJS.Signals>): Promise<void> {
  const { log } = parts;
  const runner = createRunner({ ...parts, onUnexpected: errors.captureUnexpected });
  await runner.start();
  const { queues, concurrency } = parts.config.worker;
  log.info({ workerId: runner.workerId, queues, concurrency, pid: process.pid }, 'worker ready');
  const signal = await stopping;
  log.info({ signal, active: runner.activeCount() }, 'worker stops');
  await runner.drain();
}

/**
 * Runs a worker with these handlers until it is told to stop.
 * @param args command line without program and script
 * @returns the exit code: 0 after a clean stop, 1 when it could not start (the reason is on standard error), 2 for wrong arguments
 */
export async function runWorker(args: readonly string[], registry: JobRegistry): Promise<number> {
  const commandLine = parseCommandLine(args);
  if (commandLine.type === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (commandLine.type === 'wrong') {
    process.stderr.write(`${commandLine.message}\n\n${USAGE}`);
    return 2;
  }
  try {
    const config = loadConfig('worker', undefined, commandLine.overrides);
    await serve(config, registry, createLogger(config));
    return 0;
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    return 1;
  }
}
