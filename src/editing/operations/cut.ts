import { type Static, Type } from '@sinclair/typebox';
import { expression } from '../filter-graph.ts';
import type { OperationDefinition } from '../operation.ts';
import { formatRange, frameCount, toFrames, validateRange } from '../timeline.ts';

const schema = Type.Object(
  {
    op: Type.Literal('cut'),
    start: Type.Number({ minimum: 0, description: 'Seconds', examples: [5] }),
    end: Type.Number({ exclusiveMinimum: 0, description: 'Seconds', examples: [8] }),
  },
  {
    additionalProperties: false,
    title: 'Cut',
    description: 'Removes the part from start to end and joins what is left',
    examples: [{ op: 'cut', start: 5, end: 8 }],
  },
);
export type Cut = Static<typeof schema>;

export const cut: OperationDefinition<Cut> = {
  name: 'cut',
  summary: 'Removes the part from start to end (seconds) and joins what is left.',
  schema,
  validate(params, timeline) {
    const issues = validateRange(params, timeline);
    if (issues.length > 0) return issues;
    const { startFrame, endFrame } = toFrames(params, timeline);
    if (endFrame - startFrame < frameCount(timeline)) return [];
    return [{ path: '', message: 'this would cut away the whole video' }];
  },
  apply(params, timeline) {
    const { startFrame, endFrame } = toFrames(params, timeline);
    return { ...timeline, durationSeconds: (frameCount(timeline) - (endFrame - startFrame)) / timeline.fps };
  },
  isNoop: () => false,
  compile(params, timeline, graph) {
    const { startFrame, endFrame } = toFrames(params, timeline);
    graph.video('select', { expr: expression`lt(pts,${startFrame})+gte(pts,${endFrame})` });
    graph.video('setpts', {
      expr: expression`if(lt(PTS,${startFrame}),PTS,PTS-${endFrame - startFrame})`,
    });
    if (timeline.hasAudio) graph.cutAudio(startFrame / timeline.fps, endFrame / timeline.fps);
  },
  describe: (params) => `cut out ${formatRange(params)}`,
};
