import { type Static, Type } from '@sinclair/typebox';
import { formatNumber, type FilterGraph } from '../filter-graph.ts';
import type { OperationDefinition, Timeline } from '../operation.ts';

const NAMES = ['black_white', 'sepia', 'vintage', 'blur', 'sharpen'] as const;
type FilterName = (typeof NAMES)[number];

const schema = Type.Object(
  {
    op: Type.Literal('filter'),
    name: Type.Union(
      NAMES.map((name) => Type.Literal(name)),
      { description: `one of ${NAMES.join(', ')}`, examples: ['black_white'] },
    ),
    intensity: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: 1,
        description: '0 is none, 1 is full',
        examples: [0.5],
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Filter',
    description: 'Gives the picture a look',
    examples: [{ op: 'filter', name: 'black_white' }],
  },
);
export type Filter = Static<typeof schema>;

interface Look {
  readonly label: string;
  compile(intensity: number, timeline: Timeline, graph: FilterGraph): void;
}

/** Rows are the red, green and blue that come out; the usual sepia weights. */
const SEPIA = [
  { r: 0.393, g: 0.769, b: 0.189 },
  { r: 0.349, g: 0.686, b: 0.168 },
  { r: 0.272, g: 0.534, b: 0.131 },
] as const;
const CHANNELS = ['r', 'g', 'b'] as const;

/** Mixes the untouched picture with its sepia. */
function mixSepia(intensity: number, graph: FilterGraph): void {
  const weights = CHANNELS.flatMap((output, row) =>
    CHANNELS.map((input): [string, number] => {
      const untouched = output === input ? 1 : 0;
      const toned = SEPIA[row]?.[input] ?? 0;
      return [`${output}${input}`, untouched + (toned - untouched) * intensity];
    }),
  );
  graph.rgb('colorchannelmixer', Object.fromEntries(weights));
}

/** Sigma of a full blur is this part of the picture's height, so that it looks alike at any size. */
const BLUR_HEIGHT_RATIO = 1 / 40;
const SHARPEN_AMOUNT = 1.5;

const LOOKS: Record<FilterName, Look> = {
  black_white: {
    label: 'black and white',
    compile: (intensity, _timeline, graph) => graph.video('eq', { saturation: 1 - intensity }),
  },
  sepia: { label: 'sepia', compile: (intensity, _timeline, graph) => mixSepia(intensity, graph) },
  vintage: {
    label: 'vintage look',
    compile(intensity, _timeline, graph) {
      mixSepia(0.5 * intensity, graph);
      const point = (x: number, y: number): string => `${formatNumber(x)}/${formatNumber(y)}`;
      // Faded blacks and whites, slightly lifted mid tones.
      const points = [
        point(0, 0.08 * intensity),
        point(0.5, 0.5 + 0.03 * intensity),
        point(1, 1 - 0.07 * intensity),
      ];
      graph.rgb('curves', { all: points.join(' ') });
      // Dithering would make a frame depend on the frames before it, and segments would differ from the whole.
      graph.video('vignette', { angle: (Math.PI / 5) * intensity, dither: 0 });
    },
  },
  blur: {
    label: 'blur',
    compile: (intensity, timeline, graph) =>
      graph.video('gblur', { sigma: Math.max(0.5, intensity * timeline.height * BLUR_HEIGHT_RATIO) }),
  },
  sharpen: {
    label: 'sharpen',
    compile: (intensity, _timeline, graph) =>
      graph.video('unsharp', { lx: 5, ly: 5, la: SHARPEN_AMOUNT * intensity }),
  },
};

export const filter: OperationDefinition<Filter> = {
  name: 'filter',
  summary: `Gives the picture a look (${NAMES.join(', ')}) at an intensity of 0…1.`,
  schema,
  validate: () => [],
  apply: (_params, timeline) => timeline,
  isNoop: (params) => params.intensity === 0,
  compile: (params, timeline, graph) => LOOKS[params.name].compile(params.intensity ?? 1, timeline, graph),
  describe({ name, intensity }) {
    const strength = intensity === undefined || intensity === 1 ? '' : ` at ${Math.round(intensity * 100)} %`;
    return `${LOOKS[name].label}${strength}`;
  },
};
