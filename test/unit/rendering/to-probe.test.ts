import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../src/contracts/errors.ts';
import {
  type FfprobeReport,
  type FfprobeStream,
  reportedSeconds,
  toProbe,
} from '../../../workers/video/ffmpeg/to-probe.ts';

const video: FfprobeStream = {
  codec_type: 'video',
  codec_name: 'h264',
  pix_fmt: 'yuv420p',
  width: 1920,
  height: 1080,
  avg_frame_rate: '30/1',
  r_frame_rate: '30/1',
  duration: '10.0',
};
const report = (
  changes: Partial<FfprobeStream> = {},
  more: readonly FfprobeStream[] = [],
): FfprobeReport => ({
  format: { format_name: 'mov,mp4,m4a', duration: '10.02', bit_rate: '1000000', nb_streams: 1 + more.length },
  streams: [{ ...video, ...changes }, ...more],
});
const read = (given: FfprobeReport, durationSeconds = 10) =>
  toProbe(given, { sizeBytes: 1000, durationSeconds });
const refusal = (given: FfprobeReport, durationSeconds = 10): string => {
  try {
    read(given, durationSeconds);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'taken';
};

test('the facts of an ordinary file', () => {
  const audio: FfprobeStream = { codec_type: 'audio', codec_name: 'aac', channels: 2, sample_rate: '44100' };
  expect(read(report({}, [audio]))).toEqual({
    durationSeconds: 10,
    width: 1920,
    height: 1080,
    fps: 30,
    rotationDegrees: 0,
    container: 'mov',
    videoCodec: 'h264',
    pixelFormat: 'yuv420p',
    hasAudio: true,
    audioCodec: 'aac',
    audioChannels: 2,
    audioSampleRate: 44_100,
    bitRate: 1_000_000,
    sizeBytes: 1000,
  });
});

describe('size is as displayed', () => {
  test('turned', () => {
    const turned = (rotation: number) => read(report({ side_data_list: [{ rotation }] }));
    expect(turned(-90)).toMatchObject({ width: 1080, height: 1920, rotationDegrees: 90 });
    expect(turned(90)).toMatchObject({ width: 1080, height: 1920, rotationDegrees: 270 });
    expect(turned(180)).toMatchObject({ width: 1920, height: 1080, rotationDegrees: 180 });
    expect(read(report({ tags: { rotate: '90' } }))).toMatchObject({ width: 1080, rotationDegrees: 90 });
    expect(read(report({ tags: { rotate: 'sideways' } }))).toMatchObject({ width: 1920, rotationDegrees: 0 });
  });

  test('with oblong pixels', () => {
    expect(read(report({ width: 720, height: 576, sample_aspect_ratio: '64:45' }))).toMatchObject({
      width: 1024,
      height: 576,
    });
    expect(read(report({ sample_aspect_ratio: '0:1' }))).toMatchObject({ width: 1920 });
  });
});

test('the rate is the nominal one, unless frames are uneven', () => {
  const fps = (average: string, nominal: string) =>
    read(report({ avg_frame_rate: average, r_frame_rate: nominal })).fps;
  expect(fps('2997/100', '30000/1001')).toBeCloseTo(29.97, 3);
  expect(fps('29780/1001', '30/1')).toBe(30);
  expect(fps('14/1', '90000/1')).toBe(14);
  expect(fps('0/0', '24/1')).toBe(24);
  expect(fps('0/0', '0/0')).toBe(25);
});

test('colours are told only where the file tells them', () => {
  expect(read(report({ color_space: 'bt709', color_range: 'tv' }))).toMatchObject({
    colorSpace: 'bt709',
    colorRange: 'tv',
  });
  expect(Object.keys(read(report({ color_space: 'unknown' })))).not.toContain('colorSpace');
});

test('length: the picture before the container, a Matroska tag, a count of frames, or not told', () => {
  expect(reportedSeconds(report())).toBe(10);
  const late = { ...report({ start_time: '0.5' }), format: { duration: '11', start_time: '0.1' } };
  expect(reportedSeconds(late)).toBeCloseTo(10.4, 9);
  const { duration: _duration, ...bare } = video;
  const untold = (changes: Partial<FfprobeStream>): FfprobeReport => ({ streams: [{ ...bare, ...changes }] });
  expect(reportedSeconds(untold({ tags: { DURATION: '01:02:03.500000000' } }))).toBe(3723.5);
  expect(reportedSeconds({ ...untold({}), format: { duration: '7.5' } })).toBe(7.5);
  expect(reportedSeconds(untold({ nb_frames: '60' }))).toBe(2);
  expect(reportedSeconds(untold({ duration: 'N/A' }))).toBeUndefined();
  expect(reportedSeconds(untold({ duration: '-5' }))).toBeUndefined();
});

describe('refused', () => {
  const cover: FfprobeStream = { ...video, codec_name: 'mjpeg', disposition: { attached_pic: 1 } };
  test('no picture', () => {
    expect(refusal({})).toStartWith('no_video_stream');
    expect(refusal({ streams: [{ codec_type: 'audio', codec_name: 'mp3' }, cover] })).toStartWith(
      'no_video_stream',
    );
  });

  test('absurd claims', () => {
    expect(refusal(report({ width: 30_000, height: 30_000 }))).toStartWith(
      'probe_failed: The picture is 30000×30000',
    );
    expect(refusal(report({ width: 4000, sample_aspect_ratio: '100:1' }))).toStartWith(
      'probe_failed: The picture is 400000',
    );
    expect(refusal(report({ width: 0 }))).toStartWith('probe_failed: The picture has no size');
    expect(refusal(report(), 1e9)).toBe('probe_failed: The video is longer than a day');
    expect(refusal(report(), 0)).toStartWith('probe_failed: ');
    expect(refusal(report({ avg_frame_rate: '1000000/1' }))).toStartWith(
      'probe_failed: The file claims 1000000 frames a second',
    );
    expect(
      refusal(
        report(
          {},
          Array.from({ length: 64 }, () => cover),
        ),
      ),
    ).toStartWith('probe_failed: The file has more than 64 tracks');
    expect(refusal({ ...report(), format: { nb_streams: 1_000_000 } })).toStartWith(
      'probe_failed: The file has more than 64',
    );
    const { codec_name: _codec, ...undecodable } = video;
    expect(refusal({ streams: [undecodable] })).toStartWith('probe_failed: The picture is in a format');
  });
});
