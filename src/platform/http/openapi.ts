/**
 * The OpenAPI document. @elysiajs/swagger collects the routes; what it leaves wrong or out (three content types for
 * everything, missing descriptions, validator keywords, duplicate ids, no failures, no examples) is finished here.
 */
import { swagger } from '@elysiajs/swagger';
import { OptionalKind } from '@sinclair/typebox';
import type { AnyElysia } from 'elysia';
import { ERROR_KINDS, type ErrorCode } from '../../contracts/errors.ts';
import { IDEMPOTENT_KEY, POLICY_KEY, type Policy } from './http-base.ts';
import { problemAnswers, sharedCodes } from './openapi-problems.ts';
import { documentedSchema, exampleOf, hoistVariants, isJson, type Json } from './openapi-schema.ts';
import { PROBLEM_CODES_KEY, ProblemSchema } from './responses.ts';

export interface OpenApiInfo {
  readonly version: string;
  /** Base of the API as clients reach it; a relative one serves any host. */
  readonly serverUrl: string;
}

const DESCRIPTION = `Chat-driven video editing: upload a video, say what should happen to it, watch it happen, download the result.

Success is \`{ success: true, data }\`; a failure is problem details (RFC 9457) with a stable \`code\` and a \`requestId\`.
Progress and chat arrive over a WebSocket, \`/api/v1/realtime\`, described in [AsyncAPI](/docs/asyncapi.json).`;

const TAGS: readonly { readonly name: string; readonly description: string }[] = [
  { name: 'auth', description: 'Accounts, sessions and tokens' },
  { name: 'videos', description: 'Uploaded footage and what is known of it' },
  { name: 'projects', description: 'Edit plans with their history' },
  { name: 'renders', description: 'Finished files' },
  { name: 'jobs', description: 'Work in progress' },
  { name: 'chat', description: 'Conversations that edit' },
  { name: 'realtime', description: 'The socket' },
  { name: 'health', description: 'For probes and operators' },
];

export type Route = AnyElysia['routes'][number];

/** What the plugin makes of the routes: paths with operations, still in its own dialect. */
function collectPaths(routes: readonly Route[]): Record<string, Record<string, Json>> {
  const plugin = swagger({ path: '/', specPath: '/json', excludeStaticFile: false });
  // The plugin asks the app it is mounted on; here it is mounted on none.
  Reflect.set(plugin, 'getGlobalRoutes', () => routes);
  const collect = plugin.routes.find((route) => route.path === '/json')?.handler as () => {
    paths: Record<string, Record<string, Json>>;
  };
  return collect().paths;
}

/** The finished document over all routes that do not hide. */
export function openApiDocument(routes: readonly Route[], info: OpenApiInfo): Json {
  const operationIds = new Set<string>();
  const paths = Object.entries(collectPaths(routes))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, operations]) => [
      path === '/' ? path : path.replace(/\/$/, ''),
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          finishOperation(method, operation, operationIds),
        ]),
      ),
    ]);
  const schemas: Json = { Problem: documentedSchema(ProblemSchema) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'VFXB',
      version: info.version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: info.serverUrl }],
    tags: TAGS,
    paths: hoistVariants(Object.fromEntries(paths), schemas),
    components: {
      schemas,
      headers: {
        RequestId: {
          description: 'Quote it when reporting a problem; the one you sent, if you sent one',
          schema: { type: 'string' },
          example: '0193b5c0-7e1a-7c3e-9d52-3f7a1c0de000',
        },
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: '`accessToken` of register, login or refresh; good for 15 minutes',
        },
      },
    },
  };
}

function uniqueId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let count = 2; taken.has(id); count++) id = `${wanted}${count}`;
  taken.add(id);
  return id;
}

function finishOperation(method: string, operation: Json, operationIds: Set<string>): Json {
  const {
    [POLICY_KEY]: policy,
    [IDEMPOTENT_KEY]: idempotent,
    parameters,
    requestBody,
    responses,
    ...rest
  } = operation;
  const finishedParameters = [
    ...(Array.isArray(parameters) ? parameters.map(finishParameter) : []),
    ...(idempotent === true ? [IDEMPOTENCY_PARAMETER] : []),
  ];
  const finishedBody = isJson(requestBody) ? finishBody(requestBody) : undefined;
  const hasJsonBody = finishedBody !== undefined && isJson(jsonContent(finishedBody));
  const shared = sharedCodes({
    method,
    policy: (policy as Policy | undefined) ?? 'public',
    hasJsonBody,
    hasRawBody: finishedBody !== undefined && !hasJsonBody,
    hasParameters: finishedParameters.length > 0,
    isIdempotent: idempotent === true,
  });
  return {
    ...rest,
    tags: Array.isArray(rest['tags']) ? rest['tags'].map((tag) => String(tag).toLowerCase()) : [],
    operationId: uniqueId(
      typeof operation['operationId'] === 'string' ? operation['operationId'] : method,
      operationIds,
    ),
    ...(finishedParameters.length > 0 ? { parameters: finishedParameters } : {}),
    ...(finishedBody === undefined ? {} : { requestBody: finishedBody }),
    responses: finishResponses(isJson(responses) ? responses : {}, shared),
  };
}

const IDEMPOTENCY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A repeat with the same key within a day has no second effect and gets the first answer again',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
};

const jsonContent = (holder: Json): unknown =>
  isJson(holder['content']) ? holder['content']['application/json'] : undefined;

function finishParameter(parameter: Json): Json {
  const { examples, schema, description, ...rest } = parameter;
  const documented = documentedSchema(schema);
  return {
    ...rest,
    description: description ?? (isJson(documented) ? documented['description'] : undefined) ?? rest['name'],
    schema: documented,
    example: Array.isArray(examples) && examples.length > 0 ? examples[0] : exampleOf(documented),
  };
}

/** Bodies are JSON, unless the route described its raw body by hand. */
function finishBody(body: Json): Json {
  const json = jsonContent(body);
  if (!isJson(json)) return body;
  const schema = json['schema'];
  const isOptional = isJson(schema) && OptionalKind in schema;
  return { required: !isOptional, content: { 'application/json': described(schema) } };
}

function described(schema: unknown): Json {
  const documented = documentedSchema(schema);
  return { schema: documented, example: exampleOf(documented) };
}

const REQUEST_ID_HEADER = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

function finishResponses(responses: Json, shared: readonly ErrorCode[]): Json {
  const codes: ErrorCode[] = [...shared];
  const successes: [status: string, response: Json][] = [];
  for (const [status, response] of Object.entries(responses)) {
    if (!isJson(response)) continue;
    const own = response[PROBLEM_CODES_KEY];
    if (Array.isArray(own)) codes.push(...own.filter((code): code is ErrorCode => code in ERROR_KINDS));
    else successes.push([status, finishSuccess(response)]);
  }
  // A route that answers with failures only succeeds by leaving HTTP.
  if (successes.length === 0) successes.push(['101', { description: 'The socket is open' }]);
  return Object.fromEntries(
    [...successes, ...Object.entries(problemAnswers(codes))].map(([status, response]) => [
      status,
      {
        ...(response as Json),
        headers: {
          ...(isJson((response as Json)['headers']) ? ((response as Json)['headers'] as Json) : {}),
          ...REQUEST_ID_HEADER,
        },
      },
    ]),
  );
}

function finishSuccess(response: Json): Json {
  const json = jsonContent(response);
  const description = typeof response['description'] === 'string' ? response['description'] : 'Success';
  const headers = isJson(response['headers']) ? { headers: response['headers'] } : {};
  // What a route described by hand (files, event streams) has no text/plain twin made by the plugin.
  const isMadeByPlugin = isJson(response['content']) && 'text/plain' in response['content'] && isJson(json);
  if (!isMadeByPlugin)
    return {
      description,
      ...headers,
      ...(isJson(response['content']) ? { content: response['content'] } : {}),
    };
  const schema = json['schema'];
  return { description, ...headers, content: { 'application/json': described(schema) } };
}
