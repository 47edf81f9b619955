import { expect, test } from 'bun:test';
import type { ServerFrame } from '../../../src/contracts/realtime.ts';
import { Allowance } from '../../../src/modules/realtime/allowance.ts';
import { Connection } from '../../../src/modules/realtime/connection.ts';

function peer(sends = (): number => 1) {
  const sent: ServerFrame[] = [];
  const closes: number[] = [];
  return {
    sent,
    closes,
    send: (text: string) => {
      sent.push(JSON.parse(text) as ServerFrame);
      return sends();
    },
    close: (code: number) => void closes.push(code),
    terminate: () => undefined,
  };
}

const live = (seq: number): ServerFrame => ({ type: 'job.progress', seq, data: { jobId: 'j' } });
const ready: ServerFrame = { type: 'ready', data: {} };
const resumed: ServerFrame = { type: 'resumed', data: {} };

test('frames that arrive before and during a resume come after what was missed, each once', async () => {
  const socket = peer();
  const connection = new Connection(socket, 0);
  connection.begin(ready);
  connection.deliver(live(4));
  await connection.resume(
    async () => {
      connection.deliver(live(5));
      return Promise.resolve({ frames: [live(2), live(3), live(4)], complete: true, seq: 4 });
    },
    () => resumed,
  );
  connection.deliver(live(6));
  expect(socket.sent.map(({ type, seq }) => seq ?? type)).toEqual(['ready', 2, 3, 4, 'resumed', 5, 6]);
});

test('a resume that comes late repeats nothing that was sent live', async () => {
  const socket = peer();
  const connection = new Connection(socket, 0);
  connection.begin(ready);
  connection.release();
  connection.deliver(live(4));
  connection.deliver(live(5));
  await connection.resume(
    async () => Promise.resolve({ frames: [live(3), live(4), live(5)], complete: true, seq: 5 }),
    () => resumed,
  );
  expect(socket.sent.map(({ type, seq }) => seq ?? type)).toEqual(['ready', 4, 5, 3, 'resumed']);
});

test('a gap that an outage left is filled by a resume', async () => {
  const socket = peer();
  const connection = new Connection(socket, 0);
  connection.begin(ready);
  connection.release();
  for (const seq of [1, 2, 5]) connection.deliver(live(seq));
  await connection.resume(
    async () => Promise.resolve({ frames: [live(3), live(4), live(5)], complete: true, seq: 5 }),
    () => resumed,
  );
  expect(socket.sent.map(({ type, seq }) => seq ?? type)).toEqual(['ready', 1, 2, 5, 3, 4, 'resumed']);
});

test('a dropped frame closes the socket with 4008, and nothing is sent after it', () => {
  const results = [1, -1, 0];
  const socket = peer(() => results.shift() ?? 1);
  const connection = new Connection(socket, 0);
  connection.begin(ready);
  connection.release();
  for (const seq of [1, 2, 3, 4]) connection.deliver(live(seq));
  expect(socket.closes).toEqual([4008]);
  expect(socket.sent.map(({ type, seq }) => seq ?? type)).toEqual(['ready', 1, 2]);
});

test('the twenty-first bad frame of a minute closes the socket', () => {
  const socket = peer();
  const connection = new Connection(socket, 0);
  for (let count = 0; count < 20; count++) connection.noteBadFrame(count);
  expect(socket.closes).toEqual([]);
  connection.noteBadFrame(20);
  expect(socket.closes).toEqual([4029]);
});

test('an allowance refills steadily and never beyond its size', () => {
  const allowance = new Allowance(2, 1_000, 0);
  expect([0, 0, 0].map((now) => allowance.take(now))).toEqual([true, true, false]);
  expect(allowance.take(500)).toBe(true);
  expect(allowance.take(501)).toBe(false);
  expect([1e6, 1e6, 1e6].map((now) => allowance.take(now))).toEqual([true, true, false]);
});
