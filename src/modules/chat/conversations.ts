/** Conversations as a collection: make, list, read, remove. */
import { AppError } from '../../contracts/errors.ts';
import type { ProjectId, UserId } from '../../contracts/ids.ts';
import type { MessageView } from '../../contracts/chat.ts';
import type { ConversationRecord, MessageRecord } from '../../platform/db/models/conversation.ts';
import { byChange, type ListQuery, readPage } from '../../platform/http/pagination.ts';
import type { Pagination } from '../../platform/http/responses.ts';
import { type ChatParts, unknown } from './parts.ts';
import type { ConversationView, CreateConversation, ListMessagesQuery } from './schema.ts';
import { UNTITLED } from './sending.ts';
import { viewConversation, viewMessage } from './view.ts';

interface Listed<T> {
  readonly items: T[];
  readonly pagination: Pagination;
}

/** A message's place in its conversation, as a cursor: the sequence number stands for the id. */
const placeOf = (message: MessageRecord) => ({
  at: message.createdAt.toISOString(),
  id: String(message.sequence),
});

function sequenceOf(id: string): number {
  const sequence = Number(id);
  if (Number.isSafeInteger(sequence) && sequence > 0) return sequence;
  throw new AppError('validation_failed', 'The cursor is not one that this list gave', {
    issues: [{ path: '/query/cursor', message: 'Expected the nextCursor of a page before' }],
  });
}

async function own(
  { conversations }: ChatParts['repository'],
  userId: UserId,
  conversationId: string,
): Promise<ConversationRecord> {
  const conversation = await conversations.find(userId, conversationId);
  if (conversation === undefined) throw unknown('conversation');
  return conversation;
}

/** Making, listing and removing conversations. */
export function createConversations({ db, repository, projects, jobs }: ChatParts) {
  const { conversations, messages } = repository;

  async function createConversation(userId: UserId, given: CreateConversation): Promise<ConversationView> {
    const project = given.projectId === undefined ? undefined : await projects.get(userId, given.projectId);
    const created = await conversations.create({
      userId,
      title: given.title?.toWellFormed().replaceAll('\0', '').trim() ?? UNTITLED,
      ...(project === undefined ? {} : { projectId: project.id as ProjectId }),
    });
    return viewConversation(created);
  }

  async function listConversations(userId: UserId, query: ListQuery): Promise<Listed<ConversationView>> {
    const { items, pagination } = await readPage(query, {
      rows: async (range) => conversations.list(userId, range),
      count: async () => conversations.count(userId),
      place: byChange,
    });
    return { items: items.map(viewConversation), pagination };
  }

  async function removeConversation(
    userId: UserId,
    conversationId: string,
    requestId: string,
  ): Promise<void> {
    await db.transaction(async () => {
      const conversation = await own(repository, userId, conversationId);
      const { activeReplyId } = conversation;
      const active = activeReplyId === undefined ? undefined : await messages.find(userId, activeReplyId);
      await conversations.remove(conversation);
      // After the rows: a cancelled job whose reply is gone starts no other.
      if (active?.jobId !== undefined && active.status === 'pending')
        await jobs.cancelOpen(userId, active.jobId, requestId);
    });
  }

  return {
    createConversation,
    conversation: async (userId: UserId, conversationId: string): Promise<ConversationView> =>
      viewConversation(await own(repository, userId, conversationId)),
    conversations: listConversations,
    removeConversation,
  };
}

/** Reading messages. */
export function createMessages({ repository }: ChatParts) {
  const { messages } = repository;

  async function listMessages(
    userId: UserId,
    conversationId: string,
    query: ListMessagesQuery,
  ): Promise<Listed<MessageView>> {
    const conversation = await own(repository, userId, conversationId);
    const { items, pagination } = await readPage(query, {
      rows: async ({ limit, cursor, skip }) =>
        messages.list({
          conversationId: conversation._id,
          order: query.order ?? 'newest',
          limit,
          skip: skip ?? 0,
          ...(cursor === undefined ? {} : { after: sequenceOf(cursor.id) }),
        }),
      count: () => conversation.lastSequence,
      place: placeOf,
    });
    return { items: items.map(viewMessage), pagination };
  }

  return {
    messages: listMessages,
    async message(userId: UserId, conversationId: string, messageId: string): Promise<MessageView> {
      const message = await messages.find(userId, messageId);
      if (message === undefined || message.conversationId !== conversationId) throw unknown('message');
      return viewMessage(message);
    },
  };
}
