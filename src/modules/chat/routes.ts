/** `/ai/conversations`: the chat over REST. The same over the socket is in the realtime module. */
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { MessageViewSchema } from '../../contracts/chat.ts';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { ListQuery } from '../../platform/http/pagination.ts';
import { dataOf, listOf, ok, page, problemResponses } from '../../platform/http/responses.ts';
import {
  ConversationParams,
  ConversationViewSchema,
  CreateConversationSchema,
  ListMessagesQuery,
  MessageParams,
  SendMessageSchema,
  SentMessageSchema,
} from './schema.ts';
import type { ChatService } from './service.ts';

const detail = (summary: string, description?: string) => ({
  tags: ['chat'],
  summary,
  ...(description === undefined ? {} : { description }),
});

function conversationRoutes(http: HttpBase, chat: ChatService) {
  return new Elysia()
    .use(http)
    .post(
      '',
      async ({ body, principal, once, status }) =>
        once(async () => status(201, ok(await chat.createConversation(principal.userId, body)))),
      {
        policy: 'user',
        idempotent: true,
        body: CreateConversationSchema,
        response: { 201: dataOf(ConversationViewSchema), ...problemResponses('not_found') },
        detail: detail('Begin a conversation', 'With `projectId` its messages edit that project.'),
      },
    )
    .get(
      '',
      async ({ query, principal }) => {
        const { items, pagination } = await chat.conversations(principal.userId, query);
        return page(items, pagination);
      },
      {
        policy: 'user',
        query: ListQuery,
        response: { 200: listOf(ConversationViewSchema) },
        detail: detail('List conversations', 'The one used last comes first.'),
      },
    )
    .get('/:id', async ({ params, principal }) => ok(await chat.conversation(principal.userId, params.id)), {
      policy: 'user',
      params: ConversationParams,
      response: { 200: dataOf(ConversationViewSchema), ...problemResponses('not_found') },
      detail: detail('Read a conversation'),
    })
    .delete(
      '/:id',
      async ({ params, principal, requestId, set }) => {
        await chat.removeConversation(principal.userId, params.id, requestId);
        set.status = 204;
      },
      {
        policy: 'user',
        params: ConversationParams,
        response: { 204: Type.Void({ description: 'Removed' }), ...problemResponses('not_found') },
        detail: detail(
          'Delete a conversation',
          'With its messages; a reply under way is cancelled. What it changed in the project stays.',
        ),
      },
    );
}

function messageRoutes(http: HttpBase, chat: ChatService) {
  return new Elysia()
    .use(http)
    .get(
      '/:id/messages',
      async ({ params, query, principal }) => {
        const { items, pagination } = await chat.messages(principal.userId, params.id, query);
        return page(items, pagination);
      },
      {
        policy: 'user',
        params: ConversationParams,
        query: ListMessagesQuery,
        response: { 200: listOf(MessageViewSchema), ...problemResponses('not_found') },
        detail: detail('List messages', 'The newest comes first, unless `order=oldest`.'),
      },
    )
    .post(
      '/:id/messages',
      async ({ params, body, principal, requestId, once, status }) =>
        once(async () => {
          const { userId } = principal;
          const sent = await chat.send({ ...body, userId, conversationId: params.id, requestId });
          return status(202, ok(sent));
        }),
      {
        policy: 'user',
        idempotent: true,
        params: ConversationParams,
        body: SendMessageSchema,
        response: { 202: dataOf(SentMessageSchema), ...problemResponses('not_found') },
        detail: detail(
          'Send a message',
          'Answers with the stored message and its pending `reply`, which a worker completes: follow it over the socket, or read it until its status is no longer `pending`.',
        ),
      },
    )
    .get(
      '/:id/messages/:messageId',
      async ({ params, principal }) => ok(await chat.message(principal.userId, params.id, params.messageId)),
      {
        policy: 'user',
        params: MessageParams,
        response: { 200: dataOf(MessageViewSchema), ...problemResponses('not_found') },
        detail: detail('Read a message'),
      },
    )
    .post(
      '/:id/messages/:messageId/stop',
      async ({ params, principal: { userId }, requestId, once }) =>
        once(async () => {
          await chat.message(userId, params.id, params.messageId);
          return ok(await chat.stop(userId, params.messageId, requestId));
        }),
      {
        policy: 'user',
        idempotent: true,
        params: MessageParams,
        response: { 200: dataOf(MessageViewSchema), ...problemResponses('not_found', 'job_finished') },
        detail: detail('Stop a reply', 'A pending reply ends as `stopped`, and nothing is changed.'),
      },
    );
}

/** Everything below `/ai/conversations`. */
export function chatRoutes(http: HttpBase, chat: ChatService) {
  return new Elysia({ prefix: '/ai/conversations' })
    .use(conversationRoutes(http, chat))
    .use(messageRoutes(http, chat));
}
