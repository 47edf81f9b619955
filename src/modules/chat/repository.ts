/** Rows of conversations and their messages. Every query names the owner, so that somebody else's id finds nothing. */
import {
  type ConversationId,
  isId,
  type MessageId,
  newId,
  type ProjectId,
  type UserId,
} from '../../contracts/ids.ts';
import type { Database } from '../../platform/db/database.ts';
import type { ConversationRecord, MessageRecord } from '../../platform/db/models/conversation.ts';
import { anyOf, exists, greaterThan, lessThan } from '../../platform/db/operators.ts';
import { afterCursor, type Cursor } from '../../platform/http/pagination.ts';

export type NewMessage = Omit<MessageRecord, '_id' | 'createdAt' | 'updatedAt'>;
export type ReplyChange = Partial<Omit<NewMessage, 'conversationId' | 'userId' | 'role' | 'sequence'>>;

interface Slice {
  readonly limit: number;
  readonly skip?: number;
}

export interface MessageQuery extends Slice {
  readonly conversationId: ConversationId;
  readonly order: 'newest' | 'oldest';
  /** Sequence of the last message seen. */
  readonly after?: number;
}

interface ConversationQuery extends Slice {
  readonly cursor?: Cursor | undefined;
}

/** Rows of conversations. Methods inside a transaction take part in it. */
function conversationRows({ Conversation, Message }: Database['models']) {
  return {
    async create(conversation: { userId: UserId; title: string; projectId?: ProjectId }) {
      return (
        await Conversation.create({ _id: newId('conversation'), ...conversation, lastSequence: 0 })
      ).toObject();
    },
    async find(userId: UserId, conversationId: string): Promise<ConversationRecord | undefined> {
      if (!isId('conversation', conversationId)) return undefined;
      return (await Conversation.findOne({ _id: conversationId, userId }).lean()) ?? undefined;
    },
    /** The one used last first. */
    async list(userId: UserId, { limit, skip, cursor }: ConversationQuery): Promise<ConversationRecord[]> {
      const filter: Record<string, unknown> = {
        userId,
        ...(cursor === undefined ? {} : afterCursor('updatedAt', cursor)),
      };
      return Conversation.find(filter)
        .sort({ updatedAt: -1, _id: -1 })
        .skip(skip ?? 0)
        .limit(limit)
        .lean();
    },
    async count(userId: UserId): Promise<number> {
      return Conversation.countDocuments({ userId });
    },
    /**
     * Takes the next two sequence numbers, for a message and its reply. Two senders at once conflict here, on the row, so that
     * neither overlooks the other's reply.
     */
    async reserve({ _id, userId }: ConversationRecord, change: { title?: string; projectId?: ProjectId }) {
      return Conversation.findOneAndUpdate(
        { _id, userId },
        { $inc: { lastSequence: 2 }, $set: change },
        { returnDocument: 'after' },
      ).lean();
    },
    async setActive(conversationId: ConversationId, replyId: MessageId | undefined): Promise<void> {
      await Conversation.updateOne(
        { _id: conversationId },
        replyId === undefined ? { $unset: { activeReplyId: 1 } } : { $set: { activeReplyId: replyId } },
      );
    },
    async remove({ _id, userId }: ConversationRecord): Promise<void> {
      await Message.deleteMany({ conversationId: _id, userId });
      await Conversation.deleteOne({ _id, userId });
    },
  };
}

/** Rows of messages. Methods inside a transaction take part in it. */
function messageRows({ Message }: Database['models']) {
  return {
    async insert(message: NewMessage): Promise<MessageRecord> {
      return (await Message.create({ _id: newId('message'), ...message })).toObject();
    },
    async find(userId: UserId, messageId: string): Promise<MessageRecord | undefined> {
      if (!isId('message', messageId)) return undefined;
      return (await Message.findOne({ _id: messageId, userId }).lean()) ?? undefined;
    },
    async replyTo({ conversationId, sequence, userId }: MessageRecord): Promise<MessageRecord | undefined> {
      return (
        (await Message.findOne({
          conversationId,
          userId,
          sequence: sequence + 1,
          role: 'assistant',
        }).lean()) ?? undefined
      );
    },
    async findByClientKey(userId: UserId, clientKey: string): Promise<MessageRecord | undefined> {
      return (await Message.findOne({ userId, clientKey }).lean()) ?? undefined;
    },
    async forgetClientKey(message: MessageRecord): Promise<void> {
      await Message.updateOne({ _id: message._id }, { $unset: { clientKey: 1 } });
    },
    /** Changes a reply that is still pending; `undefined` when it has ended. */
    async changeReply(reply: MessageRecord, change: ReplyChange): Promise<MessageRecord | undefined> {
      const { _id, userId } = reply;
      const changed = await Message.findOneAndUpdate(
        { _id, userId, status: 'pending' },
        { $set: change },
        { returnDocument: 'after' },
      ).lean();
      return changed ?? undefined;
    },
    /** The oldest reply that no job works on. */
    async nextWaiting(conversationId: ConversationId): Promise<MessageRecord | undefined> {
      const waiting = await Message.findOne({
        conversationId,
        role: 'assistant',
        status: 'pending',
        jobId: exists(false),
      })
        .sort({ sequence: 1 })
        .lean();
      return waiting ?? undefined;
    },
    async list({ conversationId, order, after, limit, skip }: MessageQuery): Promise<MessageRecord[]> {
      const isNewestFirst = order === 'newest';
      const beyond = isNewestFirst ? lessThan : greaterThan;
      return Message.find({ conversationId, ...(after === undefined ? {} : { sequence: beyond(after) }) })
        .sort({ sequence: isNewestFirst ? -1 : 1 })
        .skip(skip ?? 0)
        .limit(limit)
        .lean();
    },
    /** Ended turns before the sequence number, oldest first, the newest at most `limit`. */
    async turnsBefore({ conversationId, sequence }: MessageRecord, limit: number): Promise<MessageRecord[]> {
      const turns = await Message.find({
        conversationId,
        sequence: lessThan(sequence),
        status: anyOf(['sent', 'completed', 'failed', 'stopped']),
      })
        .sort({ sequence: -1 })
        .limit(limit)
        .lean();
      return turns.toReversed();
    },
  };
}

export function createChatRepository(models: Database['models']) {
  return { conversations: conversationRows(models), messages: messageRows(models) };
}
export type ChatRepository = ReturnType<typeof createChatRepository>;
