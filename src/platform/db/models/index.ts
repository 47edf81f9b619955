/** Every collection, in one list. A new model is one file and one line here. */
import type { Model, Mongoose, Schema } from 'mongoose';
import { type AuditEntryRecord, auditEntrySchema } from './audit-entry.ts';
import {
  type ConversationRecord,
  conversationSchema,
  type MessageRecord,
  messageSchema,
} from './conversation.ts';
import { type IdempotencyKeyRecord, idempotencyKeySchema } from './idempotency-key.ts';
import { type JobRecord, jobSchema, type OutboxRecord, outboxSchema } from './job.ts';
import { type ProjectRecord, projectSchema, type RevisionRecord, revisionSchema } from './project.ts';
import { type RenderRecord, renderSchema } from './render.ts';
import { type SessionRecord, sessionSchema } from './session.ts';
import { type UserRecord, userSchema } from './user.ts';
import { type VideoRecord, videoSchema } from './video.ts';

export interface Models {
  readonly User: Model<UserRecord>;
  readonly Session: Model<SessionRecord>;
  readonly Video: Model<VideoRecord>;
  readonly Project: Model<ProjectRecord>;
  readonly Revision: Model<RevisionRecord>;
  readonly Conversation: Model<ConversationRecord>;
  readonly Message: Model<MessageRecord>;
  readonly Job: Model<JobRecord>;
  readonly Outbox: Model<OutboxRecord>;
  readonly Render: Model<RenderRecord>;
  readonly IdempotencyKey: Model<IdempotencyKeyRecord>;
  readonly AuditEntry: Model<AuditEntryRecord>;
}

const SCHEMAS: { readonly [N in keyof Models]: readonly [collection: string, schema: unknown] } = {
  User: ['users', userSchema],
  Session: ['sessions', sessionSchema],
  Video: ['videos', videoSchema],
  Project: ['projects', projectSchema],
  Revision: ['revisions', revisionSchema],
  Conversation: ['conversations', conversationSchema],
  Message: ['messages', messageSchema],
  Job: ['jobs', jobSchema],
  Outbox: ['outbox', outboxSchema],
  Render: ['renders', renderSchema],
  IdempotencyKey: ['idempotencyKeys', idempotencyKeySchema],
  AuditEntry: ['auditEntries', auditEntrySchema],
};

/** Compiles every model on one Mongoose instance. */
export function defineModels(mongoose: Mongoose): Models {
  const entries = Object.entries(SCHEMAS).map(([name, [collection, schema]]) => [
    name,
    // A schema belongs to no instance, but compiling may adopt it: each instance gets its own copy.
    mongoose.model(name, (schema as Schema).clone(), collection),
  ]);
  return Object.fromEntries(entries) as Models;
}
