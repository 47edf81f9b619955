/** The socket's protocol as an AsyncAPI 3 document, made from the frame schemas of the contract. Pure. */
import type { TSchema } from '@sinclair/typebox';
import {
  ClientFrames,
  CLOSE_CODES,
  SERVER_FRAME_TYPES,
  ServerFrameData,
  type ServerFrameType,
} from '../../contracts/realtime.ts';

export interface AsyncApiInfo {
  readonly version: string;
  /** `https://api.example.com`, or undefined for a development server. */
  readonly publicUrl: string | undefined;
  readonly address: string;
  /** Schemas that modules own, in the place of the fields that the contract leaves open. */
  readonly views: FrameViews;
}

export type FrameViews = Readonly<Partial<Record<ServerFrameType, Readonly<Record<string, TSchema>>>>>;

type Json = Record<string, unknown>;

/** Answers to one frame; they carry its id and no number. */
const DIRECT: ReadonlySet<ServerFrameType> = new Set(['ready', 'ack', 'pong', 'error', 'resumed']);
const UNNUMBERED: ReadonlySet<ServerFrameType> = new Set(['chat.typing']);

const SUMMARIES: Readonly<Record<keyof typeof ClientFrames, string>> = {
  auth: 'The first frame, within five seconds, unless a ticket opened the socket. Later: renews the token.',
  'chat.send':
    'Sends a message; without conversationId it begins a conversation. The same frame with the same id, sent again within an hour, is stored once.',
  'chat.stop': 'Ends a pending reply as stopped; nothing is changed.',
  'chat.typing': 'Tells the other sockets.',
  'job.cancel': 'Cancels a job.',
  resume: 'Asks for the frames after a number. Send it right after ready.',
  ping: 'Asks for pong.',
};

/** Component keys may hold no dot in every tool. */
const keyOf = (side: 'client' | 'server', type: string): string => `${side}-${type.replaceAll('.', '-')}`;

/** OpenAPI's discriminator is an object, AsyncAPI's a string; the constants of the union's members say the same. */
const plain = (schema: object): Json =>
  JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => (key === 'discriminator' ? undefined : value)),
  ) as Json;

function dataOf(type: ServerFrameType, views: FrameViews): Json {
  const schema: TSchema = ServerFrameData[type];
  return plain({ ...schema, properties: { ...schema['properties'], ...views[type] } });
}

function serverPayload(type: ServerFrameType, views: FrameViews): Json {
  const isNumbered = !DIRECT.has(type) && !UNNUMBERED.has(type);
  return {
    type: 'object',
    required: ['type', 'data'],
    additionalProperties: false,
    properties: {
      type: { const: type },
      ...(DIRECT.has(type)
        ? { id: { type: 'string', description: 'The id of the frame that this answers, if it had one' } }
        : {}),
      ...(isNumbered
        ? {
            seq: {
              type: 'integer',
              description: "Counts up by one in the user's stream; absent while the queue is down",
            },
          }
        : {}),
      data: dataOf(type, views),
    },
  };
}

function messages(views: FrameViews): Json {
  const fromClient = Object.entries<TSchema>(ClientFrames).map(([type, schema]) => [
    keyOf('client', type),
    {
      name: type,
      title: type,
      summary: SUMMARIES[type as keyof typeof ClientFrames],
      contentType: 'application/json',
      payload: plain(schema),
    },
  ]);
  const fromServer = SERVER_FRAME_TYPES.map((type) => [
    keyOf('server', type),
    {
      name: type,
      title: type,
      summary: ServerFrameData[type].description ?? type,
      contentType: 'application/json',
      payload: serverPayload(type, views),
    },
  ]);
  return Object.fromEntries([...fromClient, ...fromServer]) as Json;
}

const CLOSING = Object.entries(CLOSE_CODES)
  .map(([reason, code]) => `${code} ${reason}`)
  .join(', ');

const DESCRIPTION = `JSON text frames \`{ type, id?, seq?, data }\`. A client's frame with an \`id\` is answered by a frame with that \`id\`. \
Frames of the user's stream carry \`seq\`, which counts up by one: after a reconnect send \`resume { after }\` with the last one seen. \
Close codes: ${CLOSING}, 1009 a frame above 64 KiB, 1012 the server restarts.`;

function server(publicUrl: string | undefined): Json {
  const url = new URL(publicUrl ?? 'http://localhost:3000');
  return { host: url.host, protocol: url.protocol === 'https:' ? 'wss' : 'ws' };
}

/** The whole document, ready for `JSON.stringify`. */
export function asyncApiDocument({
  version,
  publicUrl,
  address,
  views,
}: AsyncApiInfo): Json & { asyncapi: string } {
  const all = messages(views);
  const refs = (side: 'client' | 'server'): Json[] =>
    Object.keys(all)
      .filter((key) => key.startsWith(`${side}-`))
      .map((key) => ({ $ref: `#/channels/realtime/messages/${key}` }));
  return {
    asyncapi: '3.0.0',
    id: 'urn:vfxb:realtime',
    info: { title: 'VFXB realtime', version, description: DESCRIPTION },
    defaultContentType: 'application/json',
    servers: { api: server(publicUrl) },
    channels: {
      realtime: {
        address,
        title: 'The socket',
        description: 'One per client; several per user.',
        messages: Object.fromEntries(
          Object.keys(all).map((key) => [key, { $ref: `#/components/messages/${key}` }]),
        ),
        bindings: {
          ws: {
            method: 'GET',
            query: {
              type: 'object',
              properties: {
                ticket: { type: 'string', description: 'From POST /api/v1/auth/ws-ticket; works once' },
              },
            },
          },
        },
      },
    },
    operations: {
      receiveClientFrame: {
        action: 'receive',
        summary: 'Frames that the server takes',
        channel: { $ref: '#/channels/realtime' },
        messages: refs('client'),
      },
      sendServerFrame: {
        action: 'send',
        summary: 'Frames that the server sends',
        channel: { $ref: '#/channels/realtime' },
        messages: refs('server'),
      },
    },
    components: { messages: all },
  };
}
