/** What a user does to a project or a conversation while a reply is on its way, from two API instances. */
import { expect, test } from 'bun:test';
import type { MessageView } from '../../../src/contracts/chat.ts';
import type { JobId, MessageId } from '../../../src/contracts/ids.ts';
import { chatWorld, type ChatHandler, type ChatWorld } from '../../fixtures/chat-world.ts';
import { until } from '../../fixtures/until.ts';

interface Sent extends MessageView {
  readonly reply: MessageView;
}
interface Project {
  readonly revision: number;
  readonly operations: readonly { readonly op: string }[];
  readonly canRedo: boolean;
}

const given = {
  reply: 'Black and white it is.',
  action: 'edit',
  confidence: 0.9,
  model: 'scripted',
  tokens: { input: 3, output: 5 },
  costUsd: 0.001,
} as const;
const filter = { op: 'filter', name: 'black_white' } as const;
const speed = { op: 'speed', factor: 1.25 } as const;

/** A handler that waits at a gate on its first plan and appends black and white to the plan it was given. */
function gatedEdit() {
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const handler: ChatHandler = async ({ project }) => {
    started.resolve();
    await gate.promise;
    return { ...given, operations: [...(project?.operations ?? []), filter] };
  };
  return { handler, started: started.promise, open: gate.resolve };
}

async function converse(world: ChatWorld) {
  const person = await world.person();
  const { client, userId } = person;
  const projectId = await person.project();
  const { id } = await client.json<{ id: string }>('POST', '/ai/conversations', { json: { projectId } });
  const path = `/ai/conversations/${id}`;
  return {
    ...{ client, userId, projectId, path, conversationId: id },
    say: async (content: string): Promise<Sent> =>
      client.json<Sent>('POST', `${path}/messages`, { json: { content } }),
    reply: async ({ reply }: Sent): Promise<MessageView> =>
      until('the reply', async () => {
        const message = await client.json<MessageView>('GET', `${path}/messages/${reply.id}`);
        return message.status === 'pending' ? undefined : message;
      }),
    edit: async (operation: object): Promise<Project> =>
      client.json<Project>('POST', `/projects/${projectId}/edits`, { json: { operations: [operation] } }),
    undo: async (): Promise<Project> => client.json<Project>('POST', `/projects/${projectId}/undo`),
    project: async (): Promise<Project> => client.json<Project>('GET', `/projects/${projectId}`),
  };
}

test('a project deleted under a reply is told of in words, and the conversation goes on without it', async () => {
  await using world = await chatWorld();
  const talk = await converse(world);
  const { handler, started, open } = gatedEdit();
  world.answer(handler);
  const sent = await talk.say('black and white');
  await started;
  expect((await talk.client.request('DELETE', `/projects/${talk.projectId}`)).status).toBe(204);
  open();
  const reply = await talk.reply(sent);
  expect(reply).toMatchObject({ status: 'completed', action: 'answer' });
  expect(reply.content).toContain('no longer there');
  expect(reply.content).toContain('Nothing was changed');
  const { Revision } = world.api.container.db.models;
  expect(await Revision.countDocuments({ userId: talk.userId })).toBe(0);
  expect((await talk.client.problem('GET', `/projects/${talk.projectId}`)).code).toBe('not_found');

  world.answer();
  expect((await talk.reply(await talk.say('make it sepia'))).status).toBe('completed');
});

test('a project and its chat edit at once end as one or the other, with nothing left over', async () => {
  await using world = await chatWorld();
  const endings = new Set<string>();
  for (let round = 0; round < 8; round += 1) {
    const talk = await converse(world);
    const { handler, started, open } = gatedEdit();
    world.answer(handler);
    const sent = await talk.say('black and white');
    await started;
    open();
    await talk.client.request('DELETE', `/projects/${talk.projectId}`);
    endings.add((await talk.reply(sent)).action ?? 'none');
    const { Project, Revision } = world.api.container.db.models;
    expect(await Project.countDocuments({ userId: talk.userId })).toBe(0);
    expect(await Revision.countDocuments({ userId: talk.userId })).toBe(0);
  }
  expect(['edit', 'answer']).toEqual(expect.arrayContaining([...endings]));
}, 60_000);

test('an undo while a reply is planned comes first: the reply is planned anew on what the undo left', async () => {
  await using world = await chatWorld();
  const talk = await converse(world);
  await talk.edit(speed);
  const { handler, started, open } = gatedEdit();
  world.answer(handler);
  const sent = await talk.say('black and white');
  await started;
  expect((await talk.undo()).revision).toBe(0);
  open();
  expect(await talk.reply(sent)).toMatchObject({ status: 'completed', action: 'edit', revision: 2 });
  expect(await talk.project()).toMatchObject({ revision: 2, operations: [filter], canRedo: false });
});

test('an undo as a chat edit lands takes back the one or the other, never half of it', async () => {
  await using world = await chatWorld();
  for (let round = 0; round < 8; round += 1) {
    const talk = await converse(world);
    await talk.edit(speed);
    const { handler, started, open } = gatedEdit();
    world.answer(handler);
    const sent = await talk.say('black and white');
    await started;
    open();
    const undone = await talk.undo();
    expect((await talk.reply(sent)).status).toBe('completed');
    const ops = (await talk.project()).operations.map(({ op }) => op);
    // The undo took back the edit before the reply, or the reply itself.
    if (undone.revision === 0) expect(ops).toEqual(['filter']);
    else expect([undone.revision, ...ops]).toEqual([1, 'speed']);
  }
}, 60_000);

test('an undo asked for in the chat undoes what it was planned on, however the project moved', async () => {
  await using world = await chatWorld();
  const talk = await converse(world);
  await talk.edit(speed);
  let plans = 0;
  world.answer(async ({ project }) => {
    plans += 1;
    if (plans === 1) await talk.edit(filter);
    return { ...given, reply: `Back from ${project?.revision}.`, action: 'undo', steps: 1 };
  });
  const reply = await talk.reply(await talk.say('undo'));
  expect(reply).toMatchObject({ status: 'completed', action: 'undo', revision: 1 });
  expect(plans).toBe(2);
  expect((await talk.project()).operations).toEqual([speed]);
});

test('a conversation deleted as its reply lands is gone, whichever comes first', async () => {
  await using world = await chatWorld();
  for (let round = 0; round < 8; round += 1) {
    const talk = await converse(world);
    const { handler, started, open } = gatedEdit();
    world.answer(handler);
    await talk.say('black and white');
    await talk.say('and again');
    await started;
    open();
    expect((await talk.client.request('DELETE', talk.path)).status).toBe(204);
    expect((await talk.client.problem('GET', talk.path)).code).toBe('not_found');
    const { Message, Job } = world.api.container.db.models;
    await until('its jobs to end', async () => {
      const jobs = await Job.find({ userId: talk.userId }).lean();
      return jobs.every(({ finishedAt }) => finishedAt !== undefined);
    });
    expect(await Message.countDocuments({ userId: talk.userId })).toBe(0);
    const { revision, operations } = await talk.project();
    expect([0, 1, 2]).toContain(revision);
    expect(operations).toHaveLength(revision);
  }
}, 60_000);

test('a conversation whose reply was left pending by a job that has ended can be stopped and deleted', async () => {
  await using world = await chatWorld({ hasWorker: false });
  const talk = await converse(world);
  const sent = await talk.say('black and white');
  const { Message, Job } = world.api.container.db.models;
  const row = await Message.findOne({ _id: sent.reply.id as MessageId }).lean();
  await Job.updateOne(
    { _id: row?.jobId ?? ('' as JobId) },
    { $set: { state: 'failed', finishedAt: new Date() } },
  );
  const second = await talk.say('and louder');
  expect(
    await talk.client.json<MessageView>('POST', `${talk.path}/messages/${sent.reply.id}/stop`),
  ).toMatchObject({ status: 'stopped' });
  // The one behind it had waited for it.
  expect((await Message.findOne({ _id: second.reply.id as MessageId }).lean())?.jobId).toStartWith('job_');
  const waiting = await Message.findOne({ _id: second.reply.id as MessageId }).lean();
  await Job.updateOne(
    { _id: waiting?.jobId ?? ('' as JobId) },
    { $set: { state: 'failed', finishedAt: new Date() } },
  );
  expect((await talk.client.request('DELETE', talk.path)).status).toBe(204);
  expect(await Message.countDocuments({ userId: talk.userId })).toBe(0);
});
