/** Bytes that no WebSocket client sends, against the real API: each ends its own connection with the right code, and nobody else's. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { closeBytes, frameBytes, OPCODE, openRawSocket, type RawSocket } from '../../fixtures/raw-socket.ts';
import { signedInSocket, type SocketClient } from '../../fixtures/socket-client.ts';
import { type Stack, startStack } from '../../fixtures/stack.ts';

setDefaultTimeout(60_000);

let stack: Stack;
let attacker: ApiClient;
let bystander: SocketClient;

beforeAll(async () => {
  stack = await startStack({ workers: 0 });
  attacker = await createApiClient(stack.apiUrl);
  await attacker.register();
  const other = await createApiClient(stack.apiUrl);
  await other.register();
  bystander = await signedInSocket(stack.wsUrl, other.token ?? '');
});
afterAll(async () => {
  await bystander?.close();
  await stack?.stop();
});

async function openBefore(): Promise<RawSocket> {
  return openRawSocket(stack.wsUrl);
}
async function openSignedIn(): Promise<RawSocket> {
  const { ticket } = await attacker.json<{ ticket: string }>('POST', '/auth/ws-ticket');
  const socket = await openRawSocket(`${stack.wsUrl}?ticket=${ticket}`);
  await socket.text('"ready"');
  return socket;
}

/** The API serves the others, over the socket and HTTP, and nothing went wrong in it. */
async function expectUnharmed(): Promise<void> {
  expect(await bystander.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  expect((await fetch(`${stack.apiUrl}/health/live`)).status).toBe(200);
  const isAlarm = (line: string): boolean => /"level":(50|60)|unhandled|uncaught/i.test(line);
  expect(stack.logs().filter((line) => isAlarm(line) || !line.startsWith('{'))).toEqual([]);
}

const residentBytes = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${stack.apiPid}/status`, 'utf8'))?.[1]) * 1024;

const PING = '{"type":"ping"}';
const LIMIT = 64 * 1024;
const { binary, close, continuation, ping, text } = OPCODE;
const attacks: readonly (readonly [name: string, code: number, bytes: Uint8Array])[] = [
  ['malformed UTF-8', 1007, frameBytes(text, Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
  ['a lone surrogate', 1007, frameBytes(text, Buffer.from([0xed, 0xa0, 0x80]))],
  ['an overlong character', 1007, frameBytes(text, Buffer.from([0xc0, 0xaf]))],
  ['no mask', 1002, frameBytes(text, PING, { isMasked: false })],
  ['reserved bit 1, compression', 1002, frameBytes(text, PING, { reserved: 4 })],
  ['reserved bit 2', 1002, frameBytes(text, PING, { reserved: 2 })],
  ['reserved bit 3', 1002, frameBytes(binary, PING, { reserved: 1 })],
  ['opcode 3', 1002, frameBytes(3, PING)],
  ['opcode 15', 1002, frameBytes(15, PING)],
  ['a length of 2^62', 1009, frameBytes(text, PING, { claimedLength: 1n << 62n })],
  ['a length of 2^63', 1009, frameBytes(text, PING, { claimedLength: 1n << 63n })],
  ['64 KiB and a byte', 1009, frameBytes(text, 'x'.repeat(LIMIT + 1))],
  ['64 KiB and a byte that never come', 1009, frameBytes(text, '', { claimedLength: BigInt(LIMIT + 1) })],
  [
    'fragments of more than 64 KiB together',
    1009,
    Buffer.concat([
      frameBytes(text, 'x'.repeat(LIMIT / 2), { isFinal: false }),
      frameBytes(continuation, 'x'.repeat(LIMIT / 2 + 1)),
    ]),
  ],
  ['a continuation of nothing', 1002, frameBytes(continuation, PING)],
  [
    'a message within a message',
    1002,
    Buffer.concat([frameBytes(text, PING, { isFinal: false }), frameBytes(text, PING)]),
  ],
  ['a ping in fragments', 1002, frameBytes(ping, 'x', { isFinal: false })],
  ['a ping of 126 bytes', 1002, frameBytes(ping, 'x'.repeat(126))],
  ['HTTP', 1002, Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['close code 0', 1002, closeBytes(0)],
  ['close code 999', 1002, closeBytes(999)],
  ['close code 1005', 1002, closeBytes(1005)],
  ['close code 1006', 1002, closeBytes(1006)],
  ['close code 1015', 1002, closeBytes(1015)],
  ['close code 65535', 1002, closeBytes(65_535)],
  ['half a close code', 1002, frameBytes(close, Buffer.from([3]))],
  ['a close reason of bad UTF-8', 1007, closeBytes(1000, Buffer.from([0xff]))],
  ['a close reason that is too long', 1002, closeBytes(1000, 'x'.repeat(124))],
  ['a good close', 1000, closeBytes(1000, 'bye')],
  ['a close code of our own', 4000, closeBytes(4000)],
];

test.each(attacks)('%s: closed with %i, before auth and after', async (_, code, bytes) => {
  for (const open of [openBefore, openSignedIn]) {
    const socket = await open();
    await socket.write(bytes);
    expect(await socket.ended()).toBe(code);
    socket.destroy();
  }
  await expectUnharmed();
});

test('compression is not agreed to, so there is no bomb to unpack', async () => {
  const socket = await openBefore();
  expect(socket.upgrade.toLowerCase()).not.toContain('sec-websocket-extensions');
  socket.destroy();
});

test('a frame of exactly 64 KiB, and one that comes byte by byte, are read', async () => {
  const socket = await openSignedIn();
  const head = '{"type":"ping","id":"big"';
  await socket.write(frameBytes(text, head + ' '.repeat(LIMIT - head.length - 1) + '}'));
  await socket.text('"id":"big"');
  for (const byte of frameBytes(text, '{"type":"ping","id":"slow"}')) await socket.write(Buffer.from([byte]));
  await socket.text('"id":"slow"');
  socket.destroy();
});

test('a binary message is answered with what a frame is, and the socket stays open', async () => {
  const socket = await openSignedIn();
  await socket.write(frameBytes(binary, PING));
  expect(await socket.text('"error"')).toContain('JSON object in a text message');
  await socket.write(frameBytes(text, PING));
  await socket.text('"pong"');
  socket.destroy();
});

const FRAGMENTS = 400_000;
const BATCH = 10_000;
/** What garbage collection may not have taken back yet; held fragments would take a hundred bytes each. */
const GROWTH_MAX_BYTES = 32 * 1024 * 1024;

test('400,000 empty fragments cost no memory, and the message they belong to is read', async () => {
  const socket = await openSignedIn();
  const before = residentBytes();
  await socket.write(frameBytes(text, '', { isFinal: false }));
  const batch = Buffer.concat(
    Array.from({ length: BATCH }, () => frameBytes(continuation, '', { isFinal: false })),
  );
  for (let sent = 0; sent < FRAGMENTS; sent += BATCH) await socket.write(batch);
  await socket.write(frameBytes(continuation, PING));
  await socket.text('"pong"');
  expect(residentBytes() - before).toBeLessThan(GROWTH_MAX_BYTES);
  socket.destroy();
  await expectUnharmed();
});

test('400,000 fragments of a byte end at 64 KiB', async () => {
  const socket = await openSignedIn();
  const before = residentBytes();
  await socket.write(frameBytes(text, 'x', { isFinal: false }));
  const batch = Buffer.concat(
    Array.from({ length: BATCH }, () => frameBytes(continuation, 'x', { isFinal: false })),
  );
  for (let sent = 0; sent < FRAGMENTS; sent += BATCH) await socket.write(batch);
  expect(await socket.ended()).toBe(1009);
  expect(residentBytes() - before).toBeLessThan(GROWTH_MAX_BYTES);
  socket.destroy();
  await expectUnharmed();
});

test('a million pings by one who does not read the pongs hold a bounded memory', async () => {
  const socket = await openSignedIn();
  const before = residentBytes();
  socket.pause();
  const pings = Buffer.concat(Array.from({ length: BATCH }, () => frameBytes(ping, 'x'.repeat(125))));
  for (let batches = 0; batches < 100; batches++) await socket.write(pings);
  await expectUnharmed();
  // Their pongs have 127 MB; what waits is a megabyte, and the rest is what the allocator has not given back.
  expect(residentBytes() - before).toBeLessThan(80 * 1024 * 1024);
  socket.destroy();
});
