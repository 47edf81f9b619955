/** Links to a render's file: signed when it is shown, verified when it is used. */
import type { UserId } from '../../contracts/ids.ts';
import type { Signature, UrlSigner } from '../../platform/http/signed-url.ts';

const pathOf = (renderId: string): string => `/api/v1/renders/${renderId}/download`;

export interface DownloadLinks {
  /** Path and query of a link that needs no token. */
  linkTo(userId: UserId, renderId: string): string;
  /** Whose link it is. @throws AppError `forbidden` */
  verify(renderId: string, signature: Signature): UserId;
}

/** Download links signed by the server. */
export function createDownloadLinks(signer: UrlSigner): DownloadLinks {
  return {
    linkTo: (userId, renderId) => signer.signPath(pathOf(renderId), { userId }),
    verify: (renderId, signature) => signer.verifySignedPath(pathOf(renderId), signature),
  };
}
