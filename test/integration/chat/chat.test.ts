import { expect, test } from 'bun:test';
import type { MessageView } from '../../../src/contracts/chat.ts';
import type { ServerFrame } from '../../../src/contracts/realtime.ts';
import { chatWorld, type ChatWorld, type Person } from '../../fixtures/chat-world.ts';
import type { SocketClient } from '../../fixtures/socket-client.ts';
import { until } from '../../fixtures/until.ts';

interface Sent extends MessageView {
  readonly reply: MessageView;
}
interface Conversation {
  readonly id: string;
  readonly projectId?: string;
  readonly title: string;
}
interface Project {
  readonly revision: number;
  readonly operations: readonly { readonly op: string }[];
}

const messageOf = (frame: ServerFrame): MessageView => frame.data['message'] as MessageView;

async function completed(socket: SocketClient, replyId: unknown): Promise<MessageView> {
  return messageOf(await socket.frame('chat.completed', (frame) => messageOf(frame).id === replyId));
}

async function converse(world: ChatWorld) {
  const person = await world.person();
  const projectId = await person.project();
  const conversation = await person.client.json<Conversation>('POST', '/ai/conversations', {
    json: { projectId },
  });
  const say = async (content: string): Promise<Sent> =>
    person.client.json<Sent>('POST', `/ai/conversations/${conversation.id}/messages`, { json: { content } });
  const reply = async (sent: Sent): Promise<MessageView> =>
    until(`a reply to ${sent.content}`, async () => {
      const path = `/ai/conversations/${conversation.id}/messages/${sent.reply.id}`;
      const message = await person.client.json<MessageView>('GET', path);
      return message.status === 'pending' ? undefined : message;
    });
  const project = async (): Promise<Project> => person.client.json<Project>('GET', `/projects/${projectId}`);
  return { person, projectId, conversation, say, reply, project };
}

const outcome = {
  reply: 'Black and white it is.',
  action: 'edit',
  operations: [{ op: 'filter', name: 'black_white' }],
  confidence: 0.9,
  model: 'scripted',
  tokens: { input: 3, output: 5 },
  costUsd: 0.001,
} as const;

/** Lets a chat handler wait until the test opens it. */
function gate(): { open: () => void; passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, passed: promise };
}

test('a message over the socket is planned, streamed, applied and told in order', async () => {
  await using world = await chatWorld();
  const person = await world.person();
  const projectId = await person.project();
  const [socket, other] = [await person.socket(), await person.socket()];

  const ack = await socket.ask({
    type: 'chat.send',
    data: { projectId, content: 'cut the first 2 seconds and make it black and white' },
  });

  expect(ack.type).toBe('ack');
  const { replyId, messageId, conversationId } = ack.data;
  const reply = await completed(socket, replyId);
  expect(reply).toMatchObject({
    status: 'completed',
    action: 'edit',
    revision: 1,
    cost: 0,
    replyTo: messageId,
  });
  expect(reply.operations?.length).toBe(2);
  expect(reply.summary).toBeString();
  const deltas = socket.frames.filter((frame) => frame.type === 'chat.delta');
  expect(deltas.map((frame) => frame.data['index'])).toEqual(deltas.map((_, index) => index));
  expect(deltas.map((frame) => frame.data['text']).join('')).toBe(reply.content);
  expect(socket.frames.filter(({ type }) => type === 'chat.message').map(messageOf)).toMatchObject([
    { id: messageId, role: 'user', status: 'sent', sequence: 1 },
    { id: replyId, role: 'assistant', status: 'pending', sequence: 2, content: '' },
  ]);
  const moved = await socket.frame('project.revision');
  expect(moved.data).toMatchObject({ projectId, revision: 1 });
  const project = await person.client.json<Project>('GET', `/projects/${projectId}`);
  expect(project.operations).toEqual(reply.operations ?? []);

  await completed(other, replyId);
  const seqs = (client: SocketClient): unknown[] =>
    client.frames.filter(({ seq }) => seq !== undefined).map(({ seq }) => seq);
  await until('both sockets to have the same frames', () => seqs(other).length === seqs(socket).length);
  expect(seqs(other)).toEqual(seqs(socket));
  expect(seqs(socket)).toEqual(seqs(socket).map((_, index) => Number(seqs(socket)[0]) + index));

  const stored = await person.client.json<MessageView>(
    'GET',
    `/ai/conversations/${String(conversationId)}/messages/${String(replyId)}`,
  );
  expect(stored).toEqual(reply);
});

test('the same conversation works over REST, and lists page without a gap', async () => {
  await using world = await chatWorld();
  const { person, conversation, say, reply, project } = await converse(world);

  expect(await reply(await say('make it black and white'))).toMatchObject({ action: 'edit', revision: 1 });
  expect(await reply(await say('undo that'))).toMatchObject({ action: 'undo', revision: 0 });
  expect(await reply(await say('redo'))).toMatchObject({ action: 'redo', revision: 1 });
  expect(await reply(await say('start over'))).toMatchObject({ action: 'reset', revision: 2 });
  const rendering = await reply(await say('render it as webm'));
  expect(rendering.action).toBe('render');
  expect(rendering.renderJobId).toStartWith('job_');
  expect((await project()).operations).toEqual([]);

  const path = `/ai/conversations/${conversation.id}/messages`;
  const first = await person.client.request('GET', `${path}?limit=3&order=oldest`);
  const { data, pagination } = first.body as {
    data: MessageView[];
    pagination: { nextCursor: string };
  };
  const rest = await person.client.json<MessageView[]>(
    'GET',
    `${path}?limit=100&order=oldest&cursor=${pagination.nextCursor}`,
  );
  expect([...data, ...rest].map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const newest = await person.client.json<MessageView[]>('GET', `${path}?limit=1`);
  expect(newest[0]?.sequence).toBe(10);
  const named = await person.client.json<Conversation>('GET', `/ai/conversations/${conversation.id}`);
  expect(named.title).toBe('make it black and white');
  const all = await person.client.json<Conversation[]>('GET', '/ai/conversations');
  expect(all.map(({ id }) => id)).toEqual([conversation.id]);
});

test('an undo with nothing to undo says so, and changes nothing', async () => {
  await using world = await chatWorld();
  const { say, reply, project } = await converse(world);
  world.answer(() =>
    Promise.resolve({ ...outcome, action: 'undo', reply: 'I took the last edit back.', steps: 1 }),
  );

  const answer = await reply(await say('undo'));

  expect(answer.status).toBe('completed');
  expect(answer.content).toContain('nothing to undo');
  expect(answer.content).not.toContain('took');
  expect((await project()).revision).toBe(0);
});

test('two quick messages are answered in order, each on what the one before left', async () => {
  await using world = await chatWorld();
  const { say, reply, project } = await converse(world);
  const { open, passed } = gate();
  const seen: { content: string; revision: number | undefined; turns: number }[] = [];
  world.answer(async (payload) => {
    seen.push({
      content: payload.content,
      revision: payload.project?.revision,
      turns: payload.history.length,
    });
    if (payload.content === 'first') await passed;
    const before = payload.project?.operations ?? [];
    return { ...outcome, operations: [...before, { op: 'speed', factor: 2 }] };
  });

  const sent = [await say('first'), await say('second'), await say('third')];
  await until('the first to be planned', () => seen.length > 0);
  open();

  const replies = await Promise.all(sent.map(reply));
  expect(replies.map(({ revision }) => revision)).toEqual([1, 2, 3]);
  expect(replies.map(({ sequence }) => sequence)).toEqual([2, 4, 6]);
  expect(seen).toEqual([
    { content: 'first', revision: 0, turns: 0 },
    { content: 'second', revision: 1, turns: 2 },
    { content: 'third', revision: 2, turns: 4 },
  ]);
  expect((await project()).operations.length).toBe(3);
});

test('the message behind a stopped or failed reply is answered all the same', async () => {
  await using world = await chatWorld();
  const { person, conversation, say, reply } = await converse(world);
  world.answer(async (payload, { signal }) => {
    if (payload.content === 'stop me') {
      const aborted = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => aborted.reject(new Error('aborted')), { once: true });
      return aborted.promise;
    }
    if (payload.content === 'break')
      return { ...outcome, action: 'edit', operations: [{ op: 'trim', start: 5, end: 9_000 }] };
    return outcome;
  });

  const [stopping, waiting, breaking, last] = [
    await say('stop me'),
    await say('never'),
    await say('break'),
    await say('fine'),
  ];
  const stop = async (id: string): Promise<MessageView> =>
    person.client.json('POST', `/ai/conversations/${conversation.id}/messages/${id}/stop`);
  // A waiting reply has no job yet; the one being planned has.
  expect(await stop(waiting.reply.id)).toMatchObject({ status: 'stopped' });
  expect(await stop(stopping.id)).toMatchObject({ id: stopping.reply.id, status: 'stopped' });

  expect(await reply(last)).toMatchObject({ status: 'completed', revision: 1 });
  const failed = await reply(breaking);
  expect(failed).toMatchObject({ status: 'failed', failure: { code: 'planner_failed' } });
  expect(failed.content).toContain('Nothing was changed');
  const problem = await person.client.problem(
    'POST',
    `/ai/conversations/${conversation.id}/messages/${last.reply.id}/stop`,
  );
  expect(problem.code).toBe('job_finished');
}, 60_000);

test('a reply is planned anew when the project moved meanwhile, at most three times', async () => {
  await using world = await chatWorld();
  const { person, projectId, say, reply, project } = await converse(world);
  let plans = 0;
  let movesLeft = 1;
  world.answer(async (payload) => {
    plans += 1;
    if (movesLeft > 0) {
      movesLeft -= 1;
      await person.client.json('POST', `/projects/${projectId}/edits`, {
        json: { operations: [{ op: 'speed', factor: 1.25 }] },
      });
    }
    return { ...outcome, operations: [...(payload.project?.operations ?? []), ...outcome.operations] };
  });

  const answer = await reply(await say('black and white'));
  expect(answer).toMatchObject({ status: 'completed', revision: 2 });
  expect(plans).toBe(2);
  expect((await project()).operations.map(({ op }) => op)).toEqual(['speed', 'filter']);

  movesLeft = 10;
  plans = 0;
  const given = await reply(await say('and again'));
  expect(given).toMatchObject({ status: 'failed', failure: { code: 'revision_conflict' } });
  expect(given.content).toContain('changed nothing');
  expect(plans).toBe(3);
  expect((await project()).operations.map(({ op }) => op)).toEqual([
    'speed',
    'filter',
    'speed',
    'speed',
    'speed',
  ]);
});

test('a hostile outcome changes nothing', async () => {
  await using world = await chatWorld();
  const hostile: readonly Record<string, unknown>[] = [
    { ...outcome, action: 'delete_everything' },
    { ...outcome, operations: [{ op: 'shell', command: 'rm -rf /' }] },
    { ...outcome, operations: [{ op: 'text', content: 'x', position: '../../etc' }] },
    { ...outcome, operations: 'all' },
    { ...outcome, reply: '' },
    { ...outcome, costUsd: -1 },
    { ...outcome, confidence: 7 },
    { ...outcome, action: 'undo', steps: -3 },
  ];
  const people = await Promise.all(hostile.map(async () => converse(world)));
  const ofUser = new Map<string, Record<string, unknown> | undefined>(
    people.map(({ conversation }, index) => [conversation.id, hostile[index]]),
  );
  world.answer((payload) => Promise.resolve(ofUser.get(payload.conversationId) as never));

  const replies = await Promise.all(people.map(async ({ say, reply }) => reply(await say('do it'))));

  expect(replies.map(({ status }) => status)).toEqual(hostile.map(() => 'failed'));
  for (const { project } of people) expect((await project()).revision).toBe(0);
}, 60_000);

test("somebody else's conversation, project and messages are not found, over REST and the socket", async () => {
  await using world = await chatWorld();
  const { projectId, conversation, say, reply } = await converse(world);
  const sent = await say('make it black and white');
  await reply(sent);
  const stranger: Person = await world.person();
  const own = await stranger.client.json<Conversation>('POST', '/ai/conversations', { json: {} });
  const path = `/ai/conversations/${conversation.id}`;
  const rest: readonly (readonly [string, string, unknown?])[] = [
    ['GET', path],
    ['DELETE', path],
    ['GET', `${path}/messages`],
    ['POST', `${path}/messages`, { content: 'hi' }],
    ['GET', `${path}/messages/${sent.id}`],
    ['POST', `${path}/messages/${sent.reply.id}/stop`],
    ['GET', `/ai/conversations/${own.id}/messages/${sent.id}`],
    ['POST', '/ai/conversations', { projectId }],
    ['POST', `/ai/conversations/${own.id}/messages`, { content: 'hi', replyTo: sent.id }],
  ];
  for (const [method, target, json] of rest) {
    const problem = await stranger.client.problem(method, target, json === undefined ? {} : { json });
    expect([method, target, problem.status]).toEqual([method, target, 404]);
  }
  const socket = await stranger.socket();
  const frames = [
    { type: 'chat.send', data: { conversationId: conversation.id, content: 'hi' } },
    { type: 'chat.send', data: { projectId, content: 'hi' } },
    { type: 'chat.send', data: { conversationId: own.id, content: 'hi', replyTo: sent.id } },
    { type: 'chat.stop', data: { messageId: sent.reply.id } },
    { type: 'chat.typing', data: { conversationId: conversation.id, typing: true } },
    { type: 'job.cancel', data: { jobId: 'job_0193b5c0-6f4e-7000-8000-00000000000c' } },
  ];
  for (const frame of frames)
    expect(await socket.ask(frame)).toMatchObject({ type: 'error', data: { code: 'not_found' } });
  expect(await stranger.client.json<MessageView[]>('GET', `/ai/conversations/${own.id}/messages`)).toEqual(
    [],
  );
});

test('a message sent again is stored once, also by two sockets at the same time', async () => {
  await using world = await chatWorld();
  const person = await world.person();
  const [socket, other] = [await person.socket(), await person.socket(await world.another())];
  const conversation = await person.client.json<Conversation>('POST', '/ai/conversations', { json: {} });
  const data = { conversationId: conversation.id, content: 'hello' };
  const frame = { type: 'chat.send', id: 'my-message-1', data };

  const acks = await Promise.all([socket.ask(frame), other.ask(frame)]);
  acks.push(await socket.ask(frame));

  expect(new Set(acks.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  const different = await socket.ask({ ...frame, data: { ...data, content: 'something else' } });
  expect(different.type).toBe('ack');
  const path = `/ai/conversations/${conversation.id}/messages?order=oldest`;
  const stored = await person.client.json<MessageView[]>('GET', path);
  expect(stored.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
});

test('an Idempotency-Key stores a message once', async () => {
  await using world = await chatWorld();
  const { person, conversation } = await converse(world);
  const path = `/ai/conversations/${conversation.id}/messages`;
  const options = { json: { content: 'make it black and white' }, headers: { 'idempotency-key': 'k1' } };

  const answers = [
    await person.client.request('POST', path, options),
    await person.client.request('POST', path, options),
  ];

  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  expect(answers[1]?.body).toEqual(answers[0]?.body);
  const stored = await person.client.json<MessageView[]>('GET', path);
  expect(stored.length).toBe(2);
});

test('content that cannot be kept as text is refused, and what can is kept as it is', async () => {
  await using world = await chatWorld({ hasWorker: false });
  const { person, conversation } = await converse(world);
  const path = `/ai/conversations/${conversation.id}/messages`;
  const bad = ['', '   ', '\n\t', 'a\0b', 'half \ud83d pair', 'x'.repeat(4_001)];
  for (const content of bad) {
    const problem = await person.client.problem('POST', path, { json: { content } });
    expect([content.slice(0, 10), problem.status]).toEqual([content.slice(0, 10), 422]);
  }
  const content = 'say "50% off: it\'s 🎬"\nsecond line';
  const kept = await person.client.json<Sent>('POST', path, { json: { content: `  ${content} ` } });
  expect(kept.content).toBe(content);
});

test('deleting a conversation cancels what is being planned in it', async () => {
  await using world = await chatWorld();
  const { person, conversation, say } = await converse(world);
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<never>();
  world.answer(async (_payload, { signal }) => {
    signal.addEventListener('abort', () => aborted.reject(new Error('aborted')), { once: true });
    started.resolve();
    return aborted.promise;
  });
  await say('first');
  await say('second');
  await started.promise;

  await person.client.request('DELETE', `/ai/conversations/${conversation.id}`);

  await aborted.promise.catch((error: Error) => expect(error.message).toBe('aborted'));
  const jobs = await person.client.json<{ state: string; kind: string }[]>('GET', '/jobs?kind=ai.chat');
  expect(jobs.map(({ state }) => state)).toEqual(['cancelled']);
  expect((await person.client.problem('GET', `/ai/conversations/${conversation.id}`)).status).toBe(404);
});
