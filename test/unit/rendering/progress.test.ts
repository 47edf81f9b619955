import { expect, test } from 'bun:test';
import { ProgressParser } from '../../../workers/video/ffmpeg/progress.ts';

const block = (frame: number, fps: number, end = 'continue'): string =>
  `frame=${frame}\nfps=${fps}\nbitrate=N/A\nout_time_us=N/A\nspeed=N/A\nprogress=${end}\n`;

test('percent, rate and time left follow the frames', () => {
  const parser = new ProgressParser(100, 25);
  expect(parser.push(block(25, 50))).toEqual([{ percent: 25, fps: 50, speed: 2, etaSeconds: 1.5 }]);
  expect(parser.push(block(100, 50, 'end'))).toEqual([{ percent: 100, fps: 50, speed: 2, etaSeconds: 0 }]);
});

test('reports may be cut anywhere', () => {
  const text = block(10, 20) + block(20, 20) + block(30, 20);
  for (const size of [1, 2, 7, 64]) {
    const parser = new ProgressParser(100, 25);
    const reports = [];
    for (let at = 0; at < text.length; at += size) reports.push(...parser.push(text.slice(at, at + size)));
    expect(reports.map((report) => report.percent)).toEqual([10, 20, 30]);
  }
});

test('no number is not a number of the report', () => {
  const parser = new ProgressParser(100, 25);
  expect(parser.push('frame=0\nfps=0.00\nprogress=continue\n')).toEqual([
    { percent: 0, fps: 0, speed: 0, etaSeconds: undefined },
  ]);
  expect(parser.push('frame=N/A\nfps=nan\nprogress=continue\n')).toEqual([
    { percent: 0, fps: 0, speed: 0, etaSeconds: undefined },
  ]);
  expect(parser.push(block(250, 10))[0]).toMatchObject({ percent: 100, etaSeconds: 0 });
  expect(new ProgressParser(0, 25).push(block(1, 1))[0]?.percent).toBe(100);
});

test('an endless line does not grow memory', () => {
  const parser = new ProgressParser(100, 25);
  for (let round = 0; round < 1000; round += 1) parser.push('x'.repeat(10_000));
  expect(parser.push(`\n${block(50, 1)}`)[0]?.percent).toBe(50);
});
