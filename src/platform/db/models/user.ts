import { Schema } from 'mongoose';
import type { UserId } from '../../../contracts/ids.ts';

export interface UserRecord {
  _id: UserId;
  /** Lower case, trimmed. */
  email: string;
  /** Lower case; absent for accounts that never chose one. */
  username?: string;
  name: string;
  /** argon2id, or bcrypt of an imported account until its next login. */
  passwordHash: string;
  role: 'user' | 'admin';
  createdAt: Date;
  updatedAt: Date;
}

export const userSchema = new Schema<UserRecord>(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true, lowercase: true, trim: true },
    username: { type: String, lowercase: true, trim: true },
    name: { type: String, required: true },
    passwordHash: { type: String, required: true },
    role: { type: String, enum: ['user', 'admin'], required: true, default: 'user' },
  },
  { timestamps: true, strict: 'throw' },
);
userSchema.index({ email: 1 }, { unique: true });
userSchema.index({ username: 1 }, { unique: true, partialFilterExpression: { username: { $exists: true } } });
userSchema.index({ createdAt: -1, _id: -1 });
