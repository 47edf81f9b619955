/** `/docs`: Swagger UI from its npm package, so that it works without a network, and the document it shows. */
import { Elysia } from 'elysia';
import { createHash } from 'node:crypto';
import { AppError } from '../../contracts/errors.ts';
import type { HttpBase } from './http-base.ts';
import { openApiDocument, type OpenApiInfo, type Route } from './openapi.ts';
import type { Json } from './openapi-schema.ts';

const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** Swagger UI sets styles from script and draws icons from data URLs; everything else comes from here. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>VFXB API</title>
    <link rel="icon" href="/docs/assets/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/assets/start.js"></script>
  </body>
</html>
`;

const START = `window.ui = SwaggerUIBundle({
  url: '/docs/json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const MINUTES_CACHED = 'public, max-age=300';
const hidden = { hide: true } as const;

function text(body: string, contentType: string): Response {
  return new Response(body, {
    headers: {
      'content-type': contentType,
      'cache-control': MINUTES_CACHED,
      'content-security-policy': PAGE_POLICY,
    },
  });
}

function asset(name: string): Response | undefined {
  if (name === 'start.js') return text(START, 'text/javascript; charset=utf-8');
  const contentType = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (contentType === undefined) return undefined;
  const file = Bun.file(new URL(name, import.meta.resolve('swagger-ui-dist/swagger-ui.css')));
  return new Response(file, { headers: { 'content-type': contentType, 'cache-control': MINUTES_CACHED } });
}

interface DocsDeps {
  readonly info: OpenApiInfo;
  /** All routes of the app: `() => app.routes`. */
  readonly routes: () => readonly Route[];
}

/** Mount on the root, after the routes it documents or before: the document is made when it is first asked for. */
export function docsRoutes(http: HttpBase, { info, routes: allRoutes }: DocsDeps) {
  let made: { readonly json: string; readonly etag: string; readonly routeCount: number } | undefined;
  const document = () => {
    const routes = allRoutes();
    if (made?.routeCount !== routes.length) {
      const content: Json = openApiDocument(routes, info);
      const json = JSON.stringify(content);
      const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`;
      made = { json, etag, routeCount: routes.length };
    }
    return made;
  };

  return new Elysia()
    .use(http)
    .get('/docs', () => text(PAGE, 'text/html; charset=utf-8'), { policy: 'public', detail: hidden })
    .get(
      '/docs/json',
      ({ request }) => {
        const { json, etag } = document();
        const headers = { etag, 'cache-control': 'no-cache' };
        return request.headers.get('if-none-match') === etag
          ? new Response(null, { status: 304, headers })
          : new Response(json, { headers: { ...headers, 'content-type': 'application/json' } });
      },
      { policy: 'public', detail: hidden },
    )
    .get(
      '/docs/assets/:name',
      ({ params }) => {
        const found = asset(params.name);
        if (found === undefined) throw new AppError('not_found', 'There is no such file');
        return found;
      },
      { policy: 'public', detail: hidden },
    );
}
