import { type Static, Type } from '@sinclair/typebox';
import type { OperationDefinition, Timeline } from '../operation.ts';

const MIN_SIDE = 16;
const MAX_SIDE = 7680;

const side = (name: string) =>
  Type.Optional(
    Type.Integer({
      minimum: MIN_SIDE,
      maximum: MAX_SIDE,
      description: `${name} in pixels, rounded to even; left out, it follows from the other side`,
      examples: [720],
    }),
  );

const schema = Type.Object(
  { op: Type.Literal('scale'), width: side('Width'), height: side('Height') },
  {
    additionalProperties: false,
    title: 'Scale',
    description: 'Resizes the picture; with one side given, the proportions stay',
    examples: [
      { op: 'scale', height: 720 },
      { op: 'scale', width: 1280, height: 720 },
    ],
  },
);
export type Scale = Static<typeof schema>;

const even = (pixels: number): number => Math.max(2, Math.round(pixels / 2) * 2);

function targetSize({ width, height }: Scale, timeline: Timeline): { width: number; height: number } {
  const aspect = timeline.width / timeline.height;
  return {
    width: even(width ?? (height ?? timeline.height) * aspect),
    height: even(height ?? (width ?? timeline.width) / aspect),
  };
}

export const scale: OperationDefinition<Scale> = {
  name: 'scale',
  summary: 'Resizes the picture to width and height (pixels); one of them is enough to keep the proportions.',
  schema,
  validate(params, timeline) {
    if (params.width === undefined && params.height === undefined) {
      return [{ path: '', message: 'scale needs a width, a height or both' }];
    }
    const size = targetSize(params, timeline);
    const path = params.width === undefined ? '/height' : '/width';
    if (Math.max(size.width, size.height) > MAX_SIDE || Math.min(size.width, size.height) < MIN_SIDE) {
      const bounds = `each side must be ${MIN_SIDE} to ${MAX_SIDE} pixels`;
      return [{ path, message: `the result would be ${size.width}×${size.height}; ${bounds}` }];
    }
    return [];
  },
  apply: (params, timeline) => ({ ...timeline, ...targetSize(params, timeline) }),
  isNoop(params, timeline) {
    const size = targetSize(params, timeline);
    return size.width === timeline.width && size.height === timeline.height;
  },
  compile(params, timeline, graph) {
    const size = targetSize(params, timeline);
    graph.video('scale', { w: size.width, h: size.height });
    // FFmpeg would keep the shape on screen by making pixels oblong.
    graph.video('setsar', { sar: 1 });
  },
  describe({ width, height }) {
    if (width !== undefined && height !== undefined) return `scale to ${width}×${height}`;
    return width === undefined ? `scale to ${height} pixels high` : `scale to ${width} pixels wide`;
  },
};
