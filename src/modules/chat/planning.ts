/**
 * Which reply is planned when. One reply of a conversation at a time, in the order of the messages, each from what the
 * replies before it left behind. The order is kept in rows, so it survives any process. Every function here runs inside the
 * caller's transaction.
 */
import type { UserId } from '../../contracts/ids.ts';
import type { ChatContext, ChatTurn } from '../../contracts/jobs.ts';
import type { ConversationRecord, MessageRecord } from '../../platform/db/models/conversation.ts';
import type { JobService } from '../jobs/service.ts';
import type { ProjectService } from '../projects/service.ts';
import type { ChatRepository } from './repository.ts';

/** Earlier turns that a planner is shown. */
const HISTORY_TURNS = 20;

export interface PlanningDeps {
  readonly repository: ChatRepository;
  readonly jobs: Pick<JobService, 'create'>;
  readonly projects: Pick<ProjectService, 'chatContext'>;
}

export interface Planning {
  /** Starts a job for the reply, on the state as it is now. */
  plan(conversation: ConversationRecord, reply: MessageRecord): Promise<void>;
  /** Starts the oldest reply that waits, or notes that none does. Call it when a reply has ended. */
  startNext(userId: UserId, conversationId: string): Promise<void>;
}

function turnOf({ role, content, action, operations }: MessageRecord): ChatTurn {
  return {
    role,
    content,
    ...(action === undefined ? {} : { outcome: action }),
    ...(operations === undefined ? {} : { operations }),
  };
}

export function createPlanning({ repository, jobs, projects }: PlanningDeps): Planning {
  const { conversations, messages } = repository;

  async function contextOf(
    { _id, userId, projectId }: ConversationRecord,
    question: MessageRecord,
    reply: MessageRecord,
  ): Promise<ChatContext> {
    const turns = await messages.turnsBefore(question, HISTORY_TURNS);
    const project = projectId === undefined ? undefined : await projects.chatContext(userId, projectId);
    return {
      conversationId: _id,
      messageId: question._id,
      replyId: reply._id,
      content: question.content,
      history: turns.map(turnOf),
      ...(project === undefined ? {} : { project }),
    };
  }

  async function plan(conversation: ConversationRecord, reply: MessageRecord): Promise<void> {
    const { _id: conversationId, userId, projectId } = conversation;
    const question = await messages.find(userId, reply.replyTo ?? '');
    if (question === undefined) throw new Error(`The reply ${reply._id} answers no message`);
    const job = await jobs.create({
      kind: 'ai.chat',
      userId,
      subject: { conversationId, messageId: reply._id, ...(projectId === undefined ? {} : { projectId }) },
      payload: await contextOf(conversation, question, reply),
      requestId: reply.requestId ?? reply._id,
    });
    await messages.changeReply(reply, { jobId: job._id, plans: (reply.plans ?? 0) + 1 });
    await conversations.setActive(conversationId, reply._id);
  }

  return {
    plan,
    async startNext(userId, conversationId) {
      const conversation = await conversations.find(userId, conversationId);
      if (conversation === undefined) return;
      const waiting = await messages.nextWaiting(conversation._id);
      if (waiting === undefined) await conversations.setActive(conversation._id, undefined);
      else await plan(conversation, waiting);
    },
  };
}
