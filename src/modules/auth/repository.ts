/** Users and sessions as auth reads and writes them. */
import type { SessionId, UserId } from '../../contracts/ids.ts';
import type { Database } from '../../platform/db/database.ts';
import type { SessionRecord } from '../../platform/db/models/session.ts';
import type { UserRecord } from '../../platform/db/models/user.ts';

export type NewUser = Omit<UserRecord, 'createdAt' | 'updatedAt'>;
export type NewSession = Pick<SessionRecord, '_id' | 'userId' | 'generation' | 'tokenHash' | 'expiresAt'> &
  Partial<Pick<SessionRecord, 'userAgent'>>;

/** A rotation: valid only while the session still stands at `from`. */
export interface Rotation {
  readonly from: { readonly generation: number; readonly tokenHash: string };
  readonly toHash: string;
  readonly at: Date;
}

type Models = Pick<Database['models'], 'User' | 'Session' | 'IdempotencyKey'>;

/** Which unique index a write ran into. */
export function duplicateField(error: unknown): 'email' | 'username' | undefined {
  if (!(error instanceof Error) || Reflect.get(error, 'code') !== 11_000) return undefined;
  const pattern: unknown = Reflect.get(error, 'keyPattern');
  const text = typeof pattern === 'object' && pattern !== null ? JSON.stringify(pattern) : error.message;
  return text.includes('username') ? 'username' : 'email';
}

const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 11_000;

export function createAuthRepository({ User, Session, IdempotencyKey }: Models) {
  return {
    /** @throws the driver's duplicate error; see `duplicateField` */
    async createUser(user: NewUser): Promise<UserRecord> {
      return (await User.create(user)).toObject();
    },
    userById: async (id: UserId): Promise<UserRecord | null> => User.findById(id).lean<UserRecord>(),
    userByEmail: async (email: string): Promise<UserRecord | null> =>
      User.findOne({ email }).lean<UserRecord>(),
    userByUsername: async (username: string): Promise<UserRecord | null> =>
      User.findOne({ username }).lean<UserRecord>(),
    /** Replaces a hash only if it is still the one that was checked. */
    async upgradeHash(id: UserId, from: string, to: string): Promise<void> {
      await User.updateOne({ _id: id, passwordHash: from }, { $set: { passwordHash: to } });
    },

    async createSession(session: NewSession): Promise<void> {
      await Session.create(session);
    },
    sessionById: async (id: SessionId): Promise<SessionRecord | null> =>
      Session.findById(id).lean<SessionRecord>(),
    /** Compare and set: true for the one caller that rotated. */
    async rotate(id: SessionId, { from, toHash, at }: Rotation): Promise<boolean> {
      const rotated = await Session.updateOne(
        { _id: id, generation: from.generation, tokenHash: from.tokenHash },
        {
          $set: { tokenHash: toHash, previousTokenHash: from.tokenHash, rotatedAt: at },
          $inc: { generation: 1 },
        },
      );
      return rotated.modifiedCount === 1;
    },
    /** Ends a session that stands at `generation`; the generation moves on, so that no rotation can follow. */
    async revoke(
      session: Pick<SessionRecord, '_id' | 'generation'>,
      reason: NonNullable<SessionRecord['revokedReason']>,
      at: Date,
    ): Promise<boolean> {
      const revoked = await Session.updateOne(
        { _id: session._id, generation: session.generation },
        { $set: { revokedAt: at, revokedReason: reason }, $inc: { generation: 1 } },
      );
      return revoked.modifiedCount === 1;
    },

    /** True for the one caller that used the ticket, over all processes. The row lives with the idempotency keys and goes as they go. */
    async consumeTicket(tokenId: string, userId: UserId): Promise<boolean> {
      try {
        await IdempotencyKey.create({
          _id: `ticket:${tokenId}`,
          userId,
          requestHash: 'ticket',
          state: 'done',
          lockedUntil: new Date(),
        });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
  };
}
export type AuthRepository = ReturnType<typeof createAuthRepository>;
