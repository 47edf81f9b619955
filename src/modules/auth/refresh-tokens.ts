/**
 * Refresh tokens: `<sessionId>.<generation>.<proof>`. The proof is an HMAC of the rest, so that the same child can be made again for a
 * client whose answer was lost though only its SHA-256 is stored, and so that a forged token (worth nothing) can be told
 * from a genuine old one (a theft).
 */
import { timingSafeEqual } from 'node:crypto';
import { isId, type SessionId } from '../../contracts/ids.ts';

interface RefreshToken {
  readonly sessionId: SessionId;
  readonly generation: number;
}

export interface RefreshTokens {
  issue(token: RefreshToken): string;
  /** What the text says, if we issued it. */
  read(text: string): RefreshToken | undefined;
  /** What is stored of a token. */
  hash(text: string): string;
}

const FORM = /^(ses_[0-9a-f-]{36})\.(\d{1,9})\.([A-Za-z0-9_-]{43})$/;

/** @param secret the process' signing secret; the key is derived from it, so that no JWT is ever a refresh token */
export function createRefreshTokens(secret: string): RefreshTokens {
  const key = new Bun.CryptoHasher('sha256', secret).update('vfxb:refresh-token').digest();
  const proofOf = ({ sessionId, generation }: RefreshToken): string =>
    new Bun.CryptoHasher('sha256', key).update(`${sessionId}.${generation}`).digest('base64url');

  return {
    issue: (token) => `${token.sessionId}.${token.generation}.${proofOf(token)}`,
    read(text) {
      const [, sessionId = '', generation = '', proof = ''] = FORM.exec(text) ?? [];
      if (!isId('session', sessionId)) return undefined;
      const token = { sessionId, generation: Number(generation) };
      const isGenuine = timingSafeEqual(Buffer.from(proof), Buffer.from(proofOf(token)));
      return isGenuine ? token : undefined;
    },
    hash: (text) => new Bun.CryptoHasher('sha256').update(text).digest('hex'),
  };
}
