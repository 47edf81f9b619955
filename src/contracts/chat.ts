/** A chat message as clients see it, over REST and in frames of the socket. */
import { type Static, Type } from '@sinclair/typebox';
import type { Operation } from './edit-plan.ts';
import { oneOf } from './one-of.ts';

export const MESSAGE_STATUSES = ['sent', 'pending', 'completed', 'failed', 'stopped'] as const;
export const CHAT_ACTIONS = ['edit', 'undo', 'redo', 'reset', 'render', 'question', 'answer'] as const;

const MESSAGE_ID = 'msg_0193b5c0-6f4e-7000-8000-00000000000a';
const CONVERSATION_ID = 'cnv_0193b5c0-6f4e-7000-8000-00000000000b';
const JOB_ID = 'job_0193b5c0-6f4e-7000-8000-00000000000c';

export const MessageViewSchema = Type.Object(
  {
    id: Type.String({ examples: [MESSAGE_ID] }),
    conversationId: Type.String({ examples: [CONVERSATION_ID] }),
    role: oneOf(['user', 'assistant'], 'Who wrote it'),
    content: Type.String({
      description: 'The text; of a pending reply empty, since its pieces arrive as chat.delta',
      examples: ['I trimmed the video to its first ten seconds.'],
    }),
    status: oneOf(
      MESSAGE_STATUSES,
      "A user's message is sent; a reply is pending, then completed, failed or stopped",
    ),
    sequence: Type.Integer({ minimum: 1, description: 'Place in the conversation, from 1, without gaps' }),
    replyTo: Type.Optional(
      Type.String({ description: 'The message that this one answers', examples: [MESSAGE_ID] }),
    ),
    action: Type.Optional(oneOf(CHAT_ACTIONS, 'What a completed reply did')),
    operations: Type.Optional(
      Type.Array(Type.Unsafe<Operation>(Type.Object({ op: Type.String() }, { additionalProperties: true })), {
        description: 'Operations that an edit added or changed',
        examples: [[{ op: 'trim', start: 0, end: 10 }]],
      }),
    ),
    summary: Type.Optional(
      Type.String({ description: 'The operations in words', examples: ['trim to 0:00–0:10'] }),
    ),
    revision: Type.Optional(
      Type.Integer({ minimum: 0, description: "The project's revision after the message" }),
    ),
    renderJobId: Type.Optional(
      Type.String({ description: 'The render job that the reply started', examples: [JOB_ID] }),
    ),
    confidence: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'How sure the planner was of its reading' }),
    ),
    model: Type.Optional(Type.String({ examples: ['local'] })),
    tokens: Type.Optional(
      Type.Object(
        { input: Type.Integer({ minimum: 0 }), output: Type.Integer({ minimum: 0 }) },
        { additionalProperties: false },
      ),
    ),
    cost: Type.Optional(Type.Number({ minimum: 0, description: 'In US dollars', examples: [0] })),
    failure: Type.Optional(
      Type.Object(
        { code: Type.String({ examples: ['planner_failed'] }), message: Type.String() },
        { additionalProperties: false, description: 'Why a reply failed' },
      ),
    ),
    createdAt: Type.String({ maxLength: 32, examples: ['2026-11-24T09:00:00.000Z'] }),
  },
  { additionalProperties: false, description: 'One message of a conversation' },
);
export type MessageView = Static<typeof MessageViewSchema>;
