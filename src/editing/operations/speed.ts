import { type Static, Type } from '@sinclair/typebox';
import { expression, type FilterGraph } from '../filter-graph.ts';
import type { OperationDefinition, Timeline } from '../operation.ts';
import { formatSeconds, frameCount } from '../timeline.ts';

const MIN_FACTOR = 0.1;
const MAX_FACTOR = 10;
/** A result longer than a day is a mistake. */
const MAX_DURATION_SECONDS = 86_400;

const schema = Type.Object(
  {
    op: Type.Literal('speed'),
    factor: Type.Number({
      minimum: MIN_FACTOR,
      maximum: MAX_FACTOR,
      description: '2 is twice as fast, 0.5 half as fast; the pitch of the sound stays',
      examples: [2],
    }),
  },
  {
    additionalProperties: false,
    title: 'Speed',
    description: 'Plays faster or slower, with the sound at constant pitch',
    examples: [{ op: 'speed', factor: 2 }],
  },
);
export type Speed = Static<typeof schema>;

function framesAfter(factor: number, timeline: Timeline): number {
  return Math.max(1, Math.round(frameCount(timeline) / factor));
}

/** atempo skips samples above 2 and does not go below 0.5, so a large change is made in several steps. */
function stretchAudio(factor: number, graph: FilterGraph): void {
  let rest = factor;
  while (rest > 2) {
    graph.audio('atempo', { tempo: 2 });
    rest /= 2;
  }
  while (rest < 0.5) {
    graph.audio('atempo', { tempo: 0.5 });
    rest /= 0.5;
  }
  graph.audio('atempo', { tempo: rest });
}

export const speed: OperationDefinition<Speed> = {
  name: 'speed',
  summary: 'Plays faster (factor above 1) or slower (below 1) at constant pitch.',
  schema,
  validate({ factor }, timeline) {
    const seconds = timeline.durationSeconds / factor;
    if (seconds <= Math.max(MAX_DURATION_SECONDS, timeline.durationSeconds)) return [];
    return [
      { path: '/factor', message: `the result would be ${formatSeconds(seconds)} long, more than a day` },
    ];
  },
  apply: ({ factor }, timeline) => ({
    ...timeline,
    durationSeconds: framesAfter(factor, timeline) / timeline.fps,
  }),
  isNoop: ({ factor }) => factor === 1,
  compile({ factor }, timeline, graph) {
    const frames = framesAfter(factor, timeline);
    const { numerator, denominator } = graph.frameRate;
    // Output frame j shows input frame floor(j · factor). The clock ticks once a frame, so this is exact for any factor.
    graph.video('setpts', { expr: expression`ceil(PTS/${factor}-0.000001)` });
    graph.video('fps', { fps: `${numerator}/${denominator}` });
    graph.video('tpad', { stop: Math.ceil(1 / factor) + 1, stop_mode: 'clone' });
    graph.video('trim', { end_pts: frames });
    if (!timeline.hasAudio) return;
    stretchAudio(factor, graph);
    graph.audio('apad', { whole_dur: frames / timeline.fps });
    graph.audio('atrim', { end: frames / timeline.fps });
  },
  describe: ({ factor }) => (factor > 1 ? `play ${factor}× as fast` : `slow down to ${factor}× speed`),
};
