import { expect, test } from 'bun:test';
import type { Operation, OutputSettings } from '../../../src/contracts/edit-plan.ts';
import type { Probe } from '../../../src/contracts/media.ts';
import { copiedTracks } from '../../../src/editing/stream-copy.ts';
import { buildProbe } from '../../fixtures/probe-builder.ts';

const decide = (
  operations: Operation[],
  changes: Partial<Probe> = {},
  format: OutputSettings['format'] = 'mp4',
) => copiedTracks(operations, buildProbe(changes), { format, quality: 'standard' });

test('without edits both tracks are copied', () => {
  expect(decide([])).toEqual({ picture: true, sound: true });
  expect(decide([], {}, 'mov')).toEqual({ picture: true, sound: true });
});

test('edits of the sound copy the picture', () => {
  const operations: Operation[] = [
    { op: 'volume', gain: 2 },
    { op: 'mute', start: 1 },
    { op: 'fade', in: 1, target: 'audio' },
  ];
  expect(decide(operations)).toEqual({ picture: true, sound: false });
});

test('edits of the picture or of time copy nothing', () => {
  const operations: Operation[] = [
    { op: 'trim', start: 1 },
    { op: 'cut', start: 1, end: 2 },
    { op: 'rotate', degrees: 90 },
    { op: 'fade', in: 1 },
    { op: 'speed', factor: 2 },
    { op: 'text', content: 'x' },
  ];
  for (const operation of operations) expect(decide([operation])).toEqual({ picture: false, sound: false });
});

test('a picture that would look or play otherwise is encoded', () => {
  const unfit: Partial<Probe>[] = [
    { videoCodec: 'hevc' },
    { pixelFormat: 'yuv420p10le' },
    { container: 'avi' },
    { rotationDegrees: 90 },
    { width: 641 },
  ];
  for (const changes of unfit) expect(decide([], changes).picture).toBe(false);
  expect(decide([], {}, 'webm').picture).toBe(false);
  expect(decide([], { audioCodec: 'mp3' })).toEqual({ picture: true, sound: false });
});
