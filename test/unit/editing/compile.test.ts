import { describe, expect, test } from 'bun:test';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { Operation, OutputSettings } from '../../../src/contracts/edit-plan.ts';
import type { Probe } from '../../../src/contracts/media.ts';
import { compile, type CompiledRender } from '../../../src/editing/compile.ts';
import { parseOperations, timelineAfter } from '../../../src/editing/plan.ts';
import { sourceTimeline, toFrameRate } from '../../../src/editing/timeline.ts';
import { buildProbe } from '../../fixtures/probe-builder.ts';
import { randomPlan } from '../../fixtures/random-plans.ts';

const GOLDEN = join(import.meta.dir, '../../fixtures/golden');
const standard: OutputSettings = { format: 'mp4', quality: 'standard' };

/** A command as lines to read in a review: an argument a line, a filter a line. */
function toText({ args, files, expected, outputName, contentType }: CompiledRender): string {
  const lines = args.map((arg) =>
    arg.startsWith('[0:') ? arg.replaceAll(/([,;])(?=[a-z[])/g, '$1\n    ') : arg,
  );
  const written = files.map((file) => `--- ${file.name}\n${file.content}`);
  const facts = `${JSON.stringify(expected)} ${outputName} ${contentType}`;
  return [...lines, `--- expected\n${facts}`, ...written, ''].join('\n');
}

const GOLDENS: Record<string, { operations: Operation[]; output?: OutputSettings; source?: Probe }> = {
  'no-edits': { operations: [] },
  'three-edits': {
    operations: [
      { op: 'trim', start: 10 },
      { op: 'filter', name: 'black_white' },
      { op: 'text', content: 'Our name: "VFXB" 100%', position: 'bottom', start: 0, end: 1 },
    ],
  },
  'every-operation': {
    operations: [
      { op: 'trim', start: 1, end: 11 },
      { op: 'cut', start: 2, end: 4 },
      { op: 'crop', x: 11, y: 13, width: 501, height: 301 },
      { op: 'scale', height: 240 },
      { op: 'rotate', degrees: 90 },
      { op: 'rotate', degrees: 12.5 },
      {
        op: 'color',
        brightness: 0.1,
        contrast: 1.2,
        saturation: 0.8,
        gamma: 1.1,
        hue: 20,
        temperature: 5000,
      },
      { op: 'filter', name: 'sepia', intensity: 0.5 },
      { op: 'filter', name: 'vintage' },
      { op: 'filter', name: 'blur', intensity: 0.2 },
      { op: 'filter', name: 'sharpen' },
      { op: 'speed', factor: 2.5 },
      {
        op: 'text',
        content: String.raw`it's {\b1} \N` + '\n😀',
        position: { x: 5, y: 6 },
        size: 20,
        color: '#ff8800',
        start: 1,
      },
      { op: 'volume', gain: 0.5 },
      { op: 'mute', start: 1, end: 2 },
      { op: 'fade', in: 0.5, out: 0.5 },
    ],
  },
  'silent-source': {
    source: buildProbe({ hasAudio: false, fps: 29.97, durationSeconds: 5.005 }),
    operations: [
      { op: 'volume', gain: 2 },
      { op: 'mute', start: 1 },
      { op: 'speed', factor: 0.3 },
      { op: 'fade', in: 1, target: 'both' },
    ],
  },
  'sound-only': {
    operations: [
      { op: 'volume', gain: 0.5 },
      { op: 'fade', out: 2, target: 'audio' },
    ],
  },
  'webm-high': { operations: [{ op: 'mute' }], output: { format: 'webm', quality: 'high' } },
  'mov-draft': { operations: [{ op: 'scale', width: 320 }], output: { format: 'mov', quality: 'draft' } },
};

describe('golden commands (write them anew with UPDATE_GOLDEN=1)', () => {
  for (const [name, { operations, output = standard, source = buildProbe() }] of Object.entries(GOLDENS)) {
    test(name, async () => {
      const parsed = parseOperations(operations, source);
      expect(parsed).toMatchObject({ ok: true });
      const actual = toText(compile({ operations, output }, source));
      const path = join(GOLDEN, `${name}.txt`);
      if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(path, actual);
      expect(actual).toBe(await readFile(path, 'utf8'));
    });
  }
});

test('a leading trim is an input seek to the frame, and nothing before it is filtered', () => {
  const { args } = compile(
    { operations: [{ op: 'trim', start: 2.02, end: 4 }], output: standard },
    buildProbe(),
  );
  expect(args[args.indexOf('-ss') + 1]).toBe('2.033333333');
  expect(args).not.toContain('-t');
  expect(args.indexOf('-ss')).toBeLessThan(args.indexOf('-i'));
  expect(args.join(' ')).toInclude('trim=end_pts=59');
});

test('the input stands behind whitelists and its name says nothing', () => {
  const { args } = compile({ operations: [], output: standard }, buildProbe());
  const before = args.slice(0, args.indexOf('-i'));
  expect(before).toContain('-nostdin');
  expect(before[before.indexOf('-protocol_whitelist') + 1]).toBe('file');
  const formats = before[before.indexOf('-format_whitelist') + 1] ?? '';
  expect(formats).toBe('mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi');
  expect(args[args.indexOf('-i') + 1]).toBe('input');
});

test("a user's text is in a file and nowhere in the arguments", () => {
  const content = "x',drawtext=textfile=secret.txt:x=0,drawtext=text='y";
  const operations = [{ op: 'text', content }];
  const { args, files } = compile({ operations, output: standard }, buildProbe());
  expect(args.join('\n')).not.toInclude('drawtext');
  expect(files.map((file) => file.name)).toEqual(['text-1.ass']);
});

test('frame rates are ratios: whole, NTSC or to the thousandth, from 1 to 120', () => {
  const rates = [25, 29.97, 23.976, 59.94005994, 14.985, 12.34567, 0.1, 240, 30.0002].map((fps) => {
    const { numerator, denominator } = toFrameRate(fps);
    return `${numerator}/${denominator}`;
  });
  expect(rates).toEqual([
    ...['25/1', '30000/1001', '24000/1001', '60000/1001', '15000/1001', '12346/1000', '1/1', '120/1', '30/1'],
  ]);
  expect(sourceTimeline(buildProbe({ fps: 29.97, durationSeconds: 10.01 })).durationSeconds).toBeCloseTo(
    10.01,
    9,
  );
});

test('a picture that begins between two ticks is moved onto one', () => {
  const film = buildProbe({ fps: 25, pictureStartSeconds: 0.021, durationSeconds: 4.021 });
  expect(sourceTimeline(film).durationSeconds).toBe(4);
  const { args } = compile({ operations: [{ op: 'rotate', degrees: 90 }], output: standard }, film);
  expect(args.join(' ')).toInclude("setpts=expr='PTS-(0.021)/TB',fps=fps=25/1");
  const late = buildProbe({ fps: 25, pictureStartSeconds: 1.035, durationSeconds: 5.035 });
  expect(sourceTimeline(late).durationSeconds).toBe(5.04);
  expect(sourceTimeline(buildProbe({ pictureStartSeconds: 0 })).durationSeconds).toBe(12);
});

test('every valid plan compiles, to what the timeline foretells', () => {
  const sources = [buildProbe(), buildProbe({ hasAudio: false, width: 719, height: 1281, fps: 23.976 })];
  for (const source of sources) {
    fc.assert(
      fc.property(randomPlan(source, 12), (operations) => {
        const parsed = parseOperations(operations, source);
        expect(parsed).toMatchObject({ ok: true });
        const render = compile({ operations, output: standard }, source);
        const foretold = timelineAfter(operations, source);
        expect(render.expected.durationSeconds).toBeCloseTo(foretold.durationSeconds, 6);
        expect(render.expected).toMatchObject({ width: foretold.width, height: foretold.height });
        expect(render.args.filter((arg) => arg === '-i')).toHaveLength(1);
        expect(render.args.join(' ')).not.toMatch(/NaN|Infinity|undefined|\d[eE][+-]\d/);
      }),
      { numRuns: 300, seed: 11 },
    );
  }
});
