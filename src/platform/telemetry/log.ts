/** Structured logs: one JSON line an event, with the process' role and region on each, and no secret in any. */
import pino, { type DestinationStream, type Logger } from 'pino';
import type { Config } from '../../config/load-config.ts';

export type { Logger } from 'pino';

const REDACTED = [
  'password',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  '*.password',
  '*.passwordHash',
  '*.token',
  '*.accessToken',
  '*.refreshToken',
  '*.authorization',
  '*.cookie',
];

/**
 * The process' root logger. Children carry `requestId`, `userId`, `jobId`. Writes synchronously, to standard output unless another
 * destination is given.
 */
export function createLogger(
  config: Pick<Config, 'log' | 'role' | 'region'>,
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
): Logger {
  return pino(
    {
      level: config.log.level,
      base: { role: config.role, region: config.region },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: REDACTED, censor: '[hidden]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
