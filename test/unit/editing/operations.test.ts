import { describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import { OPERATIONS } from '../../../src/editing/operations/index.ts';
import {
  describeOperation,
  describeOperations,
  OperationSchema,
  parseOperations,
} from '../../../src/editing/plan.ts';
import { buildProbe } from '../../fixtures/probe-builder.ts';

const source = buildProbe({ durationSeconds: 60, width: 1920, height: 1080 });

describe('every operation', () => {
  for (const definition of OPERATIONS) {
    test(`${definition.name} documents itself, and its examples are valid`, () => {
      expect(definition.summary).toEndWith('.');
      expect(definition.schema.additionalProperties).toBe(false);
      expect(definition.schema.description).toBeString();
      const { op: _op, ...parameters } = definition.schema.properties;
      for (const [name, schema] of Object.entries(parameters)) {
        expect([name, schema.description]).toEqual([name, expect.any(String)]);
        for (const example of schema['examples'] as unknown[])
          expect(Value.Check(schema, example)).toBe(true);
      }
      const examples = definition.schema['examples'] as unknown[];
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(Value.Check(OperationSchema, example)).toBe(true);
        expect(parseOperations([example], source)).toMatchObject({ ok: true });
      }
    });
  }
});

describe('in plain English', () => {
  const cases: [Record<string, unknown> & { op: string }, string][] = [
    [{ op: 'trim', start: 10, end: 20 }, 'trim to 0:10–0:20'],
    [{ op: 'trim', start: 10.5 }, 'drop the first 0:10.5'],
    [{ op: 'trim', end: 3661 }, 'keep the first 1:01:01'],
    [{ op: 'cut', start: 5, end: 8 }, 'cut out 0:05–0:08'],
    [{ op: 'crop', x: 0, y: 10, width: 640, height: 360 }, 'crop to 640×360 at 0, 10'],
    [{ op: 'scale', height: 720 }, 'scale to 720 pixels high'],
    [{ op: 'scale', width: 1280, height: 720 }, 'scale to 1280×720'],
    [{ op: 'rotate', degrees: -90 }, 'rotate 90° counter-clockwise'],
    [
      { op: 'color', brightness: 0.1, saturation: 1.2, temperature: 4500 },
      'brightness +0.1, saturation ×1.2, warmer (4500 K)',
    ],
    [{ op: 'filter', name: 'black_white' }, 'black and white'],
    [{ op: 'filter', name: 'sepia', intensity: 0.5 }, 'sepia at 50 %'],
    [{ op: 'speed', factor: 2 }, 'play 2× as fast'],
    [{ op: 'speed', factor: 0.5 }, 'slow down to 0.5× speed'],
    [
      { op: 'text', content: 'Hi\nthere', position: 'top-left', start: 1, end: 4 },
      'text “Hi there” at the top-left 0:01–0:04',
    ],
    [{ op: 'text', content: 'Hi', position: 'center', color: 'red' }, 'text “Hi” in the center (red)'],
    [{ op: 'volume', gain: 0.5 }, 'volume 50 %'],
    [{ op: 'mute' }, 'mute the sound'],
    [{ op: 'mute', start: 3 }, 'mute the sound from 0:03'],
    [{ op: 'fade', in: 1, out: 2.5 }, 'fade in over 1 s and out over 2.5 s'],
    [{ op: 'fade', out: 1, target: 'audio' }, 'fade the sound out over 1 s'],
  ];
  for (const [operation, expected] of cases) {
    test(expected, () => expect(describeOperation(operation)).toBe(expected));
  }

  test('a list is one sentence', () => {
    const [a, b, c] = [{ op: 'mute' }, { op: 'filter', name: 'blur' }, { op: 'rotate', degrees: 90 }];
    expect(describeOperations([])).toBe('no edits');
    expect(describeOperations([a])).toBe('mute the sound');
    expect(describeOperations([a, b, c])).toBe('mute the sound, blur and rotate 90° clockwise');
  });
});
