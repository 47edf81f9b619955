import { Schema } from 'mongoose';
import type { Operation } from '../../../contracts/edit-plan.ts';
import type { ChatOutcome, JobFailure } from '../../../contracts/jobs.ts';
import type { ConversationId, JobId, MessageId, ProjectId, UserId } from '../../../contracts/ids.ts';

export interface ConversationRecord {
  _id: ConversationId;
  userId: UserId;
  projectId?: ProjectId;
  title: string;
  /** Sequence of the newest message. */
  lastSequence: number;
  /** The reply that a job is at work on; replies behind it wait, so that each is planned on what the one before did. */
  activeReplyId?: MessageId;
  createdAt: Date;
  updatedAt: Date;
}

export const conversationSchema = new Schema<ConversationRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    projectId: String,
    title: { type: String, required: true },
    lastSequence: { type: Number, required: true, default: 0 },
    activeReplyId: String,
  },
  { timestamps: true, strict: 'throw' },
);
conversationSchema.index({ userId: 1, updatedAt: -1, _id: -1 });
conversationSchema.index({ projectId: 1, createdAt: -1 });

export type MessageStatus = 'sent' | 'pending' | 'completed' | 'failed' | 'stopped';

export interface MessageRecord {
  _id: MessageId;
  conversationId: ConversationId;
  userId: UserId;
  role: 'user' | 'assistant';
  content: string;
  /** A user's message is `sent`; an assistant's begins `pending` and ends in one of the other three. */
  status: MessageStatus;
  /** Counts from 1 within the conversation, without gaps. */
  sequence: number;
  replyTo?: MessageId;
  /** Of a user's message: a digest of what a client that sends it again would send again. */
  clientKey?: string;
  /** Of a reply: the job that plans it now. Absent while it waits for the reply before it. */
  jobId?: JobId;
  /** Of a reply: jobs that were started for it; more than one when the project moved meanwhile. */
  plans?: number;
  /** Of a reply: the request that caused it, for logs. */
  requestId?: string;
  /** What an assistant's message did. */
  action?: ChatOutcome['action'];
  /** Operations that the message added or changed. */
  operations?: Operation[];
  /** The project's revision after the message, where it changed one. */
  revision?: number;
  /** The render job that the message started. */
  renderJobId?: JobId;
  confidence?: number;
  model?: string;
  tokens?: { input: number; output: number };
  costUsd?: number;
  failure?: Pick<JobFailure, 'code' | 'message'>;
  createdAt: Date;
  updatedAt: Date;
}

export const messageSchema = new Schema<MessageRecord>(
  {
    _id: { type: String, required: true },
    conversationId: { type: String, required: true },
    userId: { type: String, required: true },
    role: { type: String, enum: ['user', 'assistant'], required: true },
    content: { type: String, default: '' },
    status: { type: String, enum: ['sent', 'pending', 'completed', 'failed', 'stopped'], required: true },
    sequence: { type: Number, required: true },
    replyTo: String,
    clientKey: String,
    jobId: String,
    plans: Number,
    requestId: String,
    action: String,
    operations: { type: [Schema.Types.Mixed], default: undefined } as never,
    revision: Number,
    renderJobId: String,
    confidence: Number,
    model: String,
    tokens: Schema.Types.Mixed,
    costUsd: Number,
    failure: Schema.Types.Mixed,
  },
  { timestamps: true, strict: 'throw', minimize: false },
);
messageSchema.index({ conversationId: 1, sequence: -1 }, { unique: true });
messageSchema.index({ userId: 1, createdAt: -1, _id: -1 });
messageSchema.index(
  { userId: 1, clientKey: 1 },
  { unique: true, partialFilterExpression: { clientKey: { $exists: true } } },
);
