import { describe, expect, test } from 'bun:test';
import { MAX_OPERATIONS, parseOperations, timelineAfter } from '../../../src/editing/plan.ts';
import { buildProbe } from '../../fixtures/probe-builder.ts';

const source = buildProbe();
const issuesOf = (operations: unknown, probe = source) => {
  const parsed = parseOperations(operations, probe);
  return parsed.ok ? [] : parsed.issues.map(({ path, message }) => `${path}: ${message}`);
};

describe('a valid list', () => {
  test('comes back as given, with the timeline it leaves', () => {
    const operations = [
      { op: 'trim', start: 2, end: 8 },
      { op: 'speed', factor: 2 },
      { op: 'rotate', degrees: -90 },
    ];
    const parsed = parseOperations(operations, source);
    expect(parsed).toEqual({
      ok: true,
      operations,
      timeline: { durationSeconds: 3, width: 360, height: 640, fps: 30, hasAudio: true },
    });
    expect(timelineAfter(operations, source).durationSeconds).toBe(3);
  });

  test('is not shared with the caller', () => {
    const input = [{ op: 'text', content: 'a', position: { x: 1, y: 1 } }];
    const parsed = parseOperations(input, source);
    if (input[0]) input[0].content = 'b';
    expect(parsed.ok && parsed.operations[0]?.['content']).toBe('a');
  });

  test('may end a rounding past the last frame', () => {
    const probe = buildProbe({ durationSeconds: 11.97 });
    expect(issuesOf([{ op: 'trim', start: 5, end: 12 }], probe)).toEqual([]);
    expect(timelineAfter([{ op: 'trim', start: 5, end: 12 }], probe).durationSeconds).toBeCloseTo(6.97, 1);
  });

  test('may change the sound of a video without sound: nothing happens', () => {
    const operations = [{ op: 'volume', gain: 2 }, { op: 'mute' }, { op: 'fade', in: 1, target: 'audio' }];
    expect(issuesOf(operations, buildProbe({ hasAudio: false }))).toEqual([]);
  });
});

describe('times are measured on the timeline before the operation, and the message tells the bound', () => {
  const cases: [string, unknown[], string][] = [
    [
      'end past the end',
      [{ op: 'trim', end: 30 }],
      '/operations/0/end: end is 30 s but the video is only 12 s long here',
    ],
    [
      'end past the end of what a trim left',
      [
        { op: 'trim', end: 5 },
        { op: 'cut', start: 1, end: 6 },
      ],
      '/operations/1/end: end is 6 s but the video is only 5 s long here',
    ],
    [
      'start at the end',
      [{ op: 'trim', start: 12 }],
      '/operations/0/start: start is 12 s but the video is only 12 s long here',
    ],
    ['reversed', [{ op: 'cut', start: 5, end: 3 }], '/operations/0/end: end (3 s) must be after start (5 s)'],
    [
      'shorter than a frame',
      [{ op: 'trim', start: 1, end: 1.001 }],
      '/operations/0/end: the range is shorter than one frame (0.03 s)',
    ],
    [
      'cutting everything',
      [{ op: 'cut', start: 0, end: 12 }],
      '/operations/0: this would cut away the whole video',
    ],
    [
      'fades longer than the video',
      [{ op: 'fade', in: 8, out: 9 }],
      '/operations/0/out: the fades take 17 s but the video is only 12 s long here',
    ],
    [
      'slower than a day',
      Array.from({ length: 5 }, () => ({ op: 'speed', factor: 0.1 })),
      '/operations/3/factor: the result would be 120000 s long, more than a day',
    ],
    [
      'text after the end',
      [{ op: 'text', content: 'x', start: 20 }],
      '/operations/0/start: start is 20 s but the video is only 12 s long here',
    ],
    ['trim of nothing', [{ op: 'trim' }], '/operations/0: trim needs a start, an end or both'],
  ];
  for (const [name, operations, expected] of cases) {
    test(name, () => expect(issuesOf(operations)).toEqual([expected]));
  }
});

describe('places are measured on the frame before the operation', () => {
  const cases: [string, unknown[], string][] = [
    [
      'crop wider than the frame',
      [{ op: 'crop', x: 600, y: 0, width: 100, height: 100 }],
      "/operations/0/width: x + width is 700 but the picture's width is only 640 here",
    ],
    [
      'crop beside the frame',
      [{ op: 'crop', x: 0, y: 400, width: 100, height: 100 }],
      "/operations/0/y: y is 400 but the picture's height is only 360 here",
    ],
    [
      'crop of a turned frame',
      [
        { op: 'rotate', degrees: 90 },
        { op: 'crop', x: 0, y: 0, width: 640, height: 360 },
      ],
      "/operations/1/width: x + width is 640 but the picture's width is only 360 here",
    ],
    [
      'text beside the frame',
      [{ op: 'text', content: 'x', position: { x: 640, y: 0 } }],
      '/operations/0/position/x: x is 640 but the picture is 640×360 here',
    ],
    [
      'text higher than the frame',
      [{ op: 'text', content: 'x', size: 400 }],
      '/operations/0/size: size is 400 but the picture is only 360 pixels high here',
    ],
    [
      'scale to a thread',
      [
        { op: 'crop', x: 0, y: 0, width: 640, height: 16 },
        { op: 'scale', width: 64 },
      ],
      '/operations/1/width: the result would be 64×2; each side must be 16 to 7680 pixels',
    ],
  ];
  for (const [name, operations, expected] of cases) {
    test(name, () => expect(issuesOf(operations)).toEqual([expected]));
  }

  test('odd sizes are rounded to even', () => {
    expect(timelineAfter([{ op: 'crop', x: 1, y: 1, width: 101, height: 99 }], source)).toMatchObject({
      width: 100,
      height: 98,
    });
    expect(timelineAfter([{ op: 'scale', width: 101 }], source)).toMatchObject({ width: 102, height: 56 });
    expect(timelineAfter([], buildProbe({ width: 641, height: 361 }))).toMatchObject({
      width: 640,
      height: 360,
    });
  });
});

describe('bad shapes are named, not ignored', () => {
  const first = (operation: unknown): string => issuesOf([operation])[0] ?? 'valid';
  test('unknown operations', () => {
    expect(first({ op: 'explode' })).toStartWith(
      '/operations/0/op: "explode" is not an operation; use one of trim, cut',
    );
    expect(first({})).toStartWith('/operations/0/op: op is required');
    expect(first({ op: 7 })).toStartWith('/operations/0/op: 7 is not an operation');
    for (const op of ['constructor', '__proto__', 'toString'])
      expect(first({ op })).toInclude('is not an operation');
    for (const item of [null, 3, 'trim', [], undefined])
      expect(first(item)).toStartWith('/operations/0: an operation must be');
  });

  test('unknown parameters, prototypes among them', () => {
    expect(first({ op: 'speed', factor: 2, pitch: 1 })).toBe(
      '/operations/0/pitch: "pitch" is not a parameter here; speed takes factor',
    );
    expect(first(JSON.parse('{"op":"speed","factor":2,"__proto__":{"polluted":1}}'))).toInclude('__proto__');
    expect(first(JSON.parse('{"op":"mute","constructor":{"prototype":{"polluted":1}}}'))).toInclude(
      'constructor',
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('numbers that are none, or out of bounds', () => {
    const bad = [Number.NaN, Infinity, -Infinity, 1e9, -1, '1:enable=1', '1/0', null, [1], { a: 1 }, true];
    for (const factor of bad)
      expect(first({ op: 'speed', factor })).toStartWith('/operations/0/factor: factor must be');
    for (const gain of bad)
      expect(first({ op: 'volume', gain })).toStartWith('/operations/0/gain: gain must be');
    for (const x of [1.5, ...bad]) {
      expect(first({ op: 'crop', x, y: 0, width: 64, height: 64 })).toStartWith('/operations/0/x:');
    }
    for (const start of bad) expect(first({ op: 'trim', start })).toStartWith('/operations/0/start:');
    for (const brightness of [1.01, ...bad.slice(0, 4)])
      expect(first({ op: 'color', brightness })).not.toBe('valid');
    expect(first({ op: 'speed' })).toBe('/operations/0/factor: factor is required');
    expect(first({ op: 'speed', factor: 20 })).toBe(
      '/operations/0/factor: factor must be at most 10, not 20',
    );
  });

  test('names outside the lists', () => {
    expect(first({ op: 'filter', name: 'movie=/etc/passwd' })).toStartWith(
      '/operations/0/name: name must be one of black_white, sepia, vintage, blur, sharpen',
    );
    for (const color of ['blu', 'red@0.5', '#12', "white':x='", '#zzzzzz', 'white\n', '']) {
      expect(first({ op: 'text', content: 'x', color })).toStartWith('/operations/0/color: color must');
    }
    expect(first({ op: 'text', content: 'x', position: 'middle' })).toStartWith(
      '/operations/0/position: position must be',
    );
    expect(first({ op: 'text', content: ' \n\t ' })).toBe(
      '/operations/0/content: content has nothing to show',
    );
    expect(first({ op: 'text', content: 'x'.repeat(501) })).toInclude('at most 500 characters');
    expect(first({ op: 'fade', in: 1, target: 'all' })).toStartWith('/operations/0/target: target must be');
  });

  test('lists that are none, or too long', () => {
    for (const input of [undefined, null, {}, 'x', 3]) {
      expect(issuesOf(input)).toEqual(['/operations: operations must be a list']);
    }
    const many = Array.from({ length: 10_000 }, () => ({ op: 'rotate', degrees: 90 }));
    expect(issuesOf(many)).toEqual([
      `/operations: a plan has at most ${MAX_OPERATIONS} operations, not 10000`,
    ]);
  });

  test('all bad operations are reported at once, each with its place', () => {
    const issues = issuesOf([{ op: 'trim', end: 30 }, { op: 'nope' }, { op: 'speed', factor: 0, z: 1 }]);
    expect(issues.map((issue) => issue.split(':')[0])).toEqual([
      '/operations/0/end',
      '/operations/1/op',
      '/operations/2/z',
      '/operations/2/factor',
    ]);
  });
});
