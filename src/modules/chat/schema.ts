/** What crosses the wire about conversations: bodies, queries, views; documented for OpenAPI. */
import { type Static, Type } from '@sinclair/typebox';
import { MessageViewSchema } from '../../contracts/chat.ts';
import { idPattern } from '../../contracts/ids.ts';
import { CHAT_CONTENT_MAX } from '../../contracts/realtime.ts';
import { listQueryWith } from '../../platform/http/pagination.ts';

const strict = { additionalProperties: false } as const;
const CONVERSATION_ID = 'cnv_0193b5c0-6f4e-7000-8000-00000000000b';
const MESSAGE_ID = 'msg_0193b5c0-6f4e-7000-8000-00000000000a';
const PROJECT_ID = 'prj_0193b5c0-6f4e-7000-8000-000000000001';

const date = Type.String({ maxLength: 32, examples: ['2026-11-24T09:00:00.000Z'] });
const conversationId = Type.String({
  maxLength: 64,
  description: 'Id of the conversation',
  examples: [CONVERSATION_ID],
});
const messageId = Type.String({ maxLength: 64, description: 'Id of the message', examples: [MESSAGE_ID] });

export const ConversationParams = Type.Object({ id: conversationId }, strict);
export const MessageParams = Type.Object({ id: conversationId, messageId }, strict);

export const CreateConversationSchema = Type.Object(
  {
    title: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: '\\S',
        description: 'Default: the beginning of the first message',
        examples: ['Holiday cut'],
      }),
    ),
    projectId: Type.Optional(
      Type.String({
        pattern: idPattern('project'),
        maxLength: 64,
        description: 'The project that the conversation edits',
        examples: [PROJECT_ID],
      }),
    ),
  },
  { ...strict, examples: [{ title: 'Holiday cut', projectId: PROJECT_ID }] },
);
export type CreateConversation = Static<typeof CreateConversationSchema>;

export const ConversationViewSchema = Type.Object(
  {
    id: Type.String({ examples: [CONVERSATION_ID] }),
    title: Type.String({ examples: ['Holiday cut'] }),
    projectId: Type.Optional(Type.String({ examples: [PROJECT_ID] })),
    messageCount: Type.Integer({ minimum: 0, description: 'Messages and replies so far', examples: [4] }),
    createdAt: date,
    updatedAt: date,
  },
  { ...strict, description: 'A conversation about one project, or about none yet' },
);
export type ConversationView = Static<typeof ConversationViewSchema>;

export const SendMessageSchema = Type.Object(
  {
    content: Type.String({
      minLength: 1,
      maxLength: CHAT_CONTENT_MAX,
      description: 'What should happen; surrounding spaces are removed',
      examples: ['Cut the first ten seconds and make it black and white'],
    }),
    replyTo: Type.Optional(
      Type.String({
        pattern: idPattern('message'),
        maxLength: 64,
        description: 'A message of the same conversation that this one refers to',
        examples: [MESSAGE_ID],
      }),
    ),
  },
  { ...strict, examples: [{ content: 'Cut the first ten seconds and make it black and white' }] },
);

export const SentMessageSchema = Type.Object(
  { ...MessageViewSchema.properties, reply: MessageViewSchema },
  { ...strict, description: 'The stored message, and the pending reply to it' },
);
export type SentMessage = Static<typeof SentMessageSchema>;

export const ListMessagesQuery = listQueryWith({
  order: Type.Optional(
    Type.Union([Type.Literal('newest'), Type.Literal('oldest')], {
      default: 'newest',
      description: 'Which message comes first',
    }),
  ),
});
export type ListMessagesQuery = Static<typeof ListMessagesQuery>;
