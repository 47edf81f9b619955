import { type Static, Type } from '@sinclair/typebox';
import type { OperationDefinition } from '../operation.ts';

const schema = Type.Object(
  {
    op: Type.Literal('rotate'),
    degrees: Type.Number({
      minimum: -360,
      maximum: 360,
      description:
        'Clockwise. Quarter turns are exact; other angles keep the frame size and fill corners with black',
      examples: [90, -90, 180],
    }),
  },
  {
    additionalProperties: false,
    title: 'Rotate',
    description: 'Turns the picture clockwise',
    examples: [{ op: 'rotate', degrees: 90 }],
  },
);
export type Rotate = Static<typeof schema>;

/** The same turn as 0 up to, but not including, 360 degrees. */
function normalize(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}

export const rotate: OperationDefinition<Rotate> = {
  name: 'rotate',
  summary: 'Turns the picture clockwise by degrees (negative: counter-clockwise).',
  schema,
  validate: () => [],
  apply(params, timeline) {
    const isQuarter = normalize(params.degrees) % 180 === 90;
    return isQuarter ? { ...timeline, width: timeline.height, height: timeline.width } : timeline;
  },
  isNoop: (params) => normalize(params.degrees) === 0,
  compile(params, _timeline, graph) {
    const degrees = normalize(params.degrees);
    if (degrees === 90) graph.video('transpose', { dir: 'clock' });
    else if (degrees === 270) graph.video('transpose', { dir: 'cclock' });
    else if (degrees === 180) {
      graph.video('hflip');
      graph.video('vflip');
    } else graph.video('rotate', { angle: (degrees * Math.PI) / 180, fillcolor: 'black' });
  },
  describe: ({ degrees }) =>
    degrees < 0 ? `rotate ${-degrees}° counter-clockwise` : `rotate ${degrees}° clockwise`,
};
