/**
 * Links that carry their own permission, for places that can send no header (`<video src>`, `<img src>`): good for one path,
 * one user and a limited time.
 */
import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { type Static, Type } from '@sinclair/typebox';
import { AppError } from '../../contracts/errors.ts';
import { idPattern, isId, type UserId } from '../../contracts/ids.ts';

/** What a signed link adds to a path's query. */
export const SignatureQuery = {
  user: Type.Optional(
    Type.String({ pattern: idPattern('user'), maxLength: 64, description: 'Of a signed link: whose it is' }),
  ),
  expires: Type.Optional(
    Type.String({
      pattern: '^[1-9][0-9]{0,9}$',
      maxLength: 10,
      description: 'Of a signed link: the second since 1970 from which it is void',
    }),
  ),
  signature: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Of a signed link: proof that we made it' }),
  ),
} as const;
const SignatureObject = Type.Object(SignatureQuery);
export type Signature = Static<typeof SignatureObject>;

export interface UrlSigner {
  /**
   * The path with a query that proves the permission: `/api/v1/videos/vid_…/content?user=…&expires=…&signature=…`.
   * It lasts at least `expiresInSeconds` (default one hour) and up to five minutes more, so that a link asked for twice is
   * mostly the same link and stays in the browser's cache.
   */
  signPath(path: string, grant: { readonly userId: UserId; readonly expiresInSeconds?: number }): string;
  /** Whose permission it is. @throws AppError `forbidden` for another path, user or time than was signed, or when it is over */
  verifySignedPath(path: string, signature: Signature): UserId;
}

const HOUR_SECONDS = 3_600;
const ROUND_SECONDS = 300;

/**
 * @param secret the server's signing secret; the key used here is derived from it, so that a link's signature is of no use
 *   as anything else's
 * @param now milliseconds since 1970
 */
export function createUrlSigner(secret: string, now: () => number = Date.now): UrlSigner {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'vfxb signed links', 32));
  const sign = (path: string, userId: string, expires: number): Buffer =>
    new Bun.CryptoHasher('sha256', key).update(JSON.stringify([path, userId, expires])).digest();
  const nowSeconds = (): number => Math.floor(now() / 1000);

  return {
    signPath: (path, { userId, expiresInSeconds = HOUR_SECONDS }) => {
      const expires = Math.ceil((nowSeconds() + expiresInSeconds) / ROUND_SECONDS) * ROUND_SECONDS;
      const signature = sign(path, userId, expires).toString('base64url');
      const query = new URLSearchParams({ user: userId, expires: String(expires), signature });
      return `${path}?${query.toString()}`;
    },
    verifySignedPath: (path, { user, expires, signature }) => {
      if (user === undefined || expires === undefined || signature === undefined || !isId('user', user))
        throw new AppError('forbidden', 'This link is incomplete');
      const given = Buffer.from(signature, 'base64url');
      const wanted = sign(path, user, Number(expires));
      const isOurs = given.length === wanted.length && timingSafeEqual(given, wanted);
      // Base64 has several spellings of the same bytes; only ours is a link of ours.
      if (!isOurs || wanted.toString('base64url') !== signature)
        throw new AppError('forbidden', 'This link is not valid');
      if (Number(expires) <= nowSeconds())
        throw new AppError('forbidden', 'This link has expired; ask for the item again');
      return user;
    },
  };
}
