/** `POST /videos` and its alias of old, `POST /videos/upload`. */
import { Elysia } from 'elysia';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { dataOf, ok, problemResponses } from '../../platform/http/responses.ts';
import { TITLE_MAX_LENGTH, UploadQuery, VideoViewSchema } from './schema.ts';
import type { VideoService } from './service.ts';
import { readUpload, type UploadLimits } from './upload-request.ts';

const binary = { type: 'string' as const, format: 'binary' };
const UPLOAD_BODY = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object' as const,
        required: ['video'],
        additionalProperties: false,
        properties: {
          video: { ...binary, description: 'The file: MP4, MOV, AVI, WebM or MKV' },
          title: { type: 'string' as const, maxLength: TITLE_MAX_LENGTH, example: 'Holiday in Rome' },
        },
      },
    },
    'video/*': { schema: binary },
    'application/octet-stream': { schema: binary },
  },
};

const DESCRIPTION = `As a form, or the file itself as the body; both are streamed, so the size does not matter to the server's memory.
With the file as body, its name may come in \`X-File-Name\` (percent-encoded) or \`Content-Disposition\`, its title in \`?title=\`.
What the file is, its content decides. The answer comes once the file is safely stored; the video is \`processing\` until a worker
has looked at it, and then \`ready\` or \`failed\` (frame \`video.updated\`).`;

/** Uploads, below `/videos`. */
export function uploadRoutes(http: HttpBase, videos: VideoService, limits: UploadLimits) {
  const upload = (path: '' | '/upload', summary: string, operationId: string) =>
    new Elysia().use(http).post(
      path,
      async ({ request, query, principal, requestId, onceLong, status }) =>
        onceLong(async (settle) => {
          const { file, fileName, title } = await readUpload(request, videos, limits);
          const facts = { userId: principal.userId, requestId, fileName, title: title ?? query.title };
          return videos.add(file, facts, async (video) => settle(status(201, ok(video))));
        }),
      {
        parse: 'none',
        policy: 'user',
        idempotent: true,
        query: UploadQuery,
        response: {
          201: dataOf(VideoViewSchema),
          ...problemResponses(
            'bad_request',
            'payload_too_large',
            'unsupported_media_type',
            'request_timeout',
            'validation_failed',
            'empty_file',
            'not_a_video',
            'storage_full',
          ),
        },
        detail: {
          tags: ['videos'],
          summary,
          operationId,
          description: DESCRIPTION,
          requestBody: UPLOAD_BODY,
        },
      },
    );
  return new Elysia()
    .use(upload('', 'Upload a video', 'uploadVideo'))
    .use(upload('/upload', 'Upload a video (path of old)', 'uploadVideoAlias'));
}
