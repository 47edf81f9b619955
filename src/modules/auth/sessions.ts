/** Sessions: one login and the chain of refresh tokens that descends from it. */
import { AppError } from '../../contracts/errors.ts';
import { newId, type SessionId } from '../../contracts/ids.ts';
import type { Audit } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import type { SessionRecord } from '../../platform/db/models/session.ts';
import type { UserRecord } from '../../platform/db/models/user.ts';
import type { TokenSigner } from '../../platform/http/access-tokens.ts';
import type { Principal, Principals } from './principals.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import type { AuthRepository } from './repository.ts';
import type { SignedInView, UserView } from './schema.ts';

/** Where a request came from, for the audit and the list of sessions. */
export interface Caller {
  readonly requestId: string;
  readonly userAgent?: string | undefined;
}

export interface SessionParts {
  readonly repository: AuthRepository;
  readonly transaction: Database['transaction'];
  readonly audit: Audit;
  readonly now: () => Date;
  readonly refreshTokens: RefreshTokens;
  readonly accessTokens: TokenSigner;
  readonly principals: Principals;
}

/** A session ends this long after its login, however often it was refreshed. */
const SESSION_MS = 30 * 86_400_000;
/** Within this time of a rotation the token before it gets the same child again. */
const GRACE_MS = 10_000;
const ROTATION_TRIES = 5;
const USER_AGENT_MAX = 256;

/** What the API shows of an account. */
export function viewUser(user: UserRecord): UserView {
  return {
    id: user._id,
    email: user.email,
    username: user.username ?? null,
    name: user.name,
    role: user.role,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}

/** Ends sessions, whatever generation they have reached meanwhile, with an audit entry each. */
function createEnding({ repository, transaction, audit, now, principals }: SessionParts) {
  return async (session: SessionRecord, reason: 'logout' | 'reuse', caller: Caller): Promise<void> => {
    await transaction(async () => {
      for (let current: SessionRecord | null = session; current !== null;) {
        if (current.revokedAt !== undefined) return;
        if (await repository.revoke(current, reason, now())) break;
        current = await repository.sessionById(session._id);
      }
      await audit.append({
        actor: session.userId,
        action: reason === 'reuse' ? 'session.revoked_for_reuse' : 'session.revoked',
        subject: session._id,
        requestId: caller.requestId,
      });
    });
    principals.forget(session._id);
  };
}

/**
 * Exchanges a genuine token of a standing session. Gives the generation its holder is at then, `reused` for a token used before, or
 * undefined when another caller moved the session meanwhile.
 */
function createExchange({ repository, now, refreshTokens }: SessionParts) {
  return async (
    session: SessionRecord,
    text: string,
    generation: number,
  ): Promise<number | 'reused' | undefined> => {
    const hash = refreshTokens.hash(text);
    const next = generation + 1;
    const nextHash = refreshTokens.hash(refreshTokens.issue({ sessionId: session._id, generation: next }));
    if (session.tokenHash === hash && session.generation === generation) {
      const rotation = { from: { generation, tokenHash: hash }, toHash: nextHash, at: now() };
      return (await repository.rotate(session._id, rotation)) ? next : undefined;
    }
    const isLostAnswer =
      session.previousTokenHash === hash &&
      session.tokenHash === nextHash &&
      now().getTime() - (session.rotatedAt?.getTime() ?? 0) <= GRACE_MS;
    return isLostAnswer ? next : 'reused';
  };
}

export function createSessions(parts: SessionParts) {
  const { repository, audit, now, refreshTokens, accessTokens } = parts;
  const end = createEnding(parts);
  const exchange = createExchange(parts);

  const signedIn = async (user: UserRecord, sessionId: SessionId, generation: number) => ({
    user: viewUser(user),
    tokens: {
      accessToken: await accessTokens.sign({ userId: user._id, sessionId }),
      refreshToken: refreshTokens.issue({ sessionId, generation }),
      expiresIn: accessTokens.lifetimeSeconds,
    },
  });

  return {
    /** Starts a session; call it in a transaction. */
    async open(user: UserRecord, caller: Caller): Promise<SignedInView> {
      const sessionId = newId('session');
      await repository.createSession({
        _id: sessionId,
        userId: user._id,
        generation: 1,
        tokenHash: refreshTokens.hash(refreshTokens.issue({ sessionId, generation: 1 })),
        expiresAt: new Date(now().getTime() + SESSION_MS),
        ...(caller.userAgent === undefined ? {} : { userAgent: caller.userAgent.slice(0, USER_AGENT_MAX) }),
      });
      await audit.append({
        actor: user._id,
        action: 'session.created',
        subject: sessionId,
        requestId: caller.requestId,
      });
      return signedIn(user, sessionId, 1);
    },

    refresh: async (text: string, caller: Caller): Promise<SignedInView> => {
      const token = refreshTokens.read(text);
      if (token === undefined) throw new AppError('token_invalid', 'This is no refresh token of ours');
      for (let tries = 0; tries < ROTATION_TRIES; tries++) {
        const session = await repository.sessionById(token.sessionId);
        if (session === null) throw new AppError('token_invalid', 'The session no longer exists');
        if (session.revokedAt !== undefined) throw new AppError('token_invalid', 'The session has ended');
        if (session.expiresAt <= now()) throw new AppError('token_expired', 'The session has run out');
        const generation = await exchange(session, text, token.generation);
        if (generation === 'reused') {
          await end(session, 'reuse', caller);
          throw new AppError('refresh_token_reused', 'The session was ended: sign in again');
        }
        if (generation === undefined) continue;
        const user = await repository.userById(session.userId);
        if (user === null) throw new AppError('token_invalid', 'The account no longer exists');
        return signedIn(user, session._id, generation);
      }
      throw new AppError('conflict', 'The session changed meanwhile: try again');
    },

    logout: async (principal: Principal, refreshToken: string | undefined, caller: Caller): Promise<void> => {
      const named = refreshToken === undefined ? undefined : refreshTokens.read(refreshToken)?.sessionId;
      const ids = new Set([principal.sessionId, ...(named === undefined ? [] : [named])]);
      for (const id of ids) {
        const session = await repository.sessionById(id);
        // Another user's session cannot be ended with a token found somewhere.
        if (session?.userId === principal.userId) await end(session, 'logout', caller);
      }
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;
