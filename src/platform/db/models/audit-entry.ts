import { Schema } from 'mongoose';

/** One line of the audit chain: each entry's hash covers the entry before, so that a change or a gap shows. */
export interface AuditEntryRecord {
  /** Counts from 1 without gaps. */
  _id: number;
  /** User id, or `system`. */
  actor: string;
  /** Noun and verb: `session.created`, `video.deleted`. */
  action: string;
  subject: string;
  requestId: string;
  at: Date;
  previousHash: string;
  hash: string;
}

export const auditEntrySchema = new Schema<AuditEntryRecord>(
  {
    _id: { type: Number, required: true },
    actor: { type: String, required: true },
    action: { type: String, required: true },
    subject: { type: String, required: true },
    requestId: { type: String, required: true },
    at: { type: Date, required: true },
    previousHash: { type: String, default: '' },
    hash: { type: String, required: true },
  },
  { strict: 'throw' },
);
auditEntrySchema.index({ actor: 1, _id: -1 });
