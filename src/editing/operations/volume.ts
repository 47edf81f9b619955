import { type Static, Type } from '@sinclair/typebox';
import type { OperationDefinition } from '../operation.ts';

const schema = Type.Object(
  {
    op: Type.Literal('volume'),
    gain: Type.Number({
      minimum: 0,
      maximum: 10,
      description: '1 is neutral, 0 is silence',
      examples: [0.5],
    }),
  },
  {
    additionalProperties: false,
    title: 'Volume',
    description: 'Makes the sound louder or quieter; nothing happens to a video without sound',
    examples: [{ op: 'volume', gain: 0.5 }],
  },
);
export type Volume = Static<typeof schema>;

export const volume: OperationDefinition<Volume> = {
  name: 'volume',
  summary: 'Multiplies the loudness by gain (1 neutral, 0 silent, at most 10).',
  schema,
  validate: () => [],
  apply: (_params, timeline) => timeline,
  isNoop: ({ gain }, timeline) => gain === 1 || !timeline.hasAudio,
  compile({ gain }, timeline, graph) {
    if (timeline.hasAudio) graph.audio('volume', { volume: gain });
  },
  describe: ({ gain }) => `volume ${Math.round(gain * 100)} %`,
};
