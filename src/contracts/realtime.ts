/** Frames of the realtime socket (DESIGN §10): JSON text, one object a frame. Published as AsyncAPI at `/docs/asyncapi.json`. */
import { type Static, Type } from '@sinclair/typebox';
import { MessageViewSchema } from './chat.ts';
import { idPattern } from './ids.ts';
import { JOB_KINDS, JOB_STATES, STAGES } from './jobs.ts';
import { oneOf } from './one-of.ts';

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

const id = (description: string) => Type.String({ maxLength: 64, description });
const message = Type.Object({ message: MessageViewSchema }, strict);
/** What every frame about a job begins with. */
const job = {
  jobId: id('The job'),
  kind: oneOf(Object.keys(JOB_KINDS), 'What the job does'),
  state: oneOf(JOB_STATES, 'Where it stands; completed, failed and cancelled are final'),
  videoId: Type.Optional(id('The video it is about')),
  projectId: Type.Optional(id('The project it is about')),
  renderId: Type.Optional(id('The render it makes')),
  conversationId: Type.Optional(id('The conversation it belongs to')),
  messageId: Type.Optional(id('The message it answers')),
};
/** A view that a module owns; the published document shows it whole. */
const view = (description: string) => Type.Object({}, { additionalProperties: true, description });

/** What `data` holds, by type of the server's frames. */
export const ServerFrameData = {
  ready: Type.Object(
    {
      userId: id('Whose socket this is'),
      seq: Type.Integer({
        minimum: 0,
        description: 'Number of the newest frame; resume from here when none came since',
      }),
    },
    { ...strict, description: 'The socket is authenticated; frames follow' },
  ),
  ack: Type.Object(
    {
      messageId: Type.Optional(id('chat.send: the stored message; chat.stop: the reply')),
      conversationId: Type.Optional(id('chat.send: where the message is')),
      replyId: Type.Optional(id('chat.send: the reply that is to come')),
      status: Type.Optional(Type.String({ description: 'chat.stop: how the reply ended' })),
      jobId: Type.Optional(id('job.cancel: the job')),
      state: Type.Optional(oneOf(JOB_STATES, 'job.cancel: where the job stands')),
    },
    { ...strict, description: 'The frame with this id was carried out; what it made is named here' },
  ),
  pong: Type.Object({}, { ...strict, description: 'Answers ping' }),
  error: Type.Object(
    { code: Type.String({ description: 'Stable code to act on' }), message: Type.String() },
    { ...strict, description: 'The frame with this id (or a frame that could not be read) was refused' },
  ),
  'chat.message': Type.Object(message.properties, {
    ...strict,
    description:
      'A message was stored, or a pending reply is planned anew: replace the message, and drop its deltas so far',
  }),
  'chat.delta': Type.Object(
    {
      messageId: id('The pending reply'),
      text: Type.String({ description: 'The next piece of its text' }),
      index: Type.Integer({ minimum: 0, description: 'Place of the piece, from 0' }),
      jobId: id('The job that writes the reply'),
      conversationId: Type.Optional(id('Where')),
    },
    { ...strict, description: 'A piece of a reply, in order. The content of chat.completed is what counts' },
  ),
  'chat.completed': Type.Object(message.properties, {
    ...strict,
    description: 'A reply ended: completed, failed or stopped',
  }),
  'chat.typing': Type.Object(
    { conversationId: id('Where'), userId: id('Who'), typing: Type.Boolean() },
    { ...strict, description: 'Someone else types, or stopped; not numbered, not kept' },
  ),
  'video.updated': Type.Object(
    { video: view('The video as it is now') },
    { ...strict, description: 'A video changed its state' },
  ),
  'project.revision': Type.Object(
    {
      projectId: id('The project'),
      revision: Type.Integer({ minimum: 0, description: 'The revision that it shows now' }),
      operations: Type.Array(view('An operation'), { description: 'The edit plan of that revision' }),
      timeline: Type.Optional(view('What the plan makes of the video')),
      canUndo: Type.Boolean(),
      canRedo: Type.Boolean(),
    },
    { ...strict, description: "A project's head moved" },
  ),
  'job.progress': Type.Object(
    {
      ...job,
      progress: Type.Number({ minimum: 0, maximum: 100, description: 'Percent done' }),
      stage: oneOf(STAGES, 'What is being done'),
      fps: Type.Optional(Type.Number({ description: 'Frames rendered per second' })),
      etaSeconds: Type.Optional(Type.Number({ description: 'Seconds that remain, as far as known' })),
    },
    { ...strict, description: 'How far a job is' },
  ),
  'job.completed': Type.Object(
    {
      ...job,
      result: Type.Record(Type.String(), Type.Unknown(), {
        description: 'What the job made; depends on its kind',
      }),
    },
    { ...strict, description: 'A job ended with a result' },
  ),
  'job.failed': Type.Object(
    { ...job, code: Type.String({ description: 'Stable code to act on' }), message: Type.String() },
    { ...strict, description: 'A job ended without a result' },
  ),
  'job.cancelled': Type.Object(job, { ...strict, description: 'A job was cancelled' }),
  resumed: Type.Object(
    {
      complete: Type.Boolean({ description: 'false: some frames are gone, read the REST API again' }),
      seq: Type.Integer({ minimum: 0, description: 'Number of the newest frame' }),
    },
    { ...strict, description: 'Everything since the given number was sent again, or could not be' },
  ),
} as const satisfies Record<ServerFrameType, ReturnType<typeof Type.Object>>;

/** Close codes of the socket beyond the standard ones. */
export const CLOSE_CODES = {
  unauthenticated: 4001,
  authTimeout: 4002,
  tooSlow: 4008,
  tooManyErrors: 4029,
} as const;
