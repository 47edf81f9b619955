/** What crosses the wire about videos: bodies, queries, views; documented for OpenAPI. */
import { type Static, Type } from '@sinclair/typebox';
import { idPattern } from '../../contracts/ids.ts';
import { ProbeSchema } from '../../contracts/media.ts';
import { listQueryWith } from '../../platform/http/pagination.ts';
import { queryBoolean } from '../../platform/http/query-values.ts';
import { SignatureQuery } from '../../platform/http/signed-url.ts';

const strict = { additionalProperties: false } as const;
const VIDEO_ID = 'vid_0193b5c0-6f4e-7000-8000-000000000002';

/** Longest title in characters. */
export const TITLE_MAX_LENGTH = 200;

const date = (description: string) =>
  Type.String({ description, maxLength: 32, examples: ['2026-11-24T09:00:00.000Z'] });
const title = Type.String({
  minLength: 1,
  maxLength: TITLE_MAX_LENGTH,
  pattern: '\\S',
  description: 'Title of the video, in one line',
  examples: ['Holiday in Rome'],
});
const link = (description: string, file: string) =>
  Type.String({
    description,
    examples: [`/api/v1/videos/${VIDEO_ID}/${file}?user=usr_…&expires=1764000000&signature=…`],
  });

export const VideoStatusSchema = Type.Union(
  [Type.Literal('processing'), Type.Literal('ready'), Type.Literal('failed')],
  { description: 'processing until a worker has looked at the file; then ready, or failed with an error' },
);

export const VideoParams = Type.Object(
  {
    id: Type.String({
      pattern: idPattern('video'),
      maxLength: 64,
      description: 'Id of the video',
      examples: [VIDEO_ID],
    }),
  },
  strict,
);

export const UploadQuery = Type.Object(
  { title: Type.Optional(title) },
  { ...strict, description: 'A title in the form of a multipart upload wins over this one' },
);

export const ChangeVideoSchema = Type.Object(
  { title },
  { ...strict, examples: [{ title: 'Holiday in Rome' }] },
);

export const VideoListQuery = listQueryWith({ status: Type.Optional(VideoStatusSchema) });
export type VideoListQuery = Static<typeof VideoListQuery>;

export const FileQuery = Type.Object(SignatureQuery, strict);
export const ContentQuery = Type.Object(
  {
    ...SignatureQuery,
    download: Type.Optional(queryBoolean('true: a browser saves the file instead of showing it')),
  },
  strict,
);

const { durationSeconds, width, height, fps, rotationDegrees, hasAudio, videoCodec, audioCodec } =
  ProbeSchema.properties;

export const VideoViewSchema = Type.Object(
  {
    id: Type.String({ description: 'Id of the video', examples: [VIDEO_ID] }),
    title,
    fileName: Type.String({ description: 'The name the file had', examples: ['rome.mp4'] }),
    contentType: Type.String({ description: 'By the content of the file', examples: ['video/mp4'] }),
    sizeBytes: Type.Integer({ minimum: 1, examples: [10_485_760] }),
    status: VideoStatusSchema,
    error: Type.Optional(
      Type.Object(
        {
          code: Type.String({ description: 'Stable code to act on', examples: ['no_video_stream'] }),
          message: Type.String({ examples: ['The file has no picture, only sound or data'] }),
        },
        { ...strict, description: 'Why a failed video failed' },
      ),
    ),
    durationSeconds: Type.Optional(durationSeconds),
    width: Type.Optional(width),
    height: Type.Optional(height),
    fps: Type.Optional(fps),
    rotationDegrees: Type.Optional(rotationDegrees),
    hasAudio: Type.Optional(hasAudio),
    videoCodec: Type.Optional(videoCodec),
    audioCodec,
    probe: Type.Optional(ProbeSchema),
    sha256: Type.Optional(Type.String({ description: 'Of the file, in hexadecimal' })),
    contentUrl: link('The file itself, for <video src>; good for an hour', 'content'),
    thumbnailUrl: Type.Optional(link('A small JPEG, 320 pixels wide', 'thumbnail')),
    posterUrl: Type.Optional(link('A JPEG, at most 1280 pixels wide', 'poster')),
    jobId: Type.String({ description: 'The job that looks at the file', examples: ['job_0193b5c0-…'] }),
    createdAt: date('When it was uploaded'),
    updatedAt: date('When it last changed'),
  },
  { ...strict, title: 'Video' },
);
export type VideoView = Static<typeof VideoViewSchema>;
