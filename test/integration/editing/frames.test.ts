/** Which frame and which sound stand where after an edit: counted on a clip whose frames carry their numbers. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { type ClipName, Footage, run } from '../../fixtures/footage.ts';
import { pictures, probe, renderClip, sound } from '../../fixtures/render-clip.ts';

setDefaultTimeout(30_000);
let footage: Footage;
beforeAll(async () => {
  footage = await Footage.create();
});
afterAll(() => footage.remove());

/** Numbers of the source's frames, in the order in which the edit shows them. */
async function frameNumbers(operations: unknown[], clip: ClipName = 'counter'): Promise<number[]> {
  const rendered = await renderClip(footage, await footage.clip(clip), { operations });
  return (await pictures(rendered, 'yuv444p')).map((picture) => Math.round((picture.mean()[0] - 16) / 2));
}
const count = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

describe('frames are exact', () => {
  const halfSpeed = count(0, 25).map((frame) => Math.floor(frame / 2));
  /** Keeps a trim from becoming an input seek. */
  const late = { op: 'fade', in: 0.01, target: 'audio' };
  const cases: [string, unknown[], number[]][] = [
    ['no edit', [], count(0, 100)],
    ['a trim by input seek, far from a keyframe', [{ op: 'trim', start: 1.72, end: 2.4 }], count(43, 60)],
    ['a trim in the graph', [late, { op: 'trim', start: 1.72, end: 2.4 }], count(43, 60)],
    ['times between frames go to the nearest', [{ op: 'trim', start: 1.01, end: 2.03 }], count(25, 51)],
    ['the last frame', [{ op: 'trim', start: 3.96 }], [99]],
    ['a cut', [{ op: 'cut', start: 1, end: 3 }], [...count(0, 25), ...count(75, 100)]],
    [
      'two cuts after a trim',
      [
        { op: 'trim', start: 1, end: 3 },
        { op: 'cut', start: 0.2, end: 0.4 },
        { op: 'cut', start: 0.4, end: 1.6 },
      ],
      [...count(25, 30), ...count(35, 40), ...count(70, 75)],
    ],
    ['twice as fast', [{ op: 'speed', factor: 2 }], count(0, 100, 2)],
    ['ten times as fast', [{ op: 'speed', factor: 10 }], count(0, 100, 10)],
    [
      'half as fast, then a trim',
      [
        { op: 'speed', factor: 0.5 },
        { op: 'trim', end: 1 },
      ],
      halfSpeed,
    ],
  ];
  for (const [name, operations, expected] of cases) {
    test(name, async () => expect(await frameNumbers(operations)).toEqual(expected));
  }

  test('a seek into the middle of a long group of pictures', async () => {
    const operations = [{ op: 'trim', start: 3, end: 3.8 }];
    expect(await frameNumbers(operations, 'oneKeyframeCounter')).toEqual(count(75, 95));
    expect(await frameNumbers([{ op: 'trim', start: 40, end: 60 }], 'slowCounter')).toEqual(count(40, 60));
    const rendered = await renderClip(footage, await footage.clip('oneKeyframeCounter'), { operations });
    expect((await sound(rendered)).rms(0.1, 0.7)).toBeGreaterThan(0.05);
  });

  test('frames half a tick after the sound do not jitter', async () => {
    const clip = await footage.clip('filmCounter');
    expect((await probe(clip)).pictureStartSeconds).toBeCloseTo(0.021, 3);
    expect(await frameNumbers([{ op: 'rotate', degrees: 180 }], 'filmCounter')).toEqual(count(0, 96));
    expect(await frameNumbers([{ op: 'trim', start: 1.335, end: 2.002 }], 'filmCounter')).toEqual(
      count(32, 48),
    );
  });

  test('uneven frames: a seek shows what a player would show at that time', async () => {
    const whole = await frameNumbers([], 'unevenCounter');
    expect(whole.length).toBe(99);
    expect(whole.slice(50, 74)).toEqual(Array.from({ length: 24 }, () => 49));
    const part = await frameNumbers([{ op: 'trim', start: 2.2, end: 3.2 }], 'unevenCounter');
    expect(part).toEqual(whole.slice(55, 80));
  });
});

describe('picture and sound stay together within a frame', () => {
  const cases: [string, unknown[], number][] = [
    ['no edit', [], 2.02],
    ['a trim', [{ op: 'trim', start: 1, end: 3 }], 1.02],
    ['a cut before', [{ op: 'cut', start: 0.5, end: 1.5 }], 1.02],
    ['twice as fast', [{ op: 'speed', factor: 2 }], 1.01],
    ['half as fast', [{ op: 'speed', factor: 0.5 }], 4.04],
    [
      'trimmed, cut and faster',
      [
        { op: 'trim', start: 0.8, end: 3.6 },
        { op: 'cut', start: 0, end: 0.4 },
        { op: 'speed', factor: 1.25 },
      ],
      (2.02 - 1.2) / 1.25,
    ],
  ];
  for (const [name, operations, expectedSeconds] of cases) {
    test(name, async () => {
      const rendered = await renderClip(footage, await footage.clip('flashAndBeep'), { operations });
      const bright = (await pictures(rendered, 'yuv444p')).flatMap((picture, frame) =>
        picture.mean()[0] > 180 ? [frame] : [],
      );
      const flashSeconds = (Math.min(...bright) + Math.max(...bright) + 1) / 2 / 25;
      const beepSeconds = (await sound(rendered)).beepSeconds();
      expect(Math.abs(flashSeconds - expectedSeconds)).toBeLessThanOrEqual(0.04);
      expect(Math.abs(beepSeconds - flashSeconds)).toBeLessThanOrEqual(0.04);
    });
  }
});

describe('what needs no encode is copied', () => {
  const pictureHash = (path: string) =>
    run(['ffmpeg', '-v', 'error', '-i', path, '-map', '0:v:0', '-f', 'framemd5', '-']).then((bytes) =>
      new TextDecoder()
        .decode(bytes)
        .split('\n')
        .filter((line) => !line.startsWith('#')),
    );

  test('edits of the sound leave every frame bit for bit', async () => {
    const clip = await footage.clip('flashAndBeep');
    const operations = [
      { op: 'volume', gain: 0.5 },
      { op: 'fade', in: 1, target: 'audio' },
    ];
    const rendered = await renderClip(footage, clip, { operations });
    expect(rendered.render.args).toContain('copy');
    expect(await pictureHash(rendered.path)).toEqual(await pictureHash(clip));
    expect((await sound(rendered)).beepSeconds()).toBeCloseTo(2.02, 1);
  });

  test('a picture that a file shows only in part, by its edit list, stays with its sound', async () => {
    const keyed = `${footage.folder}/keyed.mp4`;
    const encode = ['-c:v', 'libx264', '-g', '40', '-bf', '2', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
    await run(['ffmpeg', '-v', 'error', '-y', '-i', await footage.clip('flashAndBeep'), ...encode, keyed]);
    const part = `${footage.folder}/part.mp4`;
    await run(['ffmpeg', '-v', 'error', '-y', '-ss', '1.2', '-i', keyed, '-c', 'copy', part]);
    for (const operations of [[], [{ op: 'volume', gain: 0.5 }], [{ op: 'rotate', degrees: 180 }]]) {
      const rendered = await renderClip(footage, part, { operations });
      const lumas = (await pictures(rendered, 'yuv444p')).map((picture) => picture.mean()[0]);
      expect(lumas.findIndex((luma) => luma > 180)).toBe(20);
      expect(Math.abs((await sound(rendered)).beepSeconds() - 0.82)).toBeLessThanOrEqual(0.04);
    }
  });

  test('a picture that begins late keeps its end', async () => {
    const late = `${footage.folder}/late-picture.mp4`;
    const clip = await footage.clip('flashAndBeep');
    const shifted = [
      '-itsoffset',
      '0.52',
      '-i',
      clip,
      '-i',
      clip,
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c',
      'copy',
    ];
    await run(['ffmpeg', '-v', 'error', '-y', ...shifted, late]);
    const rendered = await renderClip(footage, late, { operations: [{ op: 'rotate', degrees: 180 }] });
    const lumas = (await pictures(rendered, 'yuv444p')).map((picture) => picture.mean()[0]);
    expect(lumas).toHaveLength(113);
    expect(lumas.findIndex((luma) => luma > 180)).toBe(63);
  });
});

describe('any source', () => {
  const edits = [
    { op: 'trim', start: 0.52, end: 1.6 },
    { op: 'filter', name: 'vintage' },
    { op: 'text', content: 'x' },
    { op: 'cut', start: 0.2, end: 0.3 },
    { op: 'speed', factor: 1.7 },
    { op: 'rotate', degrees: 90 },
    { op: 'volume', gain: 0.5 },
    { op: 'mute', start: 0.1, end: 0.2 },
    { op: 'fade', in: 0.1, out: 0.1 },
  ];
  const clips = [
    'silent',
    'ntsc',
    'odd',
    'tenBit',
    'anamorphic',
    'variableRate',
    'webm',
    'avi',
    'surround',
    'lateSound',
    'shortSound',
  ] as const;
  for (const clip of clips) {
    // `renderClip` compares length, size and sound of the result with what the plan foretells.
    test(`${clip}: untouched and through every kind of edit`, async () => {
      const path = await footage.clip(clip);
      const untouched = await renderClip(footage, path, { operations: [] });
      expect(
        Math.abs(untouched.probe.durationSeconds - untouched.source.durationSeconds),
      ).toBeLessThanOrEqual(0.045);
      expect(untouched.probe).toMatchObject({
        pixelFormat: 'yuv420p',
        rotationDegrees: 0,
        videoCodec: 'h264',
      });
      const edited = await renderClip(footage, path, { operations: edits });
      expect(edited.probe.hasAudio).toBe(clip !== 'silent');
    });
  }

  test('rotation stored in the file is applied once, before the edits', async () => {
    const clip = await footage.rotated();
    const { probe, source, path } = await renderClip(footage, clip, { operations: [] });
    expect(source).toMatchObject({ width: 90, height: 160 });
    expect(probe).toMatchObject({ width: 90, height: 160, rotationDegrees: 0 });
    const [picture] = await pictures({ path, probe });
    const corner = picture?.mean({ x: 5, y: 5, width: 20, height: 20 }) ?? [0, 0, 0];
    // The quarters red, green over blue, white, turned as the file's matrix says.
    const expected = source.rotationDegrees === 90 ? 'blue' : 'green';
    expect(
      corner[1] > 200 && corner[0] < 60 ? 'green' : corner[2] > 200 && corner[0] < 60 ? 'blue' : 'other',
    ).toBe(expected);
  });

  test('a picture that changes its size on the way keeps its time', async () => {
    const edits = [{ op: 'text', content: 'x' }];
    const rendered = await renderClip(footage, await footage.changingSize(), { operations: edits });
    expect(rendered.probe).toMatchObject({ width: 320, height: 180, durationSeconds: 2 });
    expect(await pictures(rendered)).toHaveLength(50);
  });

  test('sound that begins late stays late; sound that ends early is followed by silence', async () => {
    const late = await sound(
      await renderClip(footage, await footage.clip('lateSound'), {
        operations: [{ op: 'trim', start: 0.48 }],
      }),
    );
    expect(late.rms(0, 0.5)).toBeLessThan(0.001);
    expect(late.rms(0.55, 1)).toBeGreaterThan(0.05);
    const short = await sound(
      await renderClip(footage, await footage.clip('shortSound'), {
        operations: [{ op: 'rotate', degrees: 180 }],
      }),
    );
    expect(short.seconds).toBeCloseTo(3, 1);
    expect(short.rms(0.1, 0.9)).toBeGreaterThan(0.05);
    expect(short.rms(1.1, 2.9)).toBeLessThan(0.001);
  });

  test('every output format carries its codecs', async () => {
    const clip = await footage.clip('tiny');
    const formats = { mp4: ['h264', 'aac'], mov: ['h264', 'aac'], webm: ['vp9', 'opus'] } as const;
    for (const [format, [videoCodec, audioCodec]] of Object.entries(formats)) {
      for (const quality of ['draft', 'standard', 'high'] as const) {
        const operations = [{ op: 'trim', end: 1 }];
        const output = { format: format as keyof typeof formats, quality };
        const { probe } = await renderClip(footage, clip, { operations, ...output });
        expect(probe).toMatchObject({ videoCodec, audioCodec, width: 128, height: 72 });
      }
    }
  });
});
