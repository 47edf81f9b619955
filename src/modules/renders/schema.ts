/** What crosses the wire about renders; documented for OpenAPI. */
import { type Static, Type } from '@sinclair/typebox';
import { type OutputSettings, OutputSettingsSchema } from '../../contracts/edit-plan.ts';
import { JOB_STATES, STAGES } from '../../contracts/jobs.ts';
import { oneOf } from '../../contracts/one-of.ts';

const strict = { additionalProperties: false } as const;
const date = (description: string) =>
  Type.String({ description, maxLength: 32, examples: ['2026-11-24T09:00:00.000Z'] });

export const RENDER_ID_EXAMPLE = 'rnd_0193b5c0-6f4e-7000-8000-000000000003';

const { format, quality } = OutputSettingsSchema.properties;

export const StartRenderSchema = Type.Object(
  {
    format: Type.Optional(Type.Unsafe<OutputSettings['format']>(format)),
    quality: Type.Optional(Type.Unsafe<OutputSettings['quality']>(quality)),
    revision: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'The revision to render; by default the one the project shows',
      }),
    ),
  },
  { ...strict, examples: [{ format: 'mp4', quality: 'standard' }] },
);

export const RenderFileSchema = Type.Object(
  {
    downloadUrl: Type.String({
      description: 'Signed link to the file; needs no Authorization header and holds for a while',
      examples: [`/api/v1/renders/${RENDER_ID_EXAMPLE}/download?expires=1795000000&signature=…`],
    }),
    contentType: Type.String({ examples: ['video/mp4'] }),
    sizeBytes: Type.Integer({ minimum: 0, examples: [1_048_576] }),
    sha256: Type.String({ description: 'SHA-256 of the file, in hex' }),
    durationSeconds: Type.Number({ minimum: 0, examples: [10] }),
    width: Type.Integer({ minimum: 1, examples: [1920] }),
    height: Type.Integer({ minimum: 1, examples: [1080] }),
    fps: Type.Number({ exclusiveMinimum: 0, examples: [30] }),
    hasAudio: Type.Boolean(),
    renderSeconds: Type.Number({ minimum: 0, description: 'How long FFmpeg took', examples: [2.5] }),
  },
  { ...strict, description: 'The finished file; absent until there is one' },
);
export type RenderFile = Static<typeof RenderFileSchema>;

export const RenderViewSchema = Type.Object(
  {
    id: Type.String({ examples: [RENDER_ID_EXAMPLE] }),
    projectId: Type.String({ examples: ['prj_0193b5c0-6f4e-7000-8000-000000000001'] }),
    revision: Type.Integer({ minimum: 0, description: 'The revision that was rendered', examples: [3] }),
    jobId: Type.String({ examples: ['job_0193b5c0-6f4e-7000-8000-000000000004'] }),
    output: Type.Unsafe<OutputSettings>(OutputSettingsSchema),
    status: oneOf(JOB_STATES, "The state of the render's job"),
    progress: Type.Number({ minimum: 0, maximum: 100, description: 'Percent done', examples: [42.5] }),
    stage: oneOf(STAGES, 'What is being done'),
    etaSeconds: Type.Optional(Type.Number({ description: 'Seconds that remain, as far as known' })),
    error: Type.Optional(
      Type.Object(
        { code: Type.String({ examples: ['render_failed'] }), message: Type.String() },
        { ...strict, description: 'Why the render failed' },
      ),
    ),
    file: Type.Optional(RenderFileSchema),
    createdAt: date('When the render was asked for'),
    updatedAt: date('When the render last changed'),
  },
  { ...strict, title: 'Render' },
);
export type RenderView = Static<typeof RenderViewSchema>;
