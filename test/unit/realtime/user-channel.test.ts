import { expect, test } from 'bun:test';
import type { ServerFrame } from '../../../src/contracts/realtime.ts';
import { until } from '../../fixtures/until.ts';
import { UserChannel } from '../../../src/platform/realtime/user-channel.ts';

const frame = (seq: number): ServerFrame => ({ type: 'job.progress', seq, data: {} });

function channelOver(log: readonly number[]) {
  const got: (number | string)[] = [];
  const errors: unknown[] = [];
  const channel = new UserChannel({
    since: async (after) =>
      Promise.resolve({
        frames: log.filter((seq) => seq > after).map(frame),
        complete: log.includes(after + 1),
        seq: log.at(-1) ?? 0,
      }),
    onListenerError: (error) => errors.push(error),
  });
  channel.add(({ seq, type }) => got.push(seq ?? type));
  return { channel, got, errors };
}

test('a skipped number is fetched before the frames behind it', async () => {
  const { channel, got } = channelOver([1, 2, 3, 4]);
  channel.startAfter(1);
  channel.receive(frame(4));
  channel.receive(frame(5));
  await until('all four', () => got.length === 4);
  expect(got).toEqual([2, 3, 4, 5]);
});

test('a frame that comes twice is handed on once', () => {
  const { channel, got } = channelOver([]);
  channel.startAfter(0);
  for (const seq of [1, 1, 2, 1, 2, 3]) channel.receive(frame(seq));
  expect(got).toEqual([1, 2, 3]);
});

test('frames that are gone are told as a gap', async () => {
  const { channel, got } = channelOver([8, 9]);
  channel.startAfter(3);
  await channel.catchUp();
  expect(got).toEqual(['resumed', 8, 9]);
});

test('a listener that throws keeps nobody else from hearing', () => {
  const { channel, got, errors } = channelOver([]);
  channel.add(() => {
    throw new Error('mine alone');
  });
  channel.add(({ seq }) => got.push(`second ${seq}`));
  channel.receive(frame(1));
  expect(got).toEqual([1, 'second 1']);
  expect(errors.length).toBe(1);
});
