/** Who may read a file: the bearer of an access token, or whoever holds a signed link to it. */
import { AppError } from '../../contracts/errors.ts';
import type { UserId } from '../../contracts/ids.ts';
import { bearerToken } from './http-base.ts';
import { type Principal, requestState } from './request-state.ts';
import type { Signature, UrlSigner } from './signed-url.ts';

export interface LinkAccess {
  /**
   * The user in whose name the file at `path` is read. `path` is built from the matched route (`/api/v1/videos/<id>/content`), not
   * taken from the request's text. A route that uses this has the policy `public` and `security: LINK_SECURITY` in its detail.
   * @throws AppError `forbidden` for a link that is not good, `unauthenticated` and the token errors without a link
   */
  readerOf(request: Request, path: string, signature: Signature): Promise<UserId>;
}

/** OpenAPI: a bearer token, or nothing but the query of a signed link. */
export const LINK_SECURITY: Record<string, string[]>[] = [{ bearer: [] }, {}];

/** `authenticate` is the same function that guards every other route. */
export function createLinkAccess(deps: {
  readonly signer: UrlSigner;
  readonly authenticate: (token: string) => Promise<Principal>;
}): LinkAccess {
  return {
    readerOf: async (request, path, signature) => {
      if (signature.signature !== undefined) return deps.signer.verifySignedPath(path, signature);
      if (signature.user !== undefined || signature.expires !== undefined)
        throw new AppError('forbidden', 'This link is incomplete');
      const principal = await deps.authenticate(bearerToken(request.headers));
      requestState(request).principal = principal;
      return principal.userId;
    },
  };
}
