/** Which Host headers are served. Anything else is another site's name pointed at us, or an attempt to confuse the router. */
import type { Config } from '../../config/load-config.ts';

const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * True when the request names a host of ours and its target is a plain path. Development and test serve this machine's own
 * names under any port; staging and production only what is configured.
 */
export function createHostCheck(config: Pick<Config, 'environment' | 'http'>): (request: Request) => boolean {
  const isDeployed = config.environment === 'staging' || config.environment === 'production';
  const allowed = new Set(config.http.allowedHosts.map((host) => host.toLowerCase()));
  return (request) => {
    const host = request.headers.get('host');
    if (host === null || !(allowed.has(host.toLowerCase()) || (!isDeployed && LOCAL_HOST.test(host))))
      return false;
    // An absolute-form target puts its own text behind the host.
    return request.url.startsWith(`/`, request.url.indexOf('//') + 2 + host.length);
  };
}
