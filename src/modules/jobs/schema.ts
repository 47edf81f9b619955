/** What crosses the wire about jobs: queries and views; documented for OpenAPI. */
import { type Static, Type } from '@sinclair/typebox';
import { JOB_KINDS, JOB_STATES, type JobKind, STAGES } from '../../contracts/jobs.ts';
import { oneOf } from '../../contracts/one-of.ts';
import { listQueryWith } from '../../platform/http/pagination.ts';

const strict = { additionalProperties: false } as const;
const JOB_ID = 'job_0193b5c0-6f4e-7000-8000-000000000003';

const date = (description: string) =>
  Type.String({ description, maxLength: 32, examples: ['2026-11-24T09:00:00.000Z'] });
const subjectId = (description: string) => Type.Optional(Type.String({ maxLength: 64, description }));
const KINDS = Object.keys(JOB_KINDS) as JobKind[];

export const JobParams = Type.Object(
  {
    id: Type.String({ maxLength: 64, description: 'Id of the job', examples: [JOB_ID] }),
  },
  strict,
);

export const JobListQuery = listQueryWith({
  state: Type.Optional(oneOf(JOB_STATES, 'Only jobs in this state')),
  kind: Type.Optional(oneOf(KINDS, 'Only jobs of this kind')),
});
export type JobListQuery = Static<typeof JobListQuery>;

export const JobViewSchema = Type.Object(
  {
    id: Type.String({ description: 'Id of the job', examples: [JOB_ID] }),
    kind: oneOf(KINDS, 'What the job does'),
    state: oneOf(
      JOB_STATES,
      'queued, active and retrying may still change; completed, failed and cancelled are final',
    ),
    progress: Type.Number({ minimum: 0, maximum: 100, description: 'Percent done', examples: [42.5] }),
    stage: oneOf(STAGES, 'What is being done'),
    fps: Type.Optional(Type.Number({ description: 'Frames rendered per second', examples: [87.2] })),
    etaSeconds: Type.Optional(
      Type.Number({ description: 'Seconds that remain, as far as known', examples: [12] }),
    ),
    attempts: Type.Integer({ minimum: 0, description: 'Attempts that ended in an error' }),
    videoId: subjectId('The video it is about'),
    projectId: subjectId('The project it is about'),
    renderId: subjectId('The render it makes'),
    conversationId: subjectId('The conversation it belongs to'),
    messageId: subjectId('The message it answers'),
    result: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'What a completed job made; depends on its kind',
      }),
    ),
    error: Type.Optional(
      Type.Object(
        {
          code: Type.String({ description: 'Stable code to act on', examples: ['render_failed'] }),
          message: Type.String({ description: 'What went wrong' }),
        },
        { ...strict, description: 'Why a failed job failed' },
      ),
    ),
    createdAt: date('When it was accepted'),
    startedAt: Type.Optional(date('When a worker first took it')),
    finishedAt: Type.Optional(date('When it ended')),
  },
  { ...strict, description: 'A unit of work that runs on a worker' },
);
export type JobView = Static<typeof JobViewSchema>;
