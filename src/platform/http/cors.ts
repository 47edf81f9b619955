/** Which browsers' pages may call: exact origins only, never a wildcard, and no write at all from elsewhere. */
import { AppError } from '../../contracts/errors.ts';
import type { Config } from '../../config/load-config.ts';

const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const ALLOWED_HEADERS =
  'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Range, X-Request-Id';
const EXPOSED_HEADERS =
  'X-Request-Id, ETag, Location, Retry-After, Idempotent-Replayed, Content-Range, Accept-Ranges, Content-Disposition, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset';
const PREFLIGHT_SECONDS = 600;

const isWrite = (request: Request): boolean =>
  request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS';
const isUpgrade = (request: Request): boolean => request.headers.get('upgrade') !== null;

export function createCors(config: Pick<Config, 'environment' | 'http'>) {
  const origins = new Set(config.http.corsOrigins);
  if (config.http.publicUrl !== undefined) origins.add(new URL(config.http.publicUrl).origin);
  const isDeployed = config.environment === 'staging' || config.environment === 'production';

  /** A page that this server itself sent (Swagger UI). Behind a proxy its origin is that of PUBLIC_URL. */
  const isSameOrigin = (request: Request, origin: string): boolean =>
    !isDeployed && origin === `http://${request.headers.get('host') ?? ''}`;
  const isAllowed = (request: Request, origin: string): boolean =>
    origins.has(origin) || isSameOrigin(request, origin);

  return {
    /**
     * The answer to a preflight, or undefined for a request that may go on.
     * @throws AppError origin_not_allowed for a write, a socket or a preflight from another origin
     */
    check(request: Request): Response | undefined {
      const origin = request.headers.get('origin');
      if (origin === null) return undefined;
      const isPreflight =
        request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
      if (!isAllowed(request, origin)) {
        if (isPreflight || isWrite(request) || isUpgrade(request)) throw new AppError('origin_not_allowed');
        return undefined;
      }
      if (!isPreflight) return undefined;
      return new Response(null, {
        status: 204,
        headers: {
          'access-control-allow-methods': ALLOWED_METHODS,
          'access-control-allow-headers': ALLOWED_HEADERS,
          'access-control-max-age': String(PREFLIGHT_SECONDS),
        },
      });
    },

    /** Marks an answer for the origin that asked; caches must tell origins apart. */
    stamp(request: Request, headers: Headers): void {
      headers.append('vary', 'Origin');
      const origin = request.headers.get('origin');
      if (origin === null || !isAllowed(request, origin)) return;
      headers.set('access-control-allow-origin', origin);
      headers.set('access-control-expose-headers', EXPOSED_HEADERS);
    },
  };
}
