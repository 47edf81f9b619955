/** What the parts of the chat module share. */
import { AppError } from '../../contracts/errors.ts';
import type { UserId } from '../../contracts/ids.ts';
import type { Database } from '../../platform/db/database.ts';
import type { OutgoingFrame, Realtime } from '../../platform/realtime/realtime.ts';
import type { JobService } from '../jobs/service.ts';
import type { ProjectService } from '../projects/service.ts';
import type { Planning } from './planning.ts';
import type { ChatRepository } from './repository.ts';

export interface ChatServiceDeps {
  readonly db: Pick<Database, 'models' | 'transaction' | 'afterCommit'>;
  readonly jobs: Pick<JobService, 'create' | 'cancelOpen' | 'onOutcome'>;
  readonly projects: Pick<
    ProjectService,
    'get' | 'applyPlan' | 'undo' | 'redo' | 'chatContext' | 'startRender'
  >;
  readonly realtime: Pick<Realtime, 'publish' | 'signal'>;
}

export interface NewChatMessage {
  readonly userId: UserId;
  /** Absent: a new conversation is begun. */
  readonly conversationId?: string | undefined;
  /** Binds the conversation to the project, unless it has one. */
  readonly projectId?: string | undefined;
  readonly content: string;
  readonly replyTo?: string | undefined;
  /** The client's own id of this message: sent again within an hour, it is stored once. */
  readonly clientId?: string | undefined;
  readonly requestId: string;
}

export interface ChatParts extends ChatServiceDeps {
  readonly repository: ChatRepository;
  readonly planning: Planning;
  /** Publishes once the caller's transaction has committed, in the order given. */
  readonly publishAfterCommit: (frames: () => readonly OutgoingFrame[]) => void;
}

/** The refusal of an id that is not the user's. */
export const unknown = (what: 'conversation' | 'message'): AppError =>
  new AppError('not_found', `There is no such ${what}`);
