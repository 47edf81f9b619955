/** What each operation does to pixels and samples, measured on rendered files. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { Footage } from '../../fixtures/footage.ts';
import {
  firstPicture,
  type Picture,
  pictures,
  renderClip,
  type RenderedClip,
  sound,
} from '../../fixtures/render-clip.ts';

setDefaultTimeout(30_000);
let footage: Footage;
beforeAll(async () => {
  footage = await Footage.create();
});
afterAll(() => footage.remove());

const edit = async (clip: Parameters<Footage['clip']>[0], ...operations: unknown[]): Promise<RenderedClip> =>
  renderClip(footage, await footage.clip(clip), { operations });
/** Colour in the middle of a quarter of the frame. */
function quarter(picture: Picture, column: 0 | 1, row: 0 | 1): string {
  const [width, height] = [picture.width / 2, picture.height / 2];
  const area = {
    x: column * width + width / 4,
    y: row * height + height / 4,
    width: width / 2,
    height: height / 2,
  };
  const rounded = Object.fromEntries(
    Object.entries(area).map(([key, value]) => [key, Math.round(value)]),
  ) as typeof area;
  const [red, green, blue] = picture.mean(rounded).map((value) => value > 128);
  const names: Record<string, string> = {
    '100': 'red',
    '010': 'green',
    '001': 'blue',
    '111': 'white',
    '000': 'black',
  };
  return names[[red, green, blue].map(Number).join('')] ?? 'mixed';
}
const quarters = (picture: Picture): string[] => [
  quarter(picture, 0, 0),
  quarter(picture, 1, 0),
  quarter(picture, 0, 1),
  quarter(picture, 1, 1),
];

describe('geometry', () => {
  test('quarters as they are', async () => {
    expect(quarters(await firstPicture(await edit('quarters')))).toEqual(['red', 'green', 'blue', 'white']);
  });

  test('crop keeps the asked region', async () => {
    const right = await firstPicture(
      await edit('quarters', { op: 'crop', x: 81, y: 0, width: 78, height: 90 }),
    );
    expect(quarters(right)).toEqual(['green', 'green', 'white', 'white']);
    const middle = await firstPicture(
      await edit('quarters', { op: 'crop', x: 41, y: 23, width: 79, height: 45 }),
    );
    expect([middle.width, middle.height]).toEqual([78, 44]);
    expect(quarters(middle)).toEqual(['red', 'green', 'blue', 'white']);
  });

  test('rotate turns clockwise', async () => {
    const turned = await firstPicture(await edit('quarters', { op: 'rotate', degrees: 90 }));
    expect([turned.width, turned.height]).toEqual([90, 160]);
    expect(quarters(turned)).toEqual(['blue', 'red', 'white', 'green']);
    const back = await firstPicture(await edit('quarters', { op: 'rotate', degrees: -90 }));
    expect(quarters(back)).toEqual(['green', 'white', 'red', 'blue']);
    const over = await firstPicture(await edit('quarters', { op: 'rotate', degrees: 180 }));
    expect(quarters(over)).toEqual(['white', 'blue', 'green', 'red']);
  });

  test('other angles keep the frame and blacken the corners', async () => {
    const tilted = await firstPicture(await edit('quarters', { op: 'rotate', degrees: 45 }));
    expect([tilted.width, tilted.height]).toEqual([160, 90]);
    for (const x of [0, 155]) {
      const corner = tilted.mean({ x, y: 0, width: 5, height: 5 });
      expect(Math.max(...corner)).toBeLessThan(20);
    }
    expect(Math.max(...tilted.mean({ x: 70, y: 35, width: 20, height: 20 }))).toBeGreaterThan(60);
  });

  test('scale resizes the whole picture', async () => {
    const small = await firstPicture(await edit('quarters', { op: 'scale', width: 64, height: 64 }));
    expect([small.width, small.height]).toEqual([64, 64]);
    expect(quarters(small)).toEqual(['red', 'green', 'blue', 'white']);
  });
});

describe('colour', () => {
  const luma = async (...operations: unknown[]): Promise<number> =>
    (await firstPicture(await edit('grey', ...operations), 'yuv444p')).mean()[0];

  test('brightness and gamma lift, contrast spreads', async () => {
    const grey = await luma();
    expect(await luma({ op: 'color', brightness: 0.2 })).toBeCloseTo(grey + 51, -1);
    expect(await luma({ op: 'color', brightness: -0.2 })).toBeCloseTo(grey - 51, -1);
    expect(await luma({ op: 'color', gamma: 2 })).toBeGreaterThan(grey + 30);
    const bright = (
      await firstPicture(await edit('quarters', { op: 'color', contrast: 0 }), 'yuv444p')
    ).mean();
    expect(bright[0]).toBeCloseTo(127, -1);
  });

  test('saturation 0 and black_white leave no colour', async () => {
    for (const operation of [
      { op: 'color', saturation: 0 },
      { op: 'filter', name: 'black_white' },
    ]) {
      for (const picture of await pictures(await edit('quarters', operation), 'yuv444p')) {
        for (const [x, y] of [
          [0, 0],
          [80, 0],
          [0, 45],
          [80, 45],
        ] as const) {
          const [, blueChroma, redChroma] = picture.mean({ x, y, width: 80, height: 45 });
          expect(Math.abs(blueChroma - 128)).toBeLessThanOrEqual(1.5);
          expect(Math.abs(redChroma - 128)).toBeLessThanOrEqual(1.5);
        }
      }
    }
  });

  test('intensity is a mix', async () => {
    const distance = async (intensity: number): Promise<number> => {
      const operation = { op: 'filter', name: 'black_white', intensity };
      const picture = await firstPicture(await edit('quarters', operation), 'yuv444p');
      return Math.abs(picture.mean({ x: 10, y: 10, width: 60, height: 25 })[2] - 128);
    };
    const [none, half] = [await distance(0), await distance(0.5)];
    expect(half / none).toBeCloseTo(0.5, 1);
  });

  test('hue turns, temperature warms and cools, sepia browns', async () => {
    const turned = await firstPicture(await edit('quarters', { op: 'color', hue: 120 }));
    expect(quarter(turned, 0, 0)).not.toBe('red');
    const [warmRed, , warmBlue] = (
      await firstPicture(await edit('grey', { op: 'color', temperature: 3000 }))
    ).mean();
    expect(warmRed - warmBlue).toBeGreaterThan(30);
    const [coolRed, , coolBlue] = (
      await firstPicture(await edit('grey', { op: 'color', temperature: 12_000 }))
    ).mean();
    expect(coolBlue - coolRed).toBeGreaterThan(10);
    const [red, green, blue] = (
      await firstPicture(await edit('grey', { op: 'filter', name: 'sepia' }))
    ).mean();
    expect(red).toBeGreaterThan(green + 5);
    expect(green).toBeGreaterThan(blue + 5);
  });

  test('a colour survives every way through the graph, in HD and in full range', async () => {
    for (const clip of ['orangeHd', 'orangeFullRange'] as const) {
      // Ways through luma and chroma, and through red, green and blue; each too weak to change anything.
      const ways = [
        [],
        [{ op: 'filter', name: 'sepia', intensity: 0.001 }],
        [{ op: 'color', saturation: 1.001 }],
        [
          { op: 'color', temperature: 6499 },
          { op: 'color', gamma: 1.001 },
          { op: 'filter', name: 'sepia', intensity: 0.001 },
        ],
      ];
      for (const operations of ways) {
        const rendered = await edit(clip, ...operations);
        expect(rendered.probe.colorSpace).toBe(clip === 'orangeHd' ? 'bt709' : 'smpte170m');
        const [red, green, blue] = (await firstPicture(rendered)).mean();
        const distances = [red - 255, green - 128, blue - 64].map(Math.abs);
        expect([clip, JSON.stringify(operations), Math.max(...distances) < 7]).toEqual([
          clip,
          JSON.stringify(operations),
          true,
        ]);
      }
    }
  });

  test('blur softens edges, sharpen hardens them, vintage darkens corners', async () => {
    const edge = async (...operations: unknown[]): Promise<number> => {
      const picture = await firstPicture(await edit('quarters', ...operations), 'yuv444p');
      const [left] = picture.mean({ x: 74, y: 60, width: 4, height: 20 });
      const [right] = picture.mean({ x: 82, y: 60, width: 4, height: 20 });
      return right - left;
    };
    const plain = await edge();
    expect(await edge({ op: 'filter', name: 'blur' })).toBeLessThan(plain * 0.95);
    expect(await edge({ op: 'filter', name: 'sharpen' })).toBeGreaterThanOrEqual(plain - 2);
    const vintage = await firstPicture(await edit('grey', { op: 'filter', name: 'vintage' }), 'yuv444p');
    const [corner] = vintage.mean({ x: 0, y: 0, width: 20, height: 20 });
    const [middle] = vintage.mean({ x: 310, y: 170, width: 20, height: 20 });
    expect(middle - corner).toBeGreaterThan(15);
  });
});

describe('text', () => {
  const bounds = async (operation: Record<string, unknown>): Promise<ReturnType<Picture['bounds']>[]> =>
    (await pictures(await edit('grey', { op: 'text', content: 'HHHH', ...operation }))).map((picture) =>
      picture.bounds(128),
    );

  const firstBox = async (operation: Record<string, unknown>) => {
    const picture = await firstPicture(await edit('grey', { op: 'text', content: 'HHHH', ...operation }));
    const box = picture.bounds(128);
    if (box === undefined) throw new Error('no text in sight');
    return box;
  };

  test('is there in its time, to the frame, and at no other', async () => {
    const seen = await bounds({ start: 1, end: 2 });
    expect(seen.map((box) => box !== undefined)).toEqual([
      ...Array.from({ length: 5 }, () => false),
      ...Array.from({ length: 5 }, () => true),
      ...Array.from({ length: 5 }, () => false),
    ]);
    expect((await bounds({})).every((box) => box !== undefined)).toBe(true);
  });

  test('stands where it was put', async () => {
    const center = await firstBox({ position: 'center' });
    expect((center.left + center.right) / 2).toBeCloseTo(320, -1);
    expect((center.top + center.bottom) / 2).toBeCloseTo(180, -1);
    const corner = await firstBox({ position: 'bottom-right' });
    expect(corner.right).toBeGreaterThan(600);
    expect(corner.bottom).toBeGreaterThan(325);
    expect(corner.left).toBeGreaterThan(400);
    const point = await firstBox({ position: { x: 100, y: 200 }, size: 40 });
    expect(Math.abs(point.left - 100)).toBeLessThanOrEqual(6);
    expect(point.top).toBeGreaterThanOrEqual(198);
    expect(point.bottom).toBeLessThanOrEqual(242);
  });

  test('has the asked size and colour', async () => {
    const height = async (size: number): Promise<number> => {
      const box = await firstBox({ size, position: 'center' });
      return box.bottom - box.top;
    };
    expect((await height(100)) / (await height(50))).toBeCloseTo(2, 0);
    const operation = { op: 'text', content: '█', size: 200, color: '#0040ff', position: 'center' };
    const picture = await firstPicture(await edit('grey', operation));
    const [red, green, blue] = picture.mean({ x: 315, y: 160, width: 10, height: 20 });
    expect(
      [Math.abs(red - 0), Math.abs(green - 64), Math.abs(blue - 255)].every((distance) => distance < 16),
    ).toBe(true);
  });

  test('has its colour in HD too', async () => {
    const operation = { op: 'text', content: '█', size: 80, color: 'green', position: 'center' };
    const picture = await firstPicture(await edit('orangeHd', operation));
    const [red, green, blue] = picture.mean({ x: 78, y: 40, width: 4, height: 8 });
    expect(Math.max(red, blue, Math.abs(green - 192))).toBeLessThan(16);
  });

  test('a long text wraps inside the frame', async () => {
    const box = await firstBox({
      content: `${'many words '.repeat(20)}${'W'.repeat(100)}`,
      position: 'center',
      size: 20,
    });
    expect(box.left).toBeGreaterThan(5);
    expect(box.right).toBeLessThan(635);
    expect(box.bottom - box.top).toBeGreaterThan(60);
  });
});

describe('sound', () => {
  const heard = async (...operations: unknown[]) => sound(await edit('standard', ...operations));

  test('gain multiplies', async () => {
    const plain = (await heard()).rms(0.5, 3.5);
    expect((await heard({ op: 'volume', gain: 0.5 })).rms(0.5, 3.5) / plain).toBeCloseTo(0.5, 1);
    expect((await heard({ op: 'volume', gain: 3 })).rms(0.5, 3.5) / plain).toBeCloseTo(3, 1);
    expect((await heard({ op: 'volume', gain: 0 })).rms()).toBe(0);
  });

  test('mute silences its range only', async () => {
    const part = await heard({ op: 'mute', start: 1, end: 2 });
    expect(part.rms(1.03, 1.97)).toBeLessThan(0.001);
    expect(part.rms(0.5, 0.97)).toBeGreaterThan(0.05);
    expect(part.rms(2.03, 3)).toBeGreaterThan(0.05);
    const all = await edit('standard', { op: 'mute' });
    expect(all.probe.hasAudio).toBe(true);
    expect((await sound(all)).rms()).toBe(0);
  });

  test('fades rise and fall, in picture and sound or one of them', async () => {
    const both = await edit('standard', { op: 'fade', in: 1, out: 1 });
    const loudness = await sound(both);
    const full = loudness.rms(1.5, 2.5);
    expect(loudness.rms(0, 0.1)).toBeLessThan(full * 0.1);
    expect(loudness.rms(0.45, 0.55) / full).toBeCloseTo(0.5, 1);
    expect(loudness.rms(3.9, 4)).toBeLessThan(full * 0.1);
    const frames = (await pictures(both, 'yuv444p')).map((picture) => picture.mean()[0]);
    expect(frames[0]).toBeLessThan(20);
    expect(frames.at(-1)).toBeLessThan(24);
    expect(frames[50]).toBeGreaterThan(60);

    const onlyPicture = await edit('standard', { op: 'fade', in: 1, target: 'video' });
    expect((await sound(onlyPicture)).rms(0.05, 0.15) / full).toBeCloseTo(1, 1);
    const onlySound = await edit('standard', { op: 'fade', in: 1, target: 'audio' });
    expect((await firstPicture(onlySound, 'yuv444p')).mean()[0]).toBeGreaterThan(60);
  });

  test('speed keeps the pitch', async () => {
    for (const factor of [0.5, 1.5, 2, 4]) {
      const changed = await heard({ op: 'speed', factor });
      expect(changed.seconds).toBeCloseTo(4 / factor, 1);
      expect(Math.abs(changed.hertz(0.2, 4 / factor - 0.2) - 440)).toBeLessThan(8);
    }
  });
});
