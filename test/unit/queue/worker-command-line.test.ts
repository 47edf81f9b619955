import { expect, test } from 'bun:test';
import { JOB_KINDS } from '../../../src/contracts/jobs.ts';
import { parseCommandLine } from '../../../workers/command-line.ts';
import { registry } from '../../../workers/registry.ts';

test('each option of the worker stands in for its setting', () => {
  expect(parseCommandLine(['--region', 'ams', '--queues', 'video,ai', '--concurrency', '3'])).toEqual({
    type: 'run',
    overrides: { REGION: 'ams', WORKER_QUEUES: 'video,ai', WORKER_CONCURRENCY: '3' },
  });
  expect(parseCommandLine([])).toEqual({ type: 'run', overrides: {} });
  expect(parseCommandLine(['-h'])).toEqual({ type: 'help' });
});

test.each([[['--nope']], [['--region']], [['stray']]])('%j is refused', (args) => {
  expect(parseCommandLine(args)).toMatchObject({ type: 'wrong' });
});

test('every job kind has a handler', () => {
  expect(Object.keys(registry).sort()).toEqual(Object.keys(JOB_KINDS).sort());
});
