/** The matrix between RGB and the luma and chroma planes that video is stored in. */
import type { Probe } from '../contracts/media.ts';

export interface ColorMatrix {
  /** As FFmpeg's scale filter calls it. */
  readonly scaleName: string;
  /** As it is written into files. */
  readonly tag: string;
  /** Weights of red and blue in luma; green has the rest. */
  readonly red: number;
  readonly blue: number;
}

const HD: ColorMatrix = { scaleName: 'bt709', tag: 'bt709', red: 0.2126, blue: 0.0722 };
const SD: ColorMatrix = { scaleName: 'smpte170m', tag: 'smpte170m', red: 0.299, blue: 0.114 };
/** Taller pictures are high definition; 576 lines are PAL. */
const MAX_SD_HEIGHT = 576;

const MATRICES = new Map<string, ColorMatrix>([
  ['bt709', HD],
  ['smpte170m', SD],
  ['bt470bg', { ...SD, scaleName: 'bt470', tag: 'bt470bg' }],
  ['smpte240m', { scaleName: 'smpte240m', tag: 'smpte240m', red: 0.212, blue: 0.087 }],
  ['bt2020nc', { scaleName: 'bt2020', tag: 'bt2020nc', red: 0.2627, blue: 0.0593 }],
]);

/** The source's matrix; where the file does not tell, what players assume for its size. */
export function colorMatrixOf(source: Probe): ColorMatrix {
  const untold = Math.min(source.width, source.height) > MAX_SD_HEIGHT ? HD : SD;
  return MATRICES.get(source.colorSpace ?? '') ?? untold;
}

/** True when the planes are red, green and blue themselves. */
export function isStoredAsRgb(source: Probe): boolean {
  return /^(gbr|0?rgb|0?bgr|argb|abgr|rgba|bgra|pal8)/.test(source.pixelFormat);
}

/**
 * The colour (rrggbb) to ask of a filter that draws by the matrix of SD video, as FFmpeg 5's text filters do, so that the
 * picture's own matrix shows the wanted one. What that would take beyond 0…255 is clipped, so pure colours come near.
 */
export function drawnColor(rrggbb: string, matrix: ColorMatrix): string {
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(rrggbb.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  const luma = matrix.red * red + (1 - matrix.red - matrix.blue) * green + matrix.blue * blue;
  const blueChroma = (blue - luma) / (1 - matrix.blue);
  const redChroma = (red - luma) / (1 - matrix.red);
  const drawnRed = luma + redChroma * (1 - SD.red);
  const drawnBlue = luma + blueChroma * (1 - SD.blue);
  const drawnGreen = (luma - SD.red * drawnRed - SD.blue * drawnBlue) / (1 - SD.red - SD.blue);
  const channels = [drawnRed, drawnGreen, drawnBlue].map((value) =>
    Math.round(Math.min(255, Math.max(0, value))),
  );
  return channels.map((value) => value.toString(16).padStart(2, '0')).join('');
}
