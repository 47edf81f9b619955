/** Structured logs: one JSON line an event, with the process' role and region on each, and no secret in any. */
import pino, { type DestinationStream, type Logger } from 'pino';
import type { Config } from '../../config/load-config.ts';

export type { Logger } from 'pino';

const SECRET_NAMES = new Set([
  'password',
  'passwordHash',
  'token',
  'tokenHash',
  'ticket',
  'accessToken',
  'refreshToken',
  'jwtSecret',
  'authorization',
  'cookie',
  'set-cookie',
]);
const HIDDEN = '[hidden]';

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/**
 * The fields of a line with secrets hidden by name, at the top and one level below. Lines without one are passed as they are: pino's own
 * redaction takes ten times as long as the rest of a line.
 */
export function hideSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  let shown = fields;
  for (const [name, value] of Object.entries(fields)) {
    const safe = SECRET_NAMES.has(name) ? HIDDEN : isPlain(value) ? hideNested(value) : value;
    if (safe === value) continue;
    if (shown === fields) shown = { ...fields };
    shown[name] = safe;
  }
  return shown;
}

function hideNested(fields: Record<string, unknown>): Record<string, unknown> {
  const secrets = Object.keys(fields).filter((name) => SECRET_NAMES.has(name));
  return secrets.length === 0
    ? fields
    : { ...fields, ...Object.fromEntries(secrets.map((name) => [name, HIDDEN])) };
}

/** Standard output, written synchronously: a line is out before what follows it happens. */
export const standardOutput = (): DestinationStream => pino.destination({ dest: 1, sync: true });

/**
 * The process' root logger. Children carry `requestId`, `userId`, `jobId`. Writes to standard output unless another destination is
 * given.
 */
export function createLogger(
  config: Pick<Config, 'log' | 'role' | 'region'>,
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level: config.log.level,
      base: { role: config.role, region: config.region },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: hideSecrets },
      // Fields of a child logger pass no formatter, only serializers.
      serializers: Object.fromEntries([...SECRET_NAMES].map((name) => [name, () => HIDDEN])),
    },
    destination,
  );
}
