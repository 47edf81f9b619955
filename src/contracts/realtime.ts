/** Frames of the realtime socket (DESIGN §10): JSON text, one object a frame. Published as AsyncAPI at `/docs/asyncapi.json`. */
import { type Static, Type } from '@sinclair/typebox';
import { idPattern } from './ids.ts';

const strict = { additionalProperties: false } as const;
const frameId = Type.Optional(
  Type.String({ minLength: 1, maxLength: 128, description: "The client's own id; echoed by ack or error" }),
);
const ref = (kind: Parameters<typeof idPattern>[0]) =>
  Type.String({ pattern: idPattern(kind), maxLength: 64 });

/** Longest chat message in characters. */
export const CHAT_CONTENT_MAX = 4_000;

const frame = <T extends string, D extends Parameters<typeof Type.Object>[0]>(type: T, data: D) =>
  Type.Object({ type: Type.Literal(type), id: frameId, data: Type.Object(data, strict) }, strict);

export const ClientFrames = {
  auth: frame('auth', { token: Type.String({ minLength: 1, maxLength: 4_096 }) }),
  'chat.send': frame('chat.send', {
    conversationId: Type.Optional(ref('conversation')),
    projectId: Type.Optional(ref('project')),
    content: Type.String({ minLength: 1, maxLength: CHAT_CONTENT_MAX }),
    replyTo: Type.Optional(ref('message')),
  }),
  'chat.stop': frame('chat.stop', { messageId: ref('message') }),
  'chat.typing': frame('chat.typing', { conversationId: ref('conversation'), typing: Type.Boolean() }),
  'job.cancel': frame('job.cancel', { jobId: ref('job') }),
  resume: frame('resume', { after: Type.Integer({ minimum: 0 }) }),
  ping: Type.Object(
    { type: Type.Literal('ping'), id: frameId, data: Type.Optional(Type.Object({}, strict)) },
    strict,
  ),
} as const;

export type ClientFrameType = keyof typeof ClientFrames;
export type ClientFrame = { [T in ClientFrameType]: Static<(typeof ClientFrames)[T]> }[ClientFrameType];

export const SERVER_FRAME_TYPES = [
  'ready',
  'ack',
  'pong',
  'error',
  'chat.message',
  'chat.delta',
  'chat.completed',
  'chat.typing',
  'video.updated',
  'project.revision',
  'job.progress',
  'job.completed',
  'job.failed',
  'job.cancelled',
  'resumed',
] as const;
export type ServerFrameType = (typeof SERVER_FRAME_TYPES)[number];

/** A frame to a user. `seq` counts per user and is absent on direct answers (`ready`, `ack`, `pong`, `error`, `resumed`). */
export interface ServerFrame {
  readonly type: ServerFrameType;
  readonly id?: string;
  readonly seq?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Close codes of the socket beyond the standard ones. */
export const CLOSE_CODES = {
  unauthenticated: 4001,
  authTimeout: 4002,
  tooSlow: 4008,
  tooManyErrors: 4029,
} as const;
