import { expect, test } from 'bun:test';
import { colorMatrixOf, drawnColor, isStoredAsRgb } from '../../../src/editing/color-matrix.ts';
import { buildProbe } from '../../fixtures/probe-builder.ts';

test('the matrix is the one the file tells, else the usual one for its size', () => {
  expect(colorMatrixOf(buildProbe({ colorSpace: 'bt709' })).tag).toBe('bt709');
  expect(colorMatrixOf(buildProbe({ colorSpace: 'bt2020nc', height: 2160 })).tag).toBe('bt2020nc');
  expect(colorMatrixOf(buildProbe({ height: 360 })).tag).toBe('smpte170m');
  expect(colorMatrixOf(buildProbe({ width: 1920, height: 1080 })).tag).toBe('bt709');
  expect(colorMatrixOf(buildProbe({ width: 1080, height: 1920, colorSpace: 'made-up' })).tag).toBe('bt709');
  expect([isStoredAsRgb(buildProbe({ pixelFormat: 'gbrp' })), isStoredAsRgb(buildProbe())]).toEqual([
    true,
    false,
  ]);
});

test('a drawn colour is itself in SD, greys are themselves anywhere, others are corrected in HD', () => {
  const sd = colorMatrixOf(buildProbe());
  const hd = colorMatrixOf(buildProbe({ colorSpace: 'bt709' }));
  for (const color of ['ff8800', '0040ff', '123456']) expect(drawnColor(color, sd)).toBe(color);
  for (const grey of ['000000', '808080', 'ffffff']) expect(drawnColor(grey, hd)).toBe(grey);
  expect(drawnColor('00c000', hd)).not.toBe('00c000');
  expect(drawnColor('ff0000', hd)).toMatch(/^[0-9a-f]{6}$/);
});
