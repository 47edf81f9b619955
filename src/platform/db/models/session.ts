import { Schema } from 'mongoose';
import type { SessionId, UserId } from '../../../contracts/ids.ts';

/** One login: the family of refresh tokens that descend from it. Only hashes of tokens are kept. */
export interface SessionRecord {
  _id: SessionId;
  userId: UserId;
  /** Counts rotations; a token that names an older one was used before. */
  generation: number;
  /** SHA-256 of the current refresh token. */
  tokenHash: string;
  /** The rotation before, so that a client whose answer was lost gets the same child again within the grace time. */
  previousTokenHash?: string;
  rotatedAt?: Date;
  expiresAt: Date;
  revokedAt?: Date;
  revokedReason?: 'logout' | 'reuse' | 'expired' | 'password_changed';
  userAgent?: string;
  createdAt: Date;
  updatedAt: Date;
}

export const sessionSchema = new Schema<SessionRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    generation: { type: Number, required: true },
    tokenHash: { type: String, required: true },
    previousTokenHash: String,
    rotatedAt: Date,
    expiresAt: { type: Date, required: true },
    revokedAt: Date,
    revokedReason: { type: String, enum: ['logout', 'reuse', 'expired', 'password_changed'] },
    userAgent: String,
  },
  { timestamps: true, strict: 'throw' },
);
sessionSchema.index({ userId: 1, createdAt: -1 });
