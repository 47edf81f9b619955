/** Signed tokens by @elysiajs/jwt: short-lived access tokens, and the one-time tickets that open a socket. */
import { jwt } from '@elysiajs/jwt';
import { Elysia } from 'elysia';
import { AppError } from '../../contracts/errors.ts';
import { isId, type SessionId, type UserId } from '../../contracts/ids.ts';

export interface TokenClaims {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  /** Unique per token. */
  readonly tokenId: string;
  readonly expiresAtMs: number;
}

export interface TokenSigner {
  readonly lifetimeSeconds: number;
  sign(subject: Pick<TokenClaims, 'userId' | 'sessionId'>): Promise<string>;
  /**
   * What a token of this kind states, if we signed it and it has not run out.
   * @throws AppError token_expired, token_invalid
   */
  verify(token: string): Promise<TokenClaims>;
}

export type TokenKind = 'access' | 'ws-ticket';

const ISSUER = 'vfxb';
const LIFETIME_SECONDS: Readonly<Record<TokenKind, number>> = { access: 15 * 60, 'ws-ticket': 30 };
/** jose accepts tokens without exp unless told so, and any alg the key fits: everything is named (M20). */
const REQUIRED_CLAIMS = ['iss', 'aud', 'sub', 'sid', 'iat', 'exp', 'jti'];
const CLOCK_TOLERANCE_SECONDS = 5;
/** Long enough for any token of ours: used only to tell an expired one from a forged one. */
const TEN_YEARS_SECONDS = 10 * 365 * 86_400;

/**
 * Signs and checks tokens of one kind. The kind is the audience: a ticket is no access token and the reverse.
 * @param secret at least 32 bytes
 */
export function createTokenSigner(secret: string, kind: TokenKind): TokenSigner {
  if (Buffer.byteLength(secret) < 32) throw new Error('The key that signs tokens needs at least 32 bytes');
  const lifetimeSeconds = LIFETIME_SECONDS[kind];
  const audience = `vfxb:${kind}`;
  const signer = new Elysia().use(jwt({ name: 'jwt', secret, alg: 'HS256', iss: ISSUER, aud: audience }))
    .decorator.jwt;

  const read = async (token: string, toleranceSeconds: number) => {
    const claims = await signer.verify(token, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience,
      requiredClaims: REQUIRED_CLAIMS,
      clockTolerance: toleranceSeconds,
      maxTokenAge: lifetimeSeconds,
    });
    return claims === false ? undefined : claims;
  };

  return {
    lifetimeSeconds,
    sign: async ({ userId, sessionId }) =>
      signer.sign({
        sub: userId,
        sid: sessionId,
        jti: Bun.randomUUIDv7(),
        exp: Math.floor(Date.now() / 1000) + lifetimeSeconds,
      }),
    async verify(token) {
      const claims = await read(token, CLOCK_TOLERANCE_SECONDS);
      if (claims === undefined) {
        const isOld = (await read(token, TEN_YEARS_SECONDS)) !== undefined;
        throw new AppError(isOld ? 'token_expired' : 'token_invalid');
      }
      return readClaims(claims, lifetimeSeconds);
    },
  };
}

/** The claims in our types. A lifetime beyond ours, or one that is no number (`1e400`), was never signed by this code. */
function readClaims(claims: object, lifetimeSeconds: number): TokenClaims {
  const { sub, sid, jti, iat, exp } = claims as Readonly<Record<string, unknown>>;
  const isTimed =
    Number.isSafeInteger(iat) && Number.isSafeInteger(exp) && Number(exp) - Number(iat) <= lifetimeSeconds;
  if (
    !isTimed ||
    typeof sub !== 'string' ||
    typeof sid !== 'string' ||
    typeof jti !== 'string' ||
    !isId('user', sub) ||
    !isId('session', sid)
  )
    throw new AppError('token_invalid');
  return { userId: sub, sessionId: sid, tokenId: jti, expiresAtMs: Number(exp) * 1000 };
}
