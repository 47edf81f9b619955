import { type Static, Type } from '@sinclair/typebox';
import type { FieldIssue } from '../../contracts/errors.ts';
import { toAssScript } from '../ass-script.ts';
import { drawnColor } from '../color-matrix.ts';
import type { OperationDefinition, Timeline } from '../operation.ts';
import { formatRange, toFrames, validateRange } from '../timeline.ts';

/** Places on the frame, as libass counts alignments: like the digits of a numeric keypad. */
const PLACES = {
  'bottom-left': 1,
  bottom: 2,
  'bottom-center': 2,
  'bottom-right': 3,
  left: 4,
  'center-left': 4,
  center: 5,
  right: 6,
  'center-right': 6,
  'top-left': 7,
  top: 8,
  'top-center': 8,
  'top-right': 9,
} as const;
type Place = keyof typeof PLACES;
const PLACE_NAMES: readonly Place[] = [
  'top-left',
  'top',
  'top-center',
  'top-right',
  'left',
  'center-left',
  'center',
  'right',
  'center-right',
  'bottom-left',
  'bottom',
  'bottom-center',
  'bottom-right',
];

/** Named colours as rrggbb. */
const COLORS: Readonly<Record<string, string>> = {
  white: 'ffffff',
  black: '000000',
  red: 'ff0000',
  green: '00c000',
  blue: '0040ff',
  yellow: 'ffff00',
  orange: 'ff8c00',
  purple: '8000c0',
  pink: 'ff69b4',
  cyan: '00ffff',
  magenta: 'ff00ff',
  gray: '808080',
  grey: '808080',
  brown: '8b4513',
  gold: 'ffd700',
  silver: 'c0c0c0',
  lime: '80ff00',
  navy: '000080',
  teal: '008080',
};
const COLOR_NAMES = Object.keys(COLORS);

const MIN_SIZE = 6;
const MAX_CONTENT_LENGTH = 500;
/** The default line height as a part of the frame's shorter side. */
const DEFAULT_SIZE_RATIO = 1 / 14;
/** Space between a placed text and the frame's edge, as a part of the shorter side. */
const MARGIN_RATIO = 1 / 25;

const pixels = (description: string) => Type.Number({ minimum: 0, description, examples: [40] });

const schema = Type.Object(
  {
    op: Type.Literal('text'),
    content: Type.String({
      minLength: 1,
      maxLength: MAX_CONTENT_LENGTH,
      description: 'Shown literally; a newline breaks the line, long lines wrap inside the frame',
      examples: ['Hello: "world" 100%'],
    }),
    position: Type.Optional(
      Type.Union(
        [
          ...PLACE_NAMES.map((name) => Type.Literal(name)),
          Type.Object(
            { x: pixels('Left edge of the text in pixels'), y: pixels('Top edge of the text in pixels') },
            { additionalProperties: false },
          ),
        ],
        {
          default: 'bottom',
          description: `one of ${PLACE_NAMES.join(', ')}, or the top left corner { x, y } in pixels`,
          examples: ['bottom', { x: 40, y: 40 }],
        },
      ),
    ),
    size: Type.Optional(
      Type.Number({
        minimum: MIN_SIZE,
        description: "Height of a line in pixels; left out, a fourteenth of the frame's shorter side",
        examples: [48],
      }),
    ),
    color: Type.Optional(
      Type.String({
        pattern: `^(${COLOR_NAMES.join('|')}|#[0-9A-Fa-f]{6})$`,
        maxLength: 16,
        default: 'white',
        description: `#rrggbb or one of ${COLOR_NAMES.join(', ')}`,
        examples: ['white', '#ffcc00'],
      }),
    ),
    start: Type.Optional(
      Type.Number({ minimum: 0, description: 'Seconds; left out, the beginning', examples: [0] }),
    ),
    end: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Seconds; left out, the end', examples: [3] }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Text',
    description: 'Writes text on the picture, all the time or from start to end',
    examples: [
      { op: 'text', content: 'VFXB', position: 'bottom-right', size: 48, color: 'white', start: 1, end: 4 },
    ],
  },
);
export type Text = Static<typeof schema>;

function validatePoint({ position }: Text, timeline: Timeline): FieldIssue[] {
  if (typeof position !== 'object') return [];
  const issues: FieldIssue[] = [];
  const frame = `the picture is ${timeline.width}×${timeline.height} here`;
  if (position.x >= timeline.width) {
    issues.push({ path: '/position/x', message: `x is ${position.x} but ${frame}` });
  }
  if (position.y >= timeline.height) {
    issues.push({ path: '/position/y', message: `y is ${position.y} but ${frame}` });
  }
  return issues;
}

const toHex = (color: string): string =>
  color.startsWith('#') ? color.slice(1) : (COLORS[color] ?? 'ffffff');

export const text: OperationDefinition<Text> = {
  name: 'text',
  summary:
    'Writes text on the picture: content, position (top-left … center … bottom-right or {x, y}), size (pixels), color, start and end (seconds).',
  schema,
  validate(params, timeline) {
    const issues = [...validateRange(params, timeline), ...validatePoint(params, timeline)];
    if (params.content.trim() === '') {
      issues.push({ path: '/content', message: 'content has nothing to show' });
    }
    if (params.size !== undefined && params.size > timeline.height) {
      const message = `size is ${params.size} but the picture is only ${timeline.height} pixels high here`;
      issues.push({ path: '/size', message });
    }
    return issues;
  },
  apply: (_params, timeline) => timeline,
  isNoop: () => false,
  compile(params, timeline, graph) {
    const { width, height, fps } = timeline;
    const { startFrame, endFrame } = toFrames(params, timeline);
    const position = params.position ?? 'bottom';
    const script = toAssScript({
      content: params.content,
      frame: { width, height },
      lineHeight: params.size ?? Math.max(MIN_SIZE, Math.round(Math.min(width, height) * DEFAULT_SIZE_RATIO)),
      margin: Math.round(Math.min(width, height) * MARGIN_RATIO),
      color: drawnColor(toHex(params.color ?? 'white'), graph.matrix),
      place: typeof position === 'object' ? position : PLACES[position],
      // Half a frame early: a boundary is then far from the clock of any frame.
      startSeconds: params.start === undefined ? 0 : Math.max(0, (startFrame - 0.5) / fps),
      endSeconds: params.end === undefined ? Infinity : (endFrame - 0.5) / fps,
    });
    graph.video('ass', { filename: graph.addFile('text', 'ass', script) });
  },
  describe(params) {
    const position = params.position ?? 'bottom';
    const where = typeof position === 'object' ? `at ${position.x}, ${position.y}` : `at the ${position}`;
    const when = formatRange(params);
    const oneLine = params.content.replaceAll(/\s+/g, ' ').trim();
    const looks = [...(params.color ? [params.color] : []), ...(params.size ? [`${params.size} px`] : [])];
    const style = looks.length === 0 ? '' : ` (${looks.join(', ')})`;
    return `text “${oneLine}” ${where.replace('at the center', 'in the center')}${style}${when === '' ? '' : ` ${when}`}`;
  },
};
