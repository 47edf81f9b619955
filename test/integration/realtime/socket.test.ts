import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { CLOSE_CODES, type ServerFrame } from '../../../src/contracts/realtime.ts';
import { chatWorld, type ChatWorld } from '../../fixtures/chat-world.ts';
import { openRawSocket } from '../../fixtures/raw-socket.ts';
import { openSocket, signedInSocket } from '../../fixtures/socket-client.ts';
import { until } from '../../fixtures/until.ts';

let world: ChatWorld;
beforeAll(async () => {
  world = await chatWorld({ hasWorker: false });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const seqs = (frames: readonly ServerFrame[]): number[] => frames.flatMap(({ seq }) => seq ?? []);
const publish = async (userId: string, count: number, from = 0): Promise<void> => {
  const { realtime } = world.api.container;
  await Promise.all(
    Array.from({ length: count }, async (_, index) =>
      realtime.publish({
        userId: userId as never,
        type: 'chat.delta',
        data: { messageId: 'm', text: '', index: from + index, jobId: 'j' },
      }),
    ),
  );
};
const numbers = (frames: readonly ServerFrame[]): unknown[] =>
  frames.filter(({ type }) => type === 'chat.delta').map(({ data }) => data['index']);
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** The HTTP answer to an upgrade request. */
async function upgrade(headers: Readonly<Record<string, string>>, query = ''): Promise<string> {
  const { port } = new URL(world.api.url);
  const answer = Promise.withResolvers<string>();
  const socket = connect(Number(port), '127.0.0.1');
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('data', (bytes) => answer.resolve(bytes.toString('latin1')));
  socket.on('error', answer.reject);
  socket.write(`GET /api/v1/realtime${query} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const text = await answer.promise;
  socket.destroy();
  return text;
}

test('a foreign or null origin is refused before the upgrade; a known one, the server’s own and none are served', async () => {
  for (const origin of ['https://evil.example', 'null', 'http://localhost:3000.evil.example']) {
    const answer = await upgrade({ origin });
    expect(answer).toStartWith('HTTP/1.1 403');
    expect(answer).toContain('origin_not_allowed');
  }
  for (const origin of ['http://localhost:5173', world.api.url])
    expect(await upgrade({ origin })).toStartWith('HTTP/1.1 101');
  expect(await upgrade({})).toStartWith('HTTP/1.1 101');
}, 30_000);

test('a plain GET, and a token in the URL, are refused with problem details', async () => {
  const plain = await fetch(`${world.api.url}/api/v1/realtime`);
  expect([plain.status, plain.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  expect(await upgrade({}, '?token=abc')).toStartWith('HTTP/1.1 401');
  expect(await upgrade({}, '?ticket=abc')).toStartWith('HTTP/1.1 401');
}, 30_000);

test('the protocol is served as an AsyncAPI document', async () => {
  const answer = await fetch(`${world.api.url}/docs/asyncapi.json`);
  const document = (await answer.json()) as { asyncapi: string; channels: { realtime: { address: string } } };
  expect(document.asyncapi).toBe('3.0.0');
  expect(document.channels.realtime.address).toBe('/api/v1/realtime');
});

test('a ticket opens one socket, and no second', async () => {
  const { client, userId } = await world.person();
  const { ticket } = await client.json<{ ticket: string }>('POST', '/auth/ws-ticket');
  const socket = await openSocket(`${world.api.wsUrl}?ticket=${ticket}`);
  expect((await socket.frame('ready')).data['userId']).toBe(userId);
  expect(await upgrade({}, `?ticket=${ticket}`)).toStartWith('HTTP/1.1 401');
}, 30_000);

test('a bad token is answered and closes the socket; silence closes it too', async () => {
  const socket = await openSocket(world.api.wsUrl);
  const silent = await openSocket(world.api.wsUrl);
  expect(await socket.ask({ type: 'auth', data: { token: 'nonsense' } })).toMatchObject({
    type: 'error',
    data: { code: 'token_invalid' },
  });
  expect((await socket.untilClosed()).code).toBe(4001);
  expect((await silent.untilClosed()).code).toBe(4002);
}, 15_000);

test('nothing but auth is done before auth', async () => {
  const socket = await openSocket(world.api.wsUrl);
  for (const frame of [
    { type: 'ping' },
    { type: 'chat.send', data: { content: 'hi' } },
    { type: 'resume', data: { after: 0 } },
  ])
    expect(await socket.ask(frame)).toMatchObject({ type: 'error', data: { code: 'unauthenticated' } });
  await socket.close();
}, 30_000);

test('malformed frames are answered and leave the socket open, until there are too many', async () => {
  const { socket } = { socket: await (await world.person()).socket() };
  const deep = `{"type":"ping","data":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
  const bad: readonly string[] = [
    'hello',
    '',
    '{',
    '[]',
    'null',
    '42',
    '"text"',
    '{"type":"nope"}',
    '{"type":5}',
    '{"type":"ping","extra":1}',
    '{"type":"chat.send","data":{"content":"x","admin":true}}',
    '{"type":"chat.send","data":{"content":5}}',
    '{"type":"resume","data":{"after":-1}}',
    '{"type":"resume","data":{"after":1.5}}',
    '{"__proto__":{"type":"ping"}}',
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
    deep,
  ];
  for (const [index, text] of bad.entries()) {
    socket.sendText(text);
    await until(
      `an answer to ${text.slice(0, 40)}`,
      () => socket.frames.filter(({ type }) => type === 'error').length === index + 1,
    );
  }
  expect(await socket.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  for (let extra = 0; extra < 4; extra++) socket.sendText('{');
  expect((await socket.untilClosed()).code).toBe(4029);
}, 30_000);

test('a frame above 64 KiB closes the socket with 1009', async () => {
  const socket = await (await world.person()).socket();
  socket.sendText(JSON.stringify({ type: 'ping', id: 'x'.repeat(64 * 1024) }));
  // Bun's own client reports what it was told; a cut connection reads as 1006.
  expect([1006, 1009]).toContain((await socket.untilClosed()).code);
}, 30_000);

test('a flood of frames is refused and then ends the socket', async () => {
  const socket = await (await world.person()).socket();
  for (let index = 0; index < 90; index++) socket.send({ type: 'ping' });
  await until('pongs', () => socket.frames.filter(({ type }) => type === 'pong').length === 90);
  for (let index = 0; index < 1_000; index++) socket.send({ type: 'ping' });
  expect((await socket.untilClosed()).code).toBe(4029);
}, 30_000);

test('a user has at most twenty sockets', async () => {
  const person = await world.person();
  const sockets = await Promise.all(range(20).map(async () => person.socket()));
  const one = await openSocket(world.api.wsUrl);
  expect(await one.ask({ type: 'auth', data: { token: person.token } })).toMatchObject({
    data: { code: 'rate_limited' },
  });
  expect((await one.untilClosed()).code).toBe(4029);
  await Promise.all(sockets.map(async (socket) => socket.close()));
  await until('the sockets to be forgotten', async () => {
    const again = await openSocket(world.api.wsUrl);
    const answer = await again.ask({ type: 'auth', data: { token: person.token } });
    await again.close();
    return answer.type === 'ready';
  });
}, 30_000);

test('a logout closes the socket within five seconds', async () => {
  const person = await world.person();
  const { ticket } = await person.client.json<{ ticket: string }>('POST', '/auth/ws-ticket');
  const [byToken, byTicket] = [
    await person.socket(),
    await openSocket(`${world.api.wsUrl}?ticket=${ticket}`),
  ];
  await byTicket.frame('ready');
  const startedAtMs = performance.now();
  await person.client.request('POST', '/auth/logout', { json: {} });
  expect((await byToken.untilClosed()).code).toBe(4001);
  expect((await byTicket.untilClosed()).code).toBe(4001);
  expect(performance.now() - startedAtMs).toBeLessThan(5_000);
}, 30_000);

test('typing is told to the other sockets only, without a number', async () => {
  const person = await world.person();
  const [socket, other] = [await person.socket(), await person.socket()];
  const conversation = await person.client.json<{ id: string }>('POST', '/ai/conversations', { json: {} });
  const data = { conversationId: conversation.id, typing: true };
  expect(await socket.ask({ type: 'chat.typing', data })).toMatchObject({ type: 'ack' });
  const heard = await other.frame('chat.typing');
  expect(heard).toEqual({ type: 'chat.typing', data: { ...data, userId: person.userId } });
  await socket.ask({ type: 'ping' });
  expect(socket.frames.some(({ type }) => type === 'chat.typing')).toBe(false);
}, 30_000);

test('what was missed is sent again after a reconnect, on another instance, without gap or repeat', async () => {
  const person = await world.person();
  const another = await world.another();
  const first = await person.socket();
  await publish(person.userId, 50);
  await until('the first frames', () => numbers(first.frames).length === 50);
  expect(numbers(first.frames)).toEqual(range(50));
  const after = seqs(first.frames).at(-1);
  await first.close();
  await publish(person.userId, 50, 50);

  const second = await signedInSocket(another.wsUrl, person.token);
  const live = publish(person.userId, 50, 100);
  const resumed = await second.ask({ type: 'resume', data: { after } });
  await live;

  expect(resumed).toMatchObject({ type: 'resumed', data: { complete: true } });
  await until('every frame', () => numbers(second.frames).length >= 100);
  expect(numbers(second.frames)).toEqual(range(150).slice(50));
  const all = seqs(second.frames);
  expect(all).toEqual(all.map((_, index) => (after ?? 0) + 1 + index));
}, 30_000);

test('a client that was away for too long, or whose log is lost, is told to read again', async () => {
  const person = await world.person();
  const socket = await person.socket();
  const start = Number((await socket.frame('ready')).data['seq']);
  await publish(person.userId, 600);
  const fresh = await person.socket();
  const resumed = await fresh.ask({ type: 'resume', data: { after: start } });
  expect(resumed.data).toEqual({ complete: false, seq: start + 600 });

  await world.redis.flushAll();
  await publish(person.userId, 3);
  const later = await person.socket();
  const answer = await later.ask({ type: 'resume', data: { after: start + 600 } });
  expect(answer.data['complete']).toBe(false);
  expect(Number(answer.data['seq'])).toBeGreaterThan(start + 600);
  expect((await later.ask({ type: 'resume', data: { after: answer.data['seq'] } })).data['complete']).toBe(
    true,
  );
}, 30_000);

test('a reader that does not read is closed with 4008 and resumes elsewhere', async () => {
  const person = await world.person();
  const { ticket } = await person.client.json<{ ticket: string }>('POST', '/auth/ws-ticket');
  const slow = await openRawSocket(`${world.api.wsUrl}?ticket=${ticket}`);
  await slow.text('"ready"');
  const start = await world.api.container.realtime.position(person.userId);
  slow.pause();

  const filler = 'x'.repeat(60_000);
  const { realtime, sockets } = world.api.container;
  const before = sockets.count();
  const isClosed = (): boolean => sockets.count() < before;
  for (let index = 0; index < 400 && !isClosed(); index++)
    await realtime.publish({
      userId: person.userId,
      type: 'chat.delta',
      data: { messageId: 'm', text: filler, index, jobId: 'j' },
    });
  await until('the server to give up on the reader', isClosed);
  slow.resume();
  expect(await slow.ended()).toBe(CLOSE_CODES.tooSlow);

  const socket = await person.socket();
  const resumed = await socket.ask({ type: 'resume', data: { after: start } });
  expect(resumed.data['complete']).toBe(true);
  const got = numbers(socket.frames);
  expect(got.length).toBeGreaterThan(10);
  expect(got).toEqual(range(got.length));
}, 30_000);

test('while Redis is down frames still reach the sockets of this process, and afterwards all is well', async () => {
  const person = await world.person();
  const socket = await person.socket();
  await world.redis.kill9();
  await world.api.container.realtime.publish({
    userId: person.userId,
    type: 'chat.delta',
    data: { messageId: 'm', text: 'while Redis is down', index: 0, jobId: 'j' },
  });
  expect((await socket.frame('chat.delta')).seq).toBeUndefined();
  expect(await socket.ask({ type: 'resume', data: { after: 5 } })).toMatchObject({
    type: 'resumed',
    data: { complete: false },
  });
  await world.redis.restart();
  await until('numbered frames', async () => {
    await publish(person.userId, 1);
    return socket.frames.some(({ type, seq }) => type === 'chat.delta' && seq !== undefined);
  });
}, 30_000);

test('a drain asks every client to reconnect', async () => {
  const another = await world.another();
  const person = await world.person();
  const socket = await person.socket(another);
  another.container.sockets.drain();
  expect((await socket.untilClosed()).code).toBe(1012);
}, 30_000);
