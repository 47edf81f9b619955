import { type Static, Type } from '@sinclair/typebox';
import type { Operation } from '../../contracts/edit-plan.ts';
import type { OperationDefinition } from '../operation.ts';
import { formatRange, formatTime, frameCount, toFrames, validateRange } from '../timeline.ts';

const schema = Type.Object(
  {
    op: Type.Literal('trim'),
    start: Type.Optional(
      Type.Number({ minimum: 0, description: 'Seconds; left out, the beginning', examples: [10] }),
    ),
    end: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Seconds; left out, the end', examples: [20] }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Trim',
    description: 'Keeps only the part from start to end',
    examples: [
      { op: 'trim', start: 10, end: 20 },
      { op: 'trim', start: 5 },
    ],
  },
);
export type Trim = Static<typeof schema>;

/** Tells a validated operation to be a trim. */
export function isTrim(operation: Operation): operation is Trim {
  return operation.op === 'trim';
}

export const trim: OperationDefinition<Trim> = {
  name: 'trim',
  summary: 'Keeps only the part from start to end (seconds).',
  schema,
  validate(params, timeline) {
    if (params.start === undefined && params.end === undefined) {
      return [{ path: '', message: 'trim needs a start, an end or both' }];
    }
    return validateRange(params, timeline);
  },
  apply(params, timeline) {
    const { startFrame, endFrame } = toFrames(params, timeline);
    return { ...timeline, durationSeconds: (endFrame - startFrame) / timeline.fps };
  },
  isNoop(params, timeline) {
    const { startFrame, endFrame } = toFrames(params, timeline);
    return startFrame === 0 && endFrame === frameCount(timeline);
  },
  compile(params, timeline, graph) {
    const { startFrame, endFrame } = toFrames(params, timeline);
    graph.video('trim', { start_pts: startFrame, end_pts: endFrame });
    graph.video('setpts', { expr: `PTS-${startFrame}` });
    if (!timeline.hasAudio) return;
    graph.audio('atrim', { start: startFrame / timeline.fps, end: endFrame / timeline.fps });
    graph.audio('asetpts', { expr: 'PTS-STARTPTS' });
  },
  describe(params) {
    const { start, end } = params;
    if (start !== undefined && end === undefined) return `drop the first ${formatTime(start)}`;
    if (start === undefined && end !== undefined) return `keep the first ${formatTime(end)}`;
    return `trim to ${formatRange(params)}`;
  },
};
