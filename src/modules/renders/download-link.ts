/** Links to a render's file, for places that can send no token. */
import type { UserId } from '../../contracts/ids.ts';
import type { UrlSigner } from '../../platform/http/signed-url.ts';

/** The path of a render's file, which a link is signed for. */
export const downloadPath = (renderId: string): string => `/api/v1/renders/${renderId}/download`;

/** Path and query of a link that carries its owner's permission. */
export function downloadLink(signer: UrlSigner, userId: UserId, renderId: string): string {
  return signer.signPath(downloadPath(renderId), { userId });
}
