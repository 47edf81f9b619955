/** The matrix between RGB and the luma and chroma planes that video is stored in. */
import type { Probe } from '../contracts/media.ts';

export interface ColorMatrix {
  /** As FFmpeg's scale filter calls it. */
  readonly scaleName: string;
  /** As it is written into files. */
  readonly tag: string;
}

const HD: ColorMatrix = { scaleName: 'bt709', tag: 'bt709' };
const SD: ColorMatrix = { scaleName: 'smpte170m', tag: 'smpte170m' };
/** Taller pictures are high definition; 576 lines are PAL. */
const MAX_SD_HEIGHT = 576;

const MATRICES = new Map<string, ColorMatrix>([
  ['bt709', HD],
  ['smpte170m', SD],
  ['bt470bg', { scaleName: 'bt470', tag: 'bt470bg' }],
  ['smpte240m', { scaleName: 'smpte240m', tag: 'smpte240m' }],
  ['bt2020nc', { scaleName: 'bt2020', tag: 'bt2020nc' }],
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
