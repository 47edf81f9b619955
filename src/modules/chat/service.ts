/**
 * Conversations: a user's messages and the replies that edit a project. A message is stored together with its pending reply
 * and, when no other reply is being planned, with the job that plans it.
 */
import { AppError } from '../../contracts/errors.ts';
import type { UserId } from '../../contracts/ids.ts';
import type { MessageView } from '../../contracts/chat.ts';
import type { Pagination } from '../../platform/http/responses.ts';
import type { ListQuery } from '../../platform/http/pagination.ts';
import type { OutgoingFrame } from '../../platform/realtime/realtime.ts';
import { createConversations, createMessages } from './conversations.ts';
import { chatOutcomes, STOPPED } from './outcomes.ts';
import { type ChatParts, type ChatServiceDeps, type NewChatMessage, unknown } from './parts.ts';
import { createPlanning } from './planning.ts';
import { createChatRepository } from './repository.ts';
import type { ConversationView, CreateConversation, ListMessagesQuery, SentMessage } from './schema.ts';
import { createSending } from './sending.ts';
import { messageFrame, viewMessage } from './view.ts';

export type { ChatServiceDeps, NewChatMessage } from './parts.ts';

export interface TypingSignal {
  readonly userId: UserId;
  readonly conversationId: string;
  readonly typing: boolean;
  /** The socket that typed; it is not told. */
  readonly origin: string;
}

/** Every method throws AppError `not_found` for what is not the user's, and takes part in the caller's transaction. */
export interface ChatService {
  /** @throws AppError `validation_failed`, `conflict` when the conversation is about another project */
  send(message: NewChatMessage): Promise<SentMessage>;
  /**
   * Ends a pending reply as stopped; a user's message stands for the reply to it.
   * @throws AppError `job_finished` when the reply has ended
   */
  stop(userId: UserId, messageId: string, requestId: string): Promise<MessageView>;
  typing(signal: TypingSignal): Promise<void>;
  createConversation(userId: UserId, conversation: CreateConversation): Promise<ConversationView>;
  conversation(userId: UserId, conversationId: string): Promise<ConversationView>;
  /** The one used last first. */
  conversations(
    userId: UserId,
    query: ListQuery,
  ): Promise<{ items: ConversationView[]; pagination: Pagination }>;
  /** Removes the conversation and its messages; what is being planned is cancelled. Revisions it made stay. */
  removeConversation(userId: UserId, conversationId: string, requestId: string): Promise<void>;
  messages(
    userId: UserId,
    conversationId: string,
    query: ListMessagesQuery,
  ): Promise<{ items: MessageView[]; pagination: Pagination }>;
  message(userId: UserId, conversationId: string, messageId: string): Promise<MessageView>;
}

function createStopping({ db, jobs, repository, planning, publishAfterCommit }: ChatParts) {
  const { messages } = repository;
  return async (userId: UserId, messageId: string, requestId: string): Promise<MessageView> =>
    db.transaction(async () => {
      const named = await messages.find(userId, messageId);
      const reply = named?.role === 'user' ? await messages.replyTo(named) : named;
      if (reply === undefined) throw unknown('message');
      if (reply.status !== 'pending')
        throw new AppError(
          'job_finished',
          `The reply has already ${reply.status === 'completed' ? 'been given' : reply.status}`,
        );
      const { jobId } = reply;
      if (jobId === undefined || !(await jobs.cancelOpen(userId, jobId, requestId))) {
        // It waits for its turn, or its job ended without an end for it.
        const stopped = await messages.changeReply(reply, STOPPED);
        if (stopped !== undefined) publishAfterCommit(() => [messageFrame('chat.completed', stopped)]);
        if (jobId !== undefined) await planning.startNext(userId, reply.conversationId);
      }
      const now = await messages.find(userId, reply._id);
      if (now === undefined) throw unknown('message');
      return viewMessage(now);
    });
}

/** Registers what `ai.chat` jobs do when they end; call it once a process. */
export function createChatService(deps: ChatServiceDeps): ChatService {
  const repository = createChatRepository(deps.db.models);
  const planning = createPlanning({ repository, jobs: deps.jobs, projects: deps.projects });
  const publishAfterCommit = (frames: () => readonly OutgoingFrame[]): void =>
    deps.db.afterCommit(() => {
      for (const frame of frames()) void deps.realtime.publish(frame);
    });
  const parts: ChatParts = { ...deps, repository, planning, publishAfterCommit };
  deps.jobs.onOutcome('ai.chat', chatOutcomes({ repository, projects: deps.projects, planning }));
  return {
    send: createSending(parts),
    stop: createStopping(parts),
    ...createConversations(parts),
    ...createMessages(parts),
    async typing({ userId, conversationId, typing, origin }) {
      const conversation = await repository.conversations.find(userId, conversationId);
      if (conversation === undefined) throw unknown('conversation');
      const data = { conversationId: conversation._id, userId, typing };
      await deps.realtime.signal({ userId, type: 'chat.typing', data }, origin);
    },
  };
}
