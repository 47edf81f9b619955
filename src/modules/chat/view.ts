/** Conversations and messages as clients see them, and the frames that carry messages. Pure. */
import type { MessageView } from '../../contracts/chat.ts';
import { describeOperations } from '../../editing/plan.ts';
import type { ConversationRecord, MessageRecord } from '../../platform/db/models/conversation.ts';
import type { OutgoingFrame } from '../../platform/realtime/realtime.ts';
import type { ConversationView } from './schema.ts';

/** Only what is there: a view has no `undefined` fields. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export function viewConversation(conversation: ConversationRecord): ConversationView {
  return {
    id: conversation._id,
    title: conversation.title,
    ...present({ projectId: conversation.projectId }),
    messageCount: conversation.lastSequence,
    createdAt: conversation.createdAt.toISOString(),
    updatedAt: conversation.updatedAt.toISOString(),
  };
}

export function viewMessage(message: MessageRecord): MessageView {
  const { operations, action, replyTo, revision, renderJobId, failure } = message;
  const { confidence, model, tokens, costUsd } = message;
  return {
    id: message._id,
    conversationId: message.conversationId,
    role: message.role,
    content: message.content,
    status: message.status,
    sequence: message.sequence,
    ...present({ replyTo, action, operations, revision, renderJobId, confidence, model, tokens, failure }),
    ...present({ cost: costUsd }),
    ...(operations !== undefined && operations.length > 0 ? { summary: describeOperations(operations) } : {}),
    createdAt: message.createdAt.toISOString(),
  };
}

/** The frame that shows the owner's sockets a message as it is now. */
export function messageFrame(type: 'chat.message' | 'chat.completed', message: MessageRecord): OutgoingFrame {
  return { userId: message.userId, type, data: { message: viewMessage(message) } };
}
