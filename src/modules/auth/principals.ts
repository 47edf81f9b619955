/**
 * Turns an access token into a principal on every request. Two small caches keep that cheap: what a signature proved (until the
 * token runs out), and that a session stands (for two seconds, forgotten at once when this process ends it).
 */
import { AppError } from '../../contracts/errors.ts';
import type { SessionId, UserId } from '../../contracts/ids.ts';
import type { TokenClaims, TokenSigner } from '../../platform/http/access-tokens.ts';
import type { AuthRepository } from './repository.ts';

export interface Principal {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly role: 'user' | 'admin';
}

interface PrincipalDeps {
  readonly repository: Pick<AuthRepository, 'sessionById' | 'userById'>;
  readonly accessTokens: TokenSigner;
  readonly now: () => Date;
}

/** How long another process' logout or demotion may go unseen here. */
const SESSION_FRESH_MS = 2_000;
const CACHE_MAX = 10_000;

/** Keeps the newest entries: a Map iterates in the order of insertion. */
function remember<K, V>(cache: Map<K, V>, key: K, value: V): void {
  cache.delete(key);
  cache.set(key, value);
  if (cache.size <= CACHE_MAX) return;
  for (const oldest of cache.keys()) {
    cache.delete(oldest);
    return;
  }
}

export function createPrincipals({ repository, accessTokens, now }: PrincipalDeps) {
  const proven = new Map<string, TokenClaims>();
  const standing = new Map<SessionId, { principal: Principal; expiresAtMs: number; readAtMs: number }>();
  /** Moves with each ended session, so that a read begun before does not bring it back. */
  let endings = 0;

  const claimsOf = async (token: string): Promise<TokenClaims> => {
    const known = proven.get(token);
    if (known !== undefined && known.expiresAtMs > now().getTime()) return known;
    proven.delete(token);
    const claims = await accessTokens.verify(token);
    remember(proven, token, claims);
    return claims;
  };

  const readSession = async ({ userId, sessionId }: Pick<TokenClaims, 'userId' | 'sessionId'>) => {
    const seenEndings = endings;
    const [session, user] = await Promise.all([
      repository.sessionById(sessionId),
      repository.userById(userId),
    ]);
    if (session === null || user === null || session.userId !== userId || session.revokedAt !== undefined)
      throw new AppError('token_invalid', 'The session has ended');
    const principal: Principal = { userId, sessionId, role: user.role };
    const entry = {
      principal,
      expiresAtMs: session.expiresAt.getTime(),
      readAtMs: now().getTime(),
    };
    if (entry.expiresAtMs <= entry.readAtMs) throw new AppError('token_expired', 'The session has run out');
    if (seenEndings === endings) remember(standing, sessionId, entry);
    return principal;
  };

  const ofSession = async (claims: Pick<TokenClaims, 'userId' | 'sessionId'>): Promise<Principal> => {
    const entry = standing.get(claims.sessionId);
    const nowMs = now().getTime();
    const isFresh =
      entry !== undefined &&
      entry.principal.userId === claims.userId &&
      nowMs - entry.readAtMs < SESSION_FRESH_MS &&
      entry.expiresAtMs > nowMs;
    return isFresh ? entry.principal : readSession(claims);
  };

  return {
    /** @throws AppError token_invalid, token_expired */
    authenticate: async (token: string): Promise<Principal> => ofSession(await claimsOf(token)),
    /** The principal of a session that stands. @throws AppError token_invalid, token_expired */
    ofSession,
    /** A session ended in this process. */
    forget(sessionId: SessionId): void {
      endings++;
      standing.delete(sessionId);
    },
  };
}
export type Principals = ReturnType<typeof createPrincipals>;
