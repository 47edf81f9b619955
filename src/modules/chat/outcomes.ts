/**
 * What the end of an `ai.chat` job does to its reply, to the project, and to the reply that waits behind it: all of it in the
 * transaction that ends the job, so that no half of it is ever seen.
 */
import type { ChatOutcome, JobFailure } from '../../contracts/jobs.ts';
import type { MessageRecord } from '../../platform/db/models/conversation.ts';
import type { JobRecord } from '../../platform/db/models/job.ts';
import type { OutgoingFrame } from '../../platform/realtime/realtime.ts';
import type { JobOutcomes } from '../jobs/service.ts';
import { type ProjectService, revisionFrame } from '../projects/service.ts';
import { createCarryOut } from './carry-out.ts';
import { checkOutcome } from './outcome-check.ts';
import type { Planning } from './planning.ts';
import type { ChatRepository, ReplyChange } from './repository.ts';
import { messageFrame } from './view.ts';

/** Times a request is planned when the project keeps moving. */
const MAX_PLANS = 3;
const MOVED = 'The project kept changing while I worked on this, so I changed nothing. Please ask again.';

export interface ChatOutcomesDeps {
  readonly repository: ChatRepository;
  readonly projects: Pick<ProjectService, 'applyPlan' | 'undo' | 'redo' | 'chatContext' | 'startRender'>;
  readonly planning: Planning;
}

type ChatJob = JobRecord<'ai.chat'>;

/** The reply after a failure, in words. */
function failedReply({ code, message }: Pick<JobFailure, 'code' | 'message'>): ReplyChange {
  const content = `That did not work: ${message.replace(/\.$/, '')}. Nothing was changed.`;
  return { status: 'failed', content, failure: { code, message } };
}

/** The reply after a stop. What was streamed before is replaced, since none of it came true. */
export const STOPPED: ReplyChange = { status: 'stopped', content: 'Stopped. Nothing was changed.' };

function completedReply(outcome: ChatOutcome): ReplyChange {
  const { reply, action, confidence, model, tokens, costUsd } = outcome;
  return { status: 'completed', content: reply, action, confidence, model, tokens, costUsd };
}

export function chatOutcomes({ repository, projects, planning }: ChatOutcomesDeps): JobOutcomes<'ai.chat'> {
  const { conversations, messages } = repository;
  const carryOut = createCarryOut({ projects });

  /** The reply that the job still is to give; a reply that has ended or has another job by now is left alone. */
  async function openReply(job: ChatJob): Promise<MessageRecord | undefined> {
    const reply = await messages.find(job.userId, job.payload.replyId);
    return reply?.status === 'pending' && reply.jobId === job._id ? reply : undefined;
  }

  async function end(reply: MessageRecord, change: ReplyChange): Promise<OutgoingFrame[]> {
    const ended = await messages.changeReply(reply, change);
    await planning.startNext(reply.userId, reply.conversationId);
    return ended === undefined ? [] : [messageFrame('chat.completed', ended)];
  }

  async function planAnew(reply: MessageRecord): Promise<OutgoingFrame[]> {
    const conversation = await conversations.find(reply.userId, reply.conversationId);
    if (conversation === undefined) return [];
    await planning.plan(conversation, reply);
    return [messageFrame('chat.message', reply)];
  }

  return {
    async completed(job, result) {
      const reply = await openReply(job);
      if (reply === undefined) return [];
      const outcome = checkOutcome(result, job.payload);
      const { userId, requestId } = job;
      const turn = { userId, requestId, replyId: reply._id, planned: job.payload.project };
      const carried = await carryOut(outcome, turn);
      if (carried.type === 'moved')
        return (reply.plans ?? 1) < MAX_PLANS
          ? planAnew(reply)
          : end(reply, {
              ...failedReply({ code: 'revision_conflict', message: MOVED }),
              content: MOVED,
            });
      const frames = await end(reply, { ...completedReply(outcome), ...carried.change });
      return carried.project === undefined ? frames : [revisionFrame(userId, carried.project), ...frames];
    },
    async failed(job, failure) {
      const reply = await openReply(job);
      return reply === undefined ? [] : end(reply, failedReply(failure));
    },
    async cancelled(job) {
      const reply = await openReply(job);
      return reply === undefined ? [] : end(reply, STOPPED);
    },
    viewResult: (job) =>
      job.result === undefined ? undefined : { messageId: job.payload.replyId, action: job.result.action },
  };
}
