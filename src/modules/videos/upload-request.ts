/** The two forms in which an upload comes: a multipart form, or the file itself as the body. HTTP only. */
import { AppError } from '../../contracts/errors.ts';
import { readMultipartUpload } from '../../platform/http/multipart-upload.ts';
import { releasedAfterUse, requestBytes } from '../../platform/http/request-bytes.ts';
import type { ReceivedFile, VideoService } from './service.ts';

export interface ReceivedUpload {
  readonly file: ReceivedFile;
  readonly fileName: string | undefined;
  readonly title: string | undefined;
}

export interface UploadLimits {
  readonly maxUploadBytes: number;
}

type Receiver = Pick<VideoService, 'receive' | 'discard'>;

const FORM = { fileField: 'video', textFields: { title: 1_024 } } as const;
/** Boundaries, part headers and the title around the file. */
const FRAMING_BYTES = 64 * 1024;
const RAW_TYPES = /^(?:video\/[\w.+-]+|application\/octet-stream|application\/mp4)\s*(?:;|$)/i;

/** Undoes percent-encoding; a text that is none stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Headers arrive as Latin-1; a client that wrote UTF-8 into one meant UTF-8. */
function headerText(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const utf8 = bytes.toString('utf8');
  return utf8.includes('�') ? text : utf8;
}

/** The name a raw upload gives its file: `X-File-Name` (percent-encoded), or `Content-Disposition` (RFC 6266). */
export function rawFileName(headers: Headers): string | undefined {
  const own = headers.get('x-file-name');
  if (own !== null) return decoded(headerText(own));
  const disposition = headers.get('content-disposition') ?? '';
  const extended = /filename\*\s*=\s*UTF-8'[^']*'([^;]+)/i.exec(disposition)?.[1];
  if (extended !== undefined) return decoded(extended.trim());
  const quoted = /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1];
  if (quoted !== undefined) return headerText(quoted.replace(/\\(.)/g, '$1'));
  const bare = /filename\s*=\s*([^";\s]+)/i.exec(disposition)?.[1];
  return bare === undefined ? undefined : headerText(bare);
}

async function readForm(
  request: Request,
  videos: Receiver,
  { maxUploadBytes }: UploadLimits,
): Promise<ReceivedUpload> {
  const contentType = request.headers.get('content-type') ?? '';
  const announcedBytes = Number(request.headers.get('content-length') ?? 0);
  let file: ReceivedFile | undefined;
  try {
    const received = await readMultipartUpload(
      { contentType, body: requestBytes(request, maxUploadBytes + FRAMING_BYTES) },
      FORM,
      async (body) => {
        file = await videos.receive(body, announcedBytes);
        return file;
      },
    );
    return { file: received.stored, fileName: received.fileName, title: received.texts['title'] };
  } catch (error) {
    // The file was whole, but the form around it was not what it should be.
    if (file !== undefined) await videos.discard(file);
    throw error;
  }
}

async function readRaw(
  request: Request,
  videos: Receiver,
  { maxUploadBytes }: UploadLimits,
): Promise<ReceivedUpload> {
  const announcedBytes = Number(request.headers.get('content-length') ?? 0);
  const file = await videos.receive(releasedAfterUse(requestBytes(request, maxUploadBytes)), announcedBytes);
  return { file, fileName: rawFileName(request.headers), title: undefined };
}

/**
 * Reads and stores the upload of a request.
 * @throws AppError `unsupported_media_type` for another content type, and what receiving the file throws
 */
export async function readUpload(
  request: Request,
  videos: Receiver,
  limits: UploadLimits,
): Promise<ReceivedUpload> {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    throw new AppError('unsupported_media_type', 'Send the file without Content-Encoding');
  const contentType = request.headers.get('content-type') ?? '';
  if (/^multipart\/form-data\s*(?:;|$)/i.test(contentType)) return readForm(request, videos, limits);
  if (RAW_TYPES.test(contentType)) return readRaw(request, videos, limits);
  throw new AppError(
    'unsupported_media_type',
    'Send multipart/form-data with the file in "video", or the file itself as video/* or application/octet-stream',
  );
}
