/** How an API or a worker process begins to stop, and what it says when it cannot go on; the same for both. */
import { ConfigError } from '../../config/load-config.ts';
import { AppError } from '../../contracts/errors.ts';
import type { ErrorReporter } from '../telemetry/errors.ts';
import type { Logger } from '../telemetry/log.ts';

/**
 * Resolves with the signal that tells the process to go. The first counts. Later ones are taken, too: their default would end us before
 * the embedded Redis.
 */
export async function stopSignal(): Promise<NodeJS.Signals> {
  const stopped = Promise.withResolvers<NodeJS.Signals>();
  process.on('SIGTERM', stopped.resolve);
  process.on('SIGINT', stopped.resolve);
  return stopped.promise;
}

/** A rejection that nobody handled is a bug: logged and reported, while the process goes on. */
export function reportUnhandledRejections(log: Logger, errors: ErrorReporter): void {
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection');
    errors.captureUnexpected(error);
  });
}

/** What the operator can act on, without a stack; anything else is a bug and keeps its stack. */
export function explainFailure(error: unknown): string {
  if (error instanceof ConfigError || error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
