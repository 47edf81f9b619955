/**
 * Reports bugs and outages to Sentry, if a DSN is set. Sentry's own hooks into Bun's server and HTTP client stay out: they cost
 * three times the CPU of a request. Nothing personal or secret leaves: no bodies, no headers, and texts are scrubbed.
 */
import type { Config } from '../../config/load-config.ts';
import type { Logger } from './log.ts';

/** What an unexpected error happened in. */
export interface ErrorContext {
  readonly requestId?: string;
  readonly userId?: string;
  readonly jobId?: string;
}

export interface ErrorReporter {
  /** Reports without waiting, never throws. */
  readonly captureUnexpected: (error: unknown, context?: ErrorContext) => void;
  /** Sends what is still waiting, for at most two seconds. */
  close(): Promise<void>;
}

const FLUSH_MS = 2_000;
/** What a report needs. Left out above all: BunHttpServer, Http and Fetch, which hook into every request. */
const INTEGRATIONS = new Set([
  'EventFilters',
  'LinkedErrors',
  'Dedupe',
  'Context',
  'ContextLines',
  'OnUncaughtException',
]);

/** Sentry 11 collects headers, bodies and variables unless each is refused. */
const COLLECT_NOTHING = {
  userInfo: false,
  cookies: false,
  httpHeaders: false,
  httpBodies: [],
  urlQueryParams: false,
  graphQL: { document: false, variables: false },
  genAI: { inputs: false, outputs: false },
  databaseQueryData: false,
  queues: false,
  stackFrameVariables: false,
};

const SECRETS: readonly (readonly [form: RegExp, shown: string])[] = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/\bses_[0-9a-f-]{36}\.\d+\.[\w-]+/g, '[token]'],
  [/\bBearer\s+[\w.~+/=-]+/gi, 'Bearer [token]'],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@"\\]*):[^\s@"\\]+@/gi, '$1:[hidden]@'],
  [/\$(?:argon2id|2[aby])\$[^\s"\\]+/g, '[hash]'],
  [/("?(?:password|secret|token|authorization|cookie|api_?key)"?\s*[:=]\s*"?)[^\s",}\\]+/gi, '$1[hidden]'],
];

/** The text without what looks like a token, a password or a hash. */
export function scrubSecrets(text: string): string {
  return SECRETS.reduce((scrubbed, [form, shown]) => scrubbed.replace(form, shown), text);
}

function scrubTexts(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubSecrets(value);
  if (typeof value !== 'object' || value === null || depth > 12) return value;
  if (Array.isArray(value)) return value.map((item) => scrubTexts(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, scrubTexts(inner, depth + 1)]));
}

/** The process' reporter. Without a DSN it does nothing, and Sentry is not even loaded. */
export async function createErrorReporter(
  config: Pick<Config, 'sentryDsn' | 'environment' | 'role' | 'region'>,
  log: Logger,
): Promise<ErrorReporter> {
  if (config.sentryDsn === undefined) return { captureUnexpected: () => undefined, close: async () => {} };
  const Sentry = await import('@sentry/bun');
  Sentry.init({
    dsn: config.sentryDsn,
    environment: config.environment,
    maxBreadcrumbs: 0,
    dataCollection: COLLECT_NOTHING,
    integrations: (defaults) => defaults.filter(({ name }) => INTEGRATIONS.has(name)),
    initialScope: { tags: { role: config.role, region: config.region } },
    beforeSend: (event) => {
      const { request: _request, ...rest } = event;
      return scrubTexts(rest) as typeof event;
    },
  });
  return {
    captureUnexpected(error, context = {}) {
      try {
        // Without Sentry's server hook nothing keeps requests apart: each report gets a scope of its own.
        Sentry.withScope((scope) => {
          const { userId, ...tags } = context;
          scope.setTags(tags);
          if (userId !== undefined) scope.setUser({ id: userId });
          Sentry.captureException(error);
        });
      } catch (fault) {
        log.warn({ err: fault }, 'error could not be reported');
      }
    },
    async close() {
      await Sentry.close(FLUSH_MS);
    },
  };
}
