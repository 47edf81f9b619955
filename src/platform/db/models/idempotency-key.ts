import { Schema } from 'mongoose';

/** The answer a POST with an `Idempotency-Key` gave, so that a repeat gets the same one. */
export interface IdempotencyKeyRecord {
  /** SHA-256 over principal, route and key. */
  _id: string;
  userId: string;
  /** SHA-256 of the request that first used the key. */
  requestHash: string;
  state: 'running' | 'done';
  status?: number;
  body?: string;
  /** A `running` row older than this belongs to a process that died; it may be taken over. */
  lockedUntil: Date;
  createdAt: Date;
  updatedAt: Date;
}

export const idempotencyKeySchema = new Schema<IdempotencyKeyRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    requestHash: { type: String, required: true },
    state: { type: String, enum: ['running', 'done'], required: true },
    status: Number,
    body: String,
    lockedUntil: { type: Date, required: true },
  },
  { timestamps: true, strict: 'throw' },
);
idempotencyKeySchema.index({ createdAt: 1 });
