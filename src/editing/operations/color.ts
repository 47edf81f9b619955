import { type Static, Type } from '@sinclair/typebox';
import type { OperationDefinition } from '../operation.ts';

/** Each parameter's value that changes nothing. */
export const NEUTRAL_COLOR = {
  brightness: 0,
  contrast: 1,
  saturation: 1,
  gamma: 1,
  hue: 0,
  temperature: 6500,
} as const;
type ColorParameter = keyof typeof NEUTRAL_COLOR;
const PARAMETERS: readonly ColorParameter[] = [
  'brightness',
  'contrast',
  'saturation',
  'gamma',
  'hue',
  'temperature',
];

/** The least gamma that FFmpeg's eq knows; anything below is as dark. */
const MIN_GAMMA = 0.1;

const factor = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 3, default: 1, description, examples: [1.2] }));

const schema = Type.Object(
  {
    op: Type.Literal('color'),
    brightness: Type.Optional(
      Type.Number({ minimum: -1, maximum: 1, default: 0, description: '0 is neutral', examples: [0.1] }),
    ),
    contrast: factor('1 is neutral'),
    saturation: factor('1 is neutral, 0 is grey'),
    gamma: factor('1 is neutral, above lifts the mid tones; below 0.1 counts as 0.1'),
    hue: Type.Optional(
      Type.Number({ minimum: -360, maximum: 360, default: 0, description: 'Degrees', examples: [30] }),
    ),
    temperature: Type.Optional(
      Type.Number({
        minimum: 1000,
        maximum: 40_000,
        default: 6500,
        description: 'Kelvin; 6500 is neutral, below is warmer, above is cooler',
        examples: [4500],
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Color',
    description:
      'Corrects brightness, contrast, saturation, gamma, hue and colour temperature, in this order',
    examples: [{ op: 'color', brightness: 0.1, saturation: 1.2 }],
  },
);
export type Color = Static<typeof schema>;
export type CompleteColor = Record<ColorParameter, number>;

/** All parameters, the neutral value where one is left out. */
export function completeColor(params: Color): CompleteColor {
  const { op: _op, ...given } = params;
  return { ...NEUTRAL_COLOR, ...given, hue: (given.hue ?? 0) % 360 };
}

/** The color operation with only what is not neutral. */
export function toColorOperation(color: CompleteColor): Color {
  const changed = PARAMETERS.filter((name) => color[name] !== NEUTRAL_COLOR[name]);
  return { op: 'color', ...Object.fromEntries(changed.map((name) => [name, color[name]])) };
}

const describeValue: Record<ColorParameter, (value: number) => string> = {
  brightness: (value) => `brightness ${value > 0 ? '+' : ''}${value}`,
  contrast: (value) => `contrast ×${value}`,
  saturation: (value) => `saturation ×${value}`,
  gamma: (value) => `gamma ${value}`,
  hue: (value) => `hue ${value > 0 ? '+' : ''}${value}°`,
  temperature: (value) => `${value < NEUTRAL_COLOR.temperature ? 'warmer' : 'cooler'} (${value} K)`,
};

export const color: OperationDefinition<Color> = {
  name: 'color',
  summary:
    'Corrects the colour: brightness −1…1, contrast, saturation and gamma 0…3 (1 neutral), hue in degrees, temperature in kelvin.',
  schema,
  validate(params) {
    if (PARAMETERS.some((name) => params[name] !== undefined)) return [];
    return [{ path: '', message: `color needs at least one of ${PARAMETERS.join(', ')}` }];
  },
  apply: (_params, timeline) => timeline,
  isNoop(params) {
    const complete = completeColor(params);
    return PARAMETERS.every((name) => complete[name] === NEUTRAL_COLOR[name]);
  },
  compile(params, _timeline, graph) {
    const { brightness, contrast, saturation, gamma, hue, temperature } = completeColor(params);
    const isEqNeutral = brightness === 0 && contrast === 1 && saturation === 1 && gamma === 1;
    if (!isEqNeutral) {
      graph.video('eq', { brightness, contrast, saturation, gamma: Math.max(MIN_GAMMA, gamma) });
    }
    if (hue !== 0) graph.video('hue', { h: hue });
    if (temperature !== NEUTRAL_COLOR.temperature) graph.rgb('colortemperature', { temperature });
  },
  describe(params) {
    const complete = completeColor(params);
    const changed = PARAMETERS.filter((name) => complete[name] !== NEUTRAL_COLOR[name]);
    return changed.length === 0
      ? 'leave the colours as they are'
      : changed.map((name) => describeValue[name](complete[name])).join(', ');
  },
};
