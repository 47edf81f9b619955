/** What crosses the wire about projects: bodies, queries, views; documented for OpenAPI. */
import { type Static, Type } from '@sinclair/typebox';
import type { Operation } from '../../contracts/edit-plan.ts';
import { idPattern } from '../../contracts/ids.ts';
import { MAX_OPERATIONS, OperationSchema } from '../../editing/plan.ts';

const strict = { additionalProperties: false } as const;
const date = (description: string) =>
  Type.String({ description, maxLength: 32, examples: ['2026-11-24T09:00:00.000Z'] });

const PROJECT_ID = 'prj_0193b5c0-6f4e-7000-8000-000000000001';
const VIDEO_ID = 'vid_0193b5c0-6f4e-7000-8000-000000000002';
const TRIM = { op: 'trim', start: 10, end: 20 };

const name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '\\S',
  description: 'Name of the project; surrounding spaces are removed',
  examples: ['Holiday'],
});
const videoId = Type.String({
  pattern: idPattern('video'),
  maxLength: 64,
  description: "The video to edit, one of the user's own",
  examples: [VIDEO_ID],
});
const revisionNumber = (description: string) => Type.Integer({ minimum: 0, description, examples: [3] });

export const StatusSchema = Type.Union([Type.Literal('active'), Type.Literal('archived')], {
  description: 'Archived projects are kept but left out of view',
});

export const CreateProjectSchema = Type.Object(
  { name, videoId: Type.Optional(videoId) },
  { ...strict, examples: [{ name: 'Holiday', videoId: VIDEO_ID }] },
);
export type CreateProject = Static<typeof CreateProjectSchema>;

export const ChangeProjectSchema = Type.Object(
  {
    name: Type.Optional(name),
    videoId: Type.Optional(videoId),
    status: Type.Optional(StatusSchema),
  },
  { ...strict, minProperties: 1, examples: [{ name: 'Holiday in Rome', status: 'archived' }] },
);
export type ChangeProject = Static<typeof ChangeProjectSchema>;

export const TimelineSchema = Type.Object(
  {
    durationSeconds: Type.Number({ minimum: 0, description: 'Length after the edits, in seconds' }),
    width: Type.Integer({ minimum: 1, description: 'Width after the edits, in pixels' }),
    height: Type.Integer({ minimum: 1, description: 'Height after the edits, in pixels' }),
    fps: Type.Number({ exclusiveMinimum: 0, description: 'Frames per second' }),
    hasAudio: Type.Boolean(),
  },
  {
    ...strict,
    description: 'The picture and sound as they are after the edits; absent until the video is ready',
    examples: [{ durationSeconds: 10, width: 1920, height: 1080, fps: 30, hasAudio: true }],
  },
);

/**
 * One operation as OpenAPI shows it, but let through as it is: the service parses operations against the video, with better
 * words than a schema's, and points at the bad one.
 */
const documentedOperation = Type.Unsafe<Operation>(
  Type.Unknown(JSON.parse(JSON.stringify(OperationSchema)) as Record<string, unknown>),
);

export const ProjectViewSchema = Type.Object(
  {
    id: Type.String({ description: 'Id of the project', examples: [PROJECT_ID] }),
    name: Type.String({ examples: ['Holiday'] }),
    videoId: Type.Optional(Type.String({ examples: [VIDEO_ID] })),
    status: StatusSchema,
    revision: revisionNumber('Number of the revision the project shows; 0 is the untouched video'),
    operations: Type.Array(documentedOperation, {
      description: 'The edit plan of that revision, in the order in which it applies',
      examples: [[TRIM]],
    }),
    timeline: Type.Optional(TimelineSchema),
    canUndo: Type.Boolean(),
    canRedo: Type.Boolean(),
    createdAt: date('When the project was made'),
    updatedAt: date('When the project last changed'),
  },
  { ...strict, title: 'Project' },
);
export type ProjectView = Static<typeof ProjectViewSchema>;

export const EditSchema = Type.Object(
  {
    operations: Type.Array(documentedOperation, {
      maxItems: MAX_OPERATIONS,
      description:
        'Edits in the order in which they apply; times are those of the timeline after the edits before',
    }),
    mode: Type.Optional(
      Type.Union([Type.Literal('append'), Type.Literal('replace')], {
        default: 'append',
        description: 'append adds to the edits there are; replace makes these the whole plan',
      }),
    ),
    baseRevision: Type.Optional(
      revisionNumber('Refuse with 409 revision_conflict when the project is no longer at this revision'),
    ),
  },
  {
    ...strict,
    examples: [{ operations: [TRIM, { op: 'filter', name: 'black_white' }], baseRevision: 0 }],
  },
);
export type Edit = Static<typeof EditSchema>;

export const StepsSchema = Type.Object(
  {
    steps: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000, default: 1, description: 'How many revisions to go' }),
    ),
  },
  { ...strict, examples: [{ steps: 1 }] },
);

export const RevisionViewSchema = Type.Object(
  {
    number: revisionNumber('Counts from 0 without gaps'),
    parent: Type.Optional(revisionNumber('The revision this one was made from; undo goes there')),
    operations: Type.Array(documentedOperation, { examples: [[TRIM]] }),
    summary: Type.String({
      description: 'The edit plan in words',
      examples: ['trim to 0:10–0:20'],
    }),
    cause: Type.Union(
      [Type.Literal('create'), Type.Literal('edit'), Type.Literal('chat'), Type.Literal('reset')],
      { description: 'Who made the revision: the project itself, an edit, a chat message, a reset' },
    ),
    messageId: Type.Optional(Type.String({ description: 'The chat message that made the revision' })),
    isHead: Type.Boolean({ description: 'True for the revision the project shows' }),
    createdAt: date('When the revision was made'),
  },
  { ...strict, title: 'Revision' },
);
export type RevisionView = Static<typeof RevisionViewSchema>;

const id = Type.String({ maxLength: 64, description: 'Id of the project', examples: [PROJECT_ID] });

export const ProjectParams = Type.Object({ id }, strict);
export const RevisionParams = Type.Object(
  {
    id,
    number: Type.String({
      pattern: '^[0-9]{1,9}$',
      description: 'Number of the revision',
      examples: ['3'],
    }),
  },
  strict,
);
