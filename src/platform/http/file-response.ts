/** A stored file as an HTTP answer: conditions, one range, and headers under which no browser takes it for a page. */
import { AppError } from '../../contracts/errors.ts';
import type { Storage, StoredObject } from '../storage/storage.ts';
import { wantedBytes } from './byte-range.ts';
import { contentDisposition } from './content-disposition.ts';
import { problemResponse } from './problem.ts';
import { requestState } from './request-state.ts';

export interface FileToServe {
  readonly storage: Storage;
  readonly key: string;
  readonly stat: StoredObject;
  /** What the file is by its content; never what a client said. */
  readonly contentType: string;
  /** Name to save it under; any text. */
  readonly downloadName?: string;
  /** `attachment` (default) makes a browser save it, `inline` show it. */
  readonly disposition?: 'inline' | 'attachment';
  /** SHA-256 of the content, for the ETag. Without it size and time stand for the content: stored objects never change. */
  readonly sha256?: string;
  /** How long a browser may reuse it unasked. Default 0: it asks again each time, and mostly gets a 304. */
  readonly maxAgeSeconds?: number;
  readonly request: Request;
}

const entityTag = ({ stat, sha256 }: FileToServe): string =>
  sha256 === undefined
    ? `"${stat.sizeBytes.toString(36)}-${stat.modifiedAt.getTime().toString(36)}"`
    : `"${sha256}"`;

/** HTTP dates have whole seconds. */
const wholeSeconds = (date: Date): number => Math.floor(date.getTime() / 1000) * 1000;

function headersOf(file: FileToServe): Record<string, string> {
  const { stat, contentType, downloadName, disposition = 'attachment', maxAgeSeconds = 0 } = file;
  return {
    'content-type': contentType,
    'accept-ranges': 'bytes',
    etag: entityTag(file),
    'last-modified': stat.modifiedAt.toUTCString(),
    'cache-control': maxAgeSeconds > 0 ? `private, max-age=${maxAgeSeconds}` : 'private, no-cache',
    'x-content-type-options': 'nosniff',
    // Should a browser render it after all, it is a page without origin, script or network.
    'content-security-policy': "sandbox; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'",
    // Players on the frontend's origin may embed it; the link or token decides who may read it.
    'cross-origin-resource-policy': 'cross-origin',
    ...(downloadName === undefined
      ? {}
      : { 'content-disposition': contentDisposition(disposition, downloadName) }),
  };
}

/** True when the client's copy is still good: If-None-Match decides, If-Modified-Since only without it (RFC 9110 §13.2.2). */
function isUnchanged({ request, stat }: FileToServe, etag: string): boolean {
  const tags = request.headers.get('if-none-match');
  if (tags !== null)
    return tags.trim() === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  const since = Date.parse(request.headers.get('if-modified-since') ?? '');
  return !Number.isNaN(since) && wholeSeconds(stat.modifiedAt) <= since;
}

/** False when If-Range names another version: then the range is of something that is gone. */
function isRangeCurrent({ request, stat }: FileToServe, etag: string): boolean {
  const condition = request.headers.get('if-range');
  if (condition === null) return true;
  if (condition.startsWith('"') || condition.startsWith('W/')) return condition === etag;
  return Date.parse(condition) === wholeSeconds(stat.modifiedAt);
}

function notSatisfiable({ request, stat }: FileToServe): Response {
  const detail = `The file has ${stat.sizeBytes} bytes`;
  const response = problemResponse(new AppError('range_not_satisfiable', detail), {
    requestId: requestState(request).requestId,
    instance: new URL(request.url).pathname,
  });
  response.headers.set('content-range', `bytes */${stat.sizeBytes}`);
  return response;
}

async function wholeFile(file: FileToServe, headers: Record<string, string>): Promise<Response> {
  const body = await file.storage.read(file.key);
  if (!file.request.headers.has('range')) return new Response(body, { headers });
  // Bun would cut the range out of a file by itself; behind a stream of ours it sends what we decided: all of it.
  const stream = body instanceof Blob ? body.stream() : body;
  return new Response(stream.pipeThrough(new TransformStream<Uint8Array, Uint8Array>()), {
    headers: { ...headers, 'content-length': String(file.stat.sizeBytes) },
  });
}

/**
 * Answers GET and HEAD for a stored file: 200, 206 for one range (also open-ended or suffix), 304, or 416 with
 * `Content-Range`. A request for several ranges gets the whole file.
 * @throws AppError `not_found` when the object vanished meanwhile
 */
export async function fileResponse(file: FileToServe): Promise<Response> {
  const { request, storage, key, stat } = file;
  const headers = headersOf(file);
  const etag = entityTag(file);
  if (isUnchanged(file, etag)) {
    const { 'content-type': _, ...rest } = headers;
    return new Response(null, { status: 304, headers: rest });
  }
  if (request.method === 'HEAD') {
    requestState(request).headSizeBytes = stat.sizeBytes;
    return new Response(null, { headers });
  }
  const isCurrent = isRangeCurrent(file, etag);
  const wanted = isCurrent ? wantedBytes(request.headers.get('range'), stat.sizeBytes) : 'whole';
  if (wanted === 'whole') return wholeFile(file, headers);
  if (wanted === 'none') return notSatisfiable(file);
  return new Response(await storage.read(key, wanted), {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${wanted.start}-${wanted.end}/${stat.sizeBytes}`,
      'content-length': String(wanted.end - wanted.start + 1),
    },
  });
}
