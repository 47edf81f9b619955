/** Stores a message with its pending reply. */
import { AppError } from '../../contracts/errors.ts';
import type { MessageId, ProjectId, UserId } from '../../contracts/ids.ts';
import type { ConversationRecord, MessageRecord } from '../../platform/db/models/conversation.ts';
import { readContent, titleFrom } from './content.ts';
import { type ChatParts, type NewChatMessage, unknown } from './parts.ts';
import type { SentMessage } from './schema.ts';
import { messageFrame, viewMessage } from './view.ts';

/** A conversation that nobody gave a title; the first message gives it one. */
export const UNTITLED = 'New conversation';
/** A message that comes again within this time is the same one; later it is a new one that happens to be equal. */
const SAME_WITHIN_MS = 3_600_000;

interface Stored {
  readonly message: MessageRecord;
  readonly reply: MessageRecord;
}

const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 11_000;

/**
 * What makes a message sent again the same: the client's id and all it says. With the id alone, a client that counts its
 * frames from 1 on each connection would have its next message taken for an earlier one.
 */
function clientKeyOf(message: NewChatMessage, content: string): string | undefined {
  const { clientId, conversationId, projectId, replyTo } = message;
  if (clientId === undefined) return undefined;
  const said = JSON.stringify([clientId, conversationId ?? '', projectId ?? '', replyTo ?? '', content]);
  return new Bun.CryptoHasher('sha256').update(said).digest('hex');
}

const sent = ({ message, reply }: Stored): SentMessage => ({
  ...viewMessage(message),
  reply: viewMessage(reply),
});

/** The project that the message binds its conversation to, where it has none. */
function boundProject(
  { projectId: bound }: Pick<ConversationRecord, 'projectId'>,
  wanted: ProjectId | undefined,
): { projectId?: ProjectId } {
  if (wanted === undefined || wanted === bound) return {};
  if (bound !== undefined) throw new AppError('conflict', 'The conversation is about another project');
  return { projectId: wanted };
}

function createLookups({ repository, projects }: ChatParts) {
  const { conversations, messages } = repository;

  /** The same message, if it was stored before. */
  async function storedBefore(userId: UserId, clientKey: string | undefined): Promise<Stored | undefined> {
    if (clientKey === undefined) return undefined;
    const message = await messages.findByClientKey(userId, clientKey);
    if (message === undefined) return undefined;
    const reply = await messages.replyTo(message);
    if (reply !== undefined && message.createdAt.getTime() + SAME_WITHIN_MS > Date.now())
      return { message, reply };
    await messages.forgetClientKey(message);
    return undefined;
  }

  async function conversationFor(
    { userId, conversationId, projectId }: NewChatMessage,
    content: string,
  ): Promise<ConversationRecord> {
    const wanted =
      projectId === undefined ? undefined : ((await projects.get(userId, projectId)).id as ProjectId);
    const found =
      conversationId === undefined
        ? await conversations.create({
            userId,
            title: titleFrom(content),
            ...(wanted === undefined ? {} : { projectId: wanted }),
          })
        : await conversations.find(userId, conversationId);
    if (found === undefined) throw unknown('conversation');
    const isUntitled = found.lastSequence === 0 && found.title === UNTITLED;
    const change = {
      ...boundProject(found, wanted),
      ...(isUntitled ? { title: titleFrom(content) } : {}),
    };
    const reserved = await conversations.reserve(found, change);
    if (reserved === null) throw unknown('conversation');
    return reserved;
  }

  return { storedBefore, conversationFor };
}

export function createSending(parts: ChatParts) {
  const { db, repository, planning, publishAfterCommit } = parts;
  const { messages } = repository;
  const { storedBefore, conversationFor } = createLookups(parts);

  async function checkReference(conversation: ConversationRecord, replyTo: string | undefined) {
    if (replyTo === undefined) return {};
    const referred = await messages.find(conversation.userId, replyTo);
    if (referred?.conversationId !== conversation._id) throw unknown('message');
    return { replyTo: replyTo as MessageId };
  }

  async function store(message: NewChatMessage, content: string, clientKey: string | undefined) {
    const conversation = await conversationFor(message, content);
    const { _id: conversationId, userId, lastSequence } = conversation;
    const stored = await messages.insert({
      conversationId,
      userId,
      role: 'user',
      content,
      status: 'sent',
      sequence: lastSequence - 1,
      ...(await checkReference(conversation, message.replyTo)),
      ...(clientKey === undefined ? {} : { clientKey }),
    });
    const reply = await messages.insert({
      conversationId,
      userId,
      role: 'assistant',
      content: '',
      status: 'pending',
      sequence: lastSequence,
      replyTo: stored._id,
      requestId: message.requestId,
    });
    // Registered before the job: clients hear of the reply before its first piece.
    publishAfterCommit(() => [messageFrame('chat.message', stored), messageFrame('chat.message', reply)]);
    if (conversation.activeReplyId === undefined) await planning.plan(conversation, reply);
    return { message: stored, reply };
  }

  return async (message: NewChatMessage): Promise<SentMessage> => {
    const content = readContent(message.content);
    const clientKey = clientKeyOf(message, content);
    const once = async (): Promise<Stored> =>
      db.transaction(
        async () =>
          (await storedBefore(message.userId, clientKey)) ?? (await store(message, content, clientKey)),
      );
    try {
      return sent(await once());
    } catch (error) {
      // Two copies at once: the other one has won, and is found now.
      if (clientKey === undefined || !isDuplicate(error)) throw error;
      return sent(await once());
    }
  };
}
