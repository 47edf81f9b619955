import { type Static, Type } from '@sinclair/typebox';
import { expression } from '../filter-graph.ts';
import type { OperationDefinition } from '../operation.ts';
import { formatRange, frameCount, toFrames, validateRange } from '../timeline.ts';

/** Muting switches at blocks of this many samples: 2.7 ms at 48 kHz, below one frame at any frame rate. */
const BLOCK_SAMPLES = 128;

const schema = Type.Object(
  {
    op: Type.Literal('mute'),
    start: Type.Optional(
      Type.Number({ minimum: 0, description: 'Seconds; left out, the beginning', examples: [0] }),
    ),
    end: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Seconds; left out, the end', examples: [5] }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Mute',
    description:
      'Silences the sound, all of it or from start to end; nothing happens to a video without sound',
    examples: [{ op: 'mute' }, { op: 'mute', start: 3, end: 5 }],
  },
);
export type Mute = Static<typeof schema>;

export const mute: OperationDefinition<Mute> = {
  name: 'mute',
  summary: 'Silences the sound, all of it or from start to end (seconds).',
  schema,
  validate: (params, timeline) => validateRange(params, timeline),
  apply: (_params, timeline) => timeline,
  isNoop: (_params, timeline) => !timeline.hasAudio,
  compile(params, timeline, graph) {
    if (!timeline.hasAudio) return;
    const { startFrame, endFrame } = toFrames(params, timeline);
    if (startFrame === 0 && endFrame === frameCount(timeline)) {
      graph.audio('volume', { volume: 0 });
      return;
    }
    graph.audio('asetnsamples', { n: BLOCK_SAMPLES, p: 0 });
    const [start, end] = [startFrame / timeline.fps, endFrame / timeline.fps];
    graph.audio('volume', { volume: 0, enable: expression`gte(t,${start})*lt(t,${end})` });
  },
  describe(params) {
    const range = formatRange(params);
    return range === '' ? 'mute the sound' : `mute the sound ${range}`;
  },
};
