import { type Static, Type } from '@sinclair/typebox';
import type { FieldIssue } from '../../contracts/errors.ts';
import type { OperationDefinition } from '../operation.ts';

const MIN_SIDE = 16;

const schema = Type.Object(
  {
    op: Type.Literal('crop'),
    x: Type.Integer({ minimum: 0, description: 'Left edge in pixels', examples: [0] }),
    y: Type.Integer({ minimum: 0, description: 'Top edge in pixels', examples: [0] }),
    width: Type.Integer({ minimum: MIN_SIDE, description: 'Pixels; odd is rounded down', examples: [640] }),
    height: Type.Integer({ minimum: MIN_SIDE, description: 'Pixels; odd is rounded down', examples: [360] }),
  },
  {
    additionalProperties: false,
    title: 'Crop',
    description: 'Keeps a rectangle of the picture',
    examples: [{ op: 'crop', x: 0, y: 0, width: 640, height: 360 }],
  },
);
export type Crop = Static<typeof schema>;

const even = (pixels: number): number => Math.floor(pixels / 2) * 2;

interface Span {
  readonly offset: number;
  readonly length: number;
  readonly available: number;
}

function checkSpan(names: readonly [string, string], { offset, length, available }: Span): FieldIssue[] {
  const [offsetName, lengthName] = names;
  if (offset >= available) {
    const message = `${offsetName} is ${offset} but the picture's ${lengthName} is only ${available} here`;
    return [{ path: `/${offsetName}`, message }];
  }
  if (offset + length <= available) return [];
  const reach = `${offsetName} + ${lengthName} is ${offset + length}`;
  const message = `${reach} but the picture's ${lengthName} is only ${available} here`;
  return [{ path: `/${lengthName}`, message }];
}

export const crop: OperationDefinition<Crop> = {
  name: 'crop',
  summary: 'Keeps the rectangle of the given width and height whose top left corner is at x, y (pixels).',
  schema,
  validate(params, timeline) {
    return [
      ...checkSpan(['x', 'width'], { offset: params.x, length: params.width, available: timeline.width }),
      ...checkSpan(['y', 'height'], { offset: params.y, length: params.height, available: timeline.height }),
    ];
  },
  apply: (params, timeline) => ({ ...timeline, width: even(params.width), height: even(params.height) }),
  isNoop: (params, timeline) =>
    even(params.width) === timeline.width && even(params.height) === timeline.height,
  compile(params, _timeline, graph) {
    // Without `exact`, x and y would be rounded to the chroma grid.
    graph.video('crop', {
      w: even(params.width),
      h: even(params.height),
      x: params.x,
      y: params.y,
      exact: 1,
    });
  },
  describe: ({ x, y, width, height }) => `crop to ${width}×${height} at ${x}, ${y}`,
};
