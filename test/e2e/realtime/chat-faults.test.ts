/** Chat and renders over the socket while processes die under them: what was accepted is answered, in order, once. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import type { MessageView } from '../../../src/contracts/chat.ts';
import type { ServerFrame } from '../../../src/contracts/realtime.ts';
import { EditingSession, type JobAnswer, type ProjectAnswer } from '../../fixtures/editing-session.ts';
import { run } from '../../fixtures/footage.ts';
import { signedInSocket, type SocketClient } from '../../fixtures/socket-client.ts';
import {
  endProcess,
  inherited,
  MARK,
  SETTINGS,
  spawnProcess,
  type StackProcess,
} from '../../fixtures/stack.ts';
import { createSystem, type System, type SystemProcess } from '../../fixtures/system.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { until } from '../../fixtures/until.ts';

setDefaultTimeout(90_000);

const folder = tempFolder();
const source = join(folder.path, 'long.mp4');
let system: System;
let api: SystemProcess;
let port: string;
let worker: SystemProcess;
let session: EditingSession;
let project: ProjectAnswer;

const socketTo = async (): Promise<SocketClient> =>
  signedInSocket(`${api.url.replace(/^http/, 'ws')}/api/v1/realtime`, session.api.token ?? '');
const messageOf = ({ data }: ServerFrame): MessageView => data['message'] as MessageView;

beforeAll(async () => {
  system = createSystem();
  [api] = await Promise.all([
    system.startApi(),
    run([
      ...['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=d=8:s=1280x720:r=25'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', source],
    ]),
  ]);
  // The next API takes the first one's place, so that clients find it.
  ({ port } = new URL(api.url));
  worker = await system.startWorker();
  session = await EditingSession.open(api.url, folder.path);
  project = await session.projectOver(source);
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const encoders = (): StackProcess[] =>
  system
    .processes()
    .filter(({ command }) => /(^|\/| )ffmpeg /.test(command) && command.includes('-progress'));

const messages = async (conversationId: string): Promise<MessageView[]> =>
  session.api.json<MessageView[]>('GET', `/ai/conversations/${conversationId}/messages?limit=100`);

/** Waits until no reply is pending; resolves with all messages, oldest first. */
async function answered(conversationId: string): Promise<MessageView[]> {
  const all = await until(
    'every reply',
    async () => {
      const now = await messages(conversationId);
      return now.some(({ status }) => status === 'pending') ? undefined : now;
    },
    60_000,
  );
  return all.toSorted((a, b) => a.sequence - b.sequence);
}

/** Sends both at once, as someone does who types fast. */
async function sendTwo(socket: SocketClient, contents: readonly [string, string]): Promise<string> {
  const { id } = await session.api.json<{ id: string }>('POST', '/ai/conversations', {
    json: { projectId: project.id },
  });
  const acks = await Promise.all(
    contents.map(async (content) => socket.ask({ type: 'chat.send', data: { conversationId: id, content } })),
  );
  expect(acks.map(({ type }) => type)).toEqual(['ack', 'ack']);
  return id;
}

const opsOf = ({ operations }: MessageView): string[] => (operations ?? []).map(({ op }) => op);
const current = async (): Promise<ProjectAnswer> =>
  session.api.json<ProjectAnswer>('GET', `/projects/${project.id}`);

/** Both messages and both replies, completed, in order; each edit is in the plan once, on top of what was there. */
async function expectAnsweredOnce(id: string, before: ProjectAnswer): Promise<void> {
  const all = await answered(id);
  expect(all.map(({ role, status }) => `${role} ${status}`)).toEqual([
    'user sent',
    'assistant completed',
    'user sent',
    'assistant completed',
  ]);
  expect(all.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  expect([all[1]?.replyTo, all[3]?.replyTo]).toEqual([all[0]?.id, all[2]?.id]);
  const replies = [all[1], all[3]].flatMap((reply) => reply ?? []);
  expect(replies.map(opsOf)).toEqual([['filter'], ['rotate']]);
  expect(replies.map(({ revision }) => revision)).toEqual([before.revision + 1, before.revision + 2]);
  const now = await current();
  expect(now.revision).toBe(before.revision + 2);
  expect(now.operations.map((operation) => (operation as { op: string }).op)).toEqual(['filter', 'rotate']);
}

async function startOver(): Promise<ProjectAnswer> {
  await session.api.json('POST', `/projects/${project.id}/edits`, {
    json: { operations: [], mode: 'replace' },
  });
  return current();
}

const TWO = ['make it black and white', 'rotate it by 90 degrees'] as const;

test('an API killed with replies pending: the next one has both answered in order, once, and tells the socket', async () => {
  const before = await current();
  const socket = await socketTo();
  // Without a worker both replies are surely pending when the API dies.
  await worker.end();
  const id = await sendTwo(socket, TWO);
  const lastSeen = Number(socket.frames.findLast(({ seq }) => seq !== undefined)?.seq);
  expect(await api.end('SIGKILL')).toBeNull();
  await socket.untilClosed();

  worker = await system.startWorker();
  api = await system.startApi({ PORT: port });
  await expectAnsweredOnce(id, before);
  const again = await socketTo();
  const resumed = await again.ask({ type: 'resume', data: { after: lastSeen } });
  expect(resumed.data['complete']).toBe(true);
  const told = again.frames.filter(({ type }) => type === 'chat.completed').map(messageOf);
  expect(told.map(opsOf)).toEqual([['filter'], ['rotate']]);
  await again.close();
});

test('a worker killed in mid-chat: another answers, and each reply comes once', async () => {
  const before = await startOver();
  const socket = await socketTo();
  const seen = socket.frames.length;
  await worker.end();
  const pondering = spawnProcess(
    'test/fixtures/processes/pondering-worker.ts',
    {
      ...inherited('PATH', 'HOME', 'TMPDIR', 'LANG'),
      ...SETTINGS,
      DATA_DIR: system.dataDir,
      [MARK]: system.dataDir,
    },
    [],
  );
  await pondering.ready;
  const id = await sendTwo(socket, TWO);
  await socket.frame('chat.delta', ({ data }) => data['text'] === 'Let me see');
  await endProcess(pondering, 'SIGKILL');
  worker = await system.startWorker();
  await expectAnsweredOnce(id, before);
  const completed = () => socket.frames.slice(seen).filter(({ type }) => type === 'chat.completed');
  await until('both to be told', () => completed().length >= 2);
  await socket.ask({ type: 'ping' });
  expect(completed().map(messageOf).map(opsOf)).toEqual([['filter'], ['rotate']]);
  await socket.close();
});

test('"export it" starts a render whose frames arrive, and job.cancel stops its FFmpeg within a second', async () => {
  const socket = await socketTo();
  const send = { type: 'chat.send', data: { projectId: project.id, content: 'export it in high quality' } };
  const { replyId } = (await socket.ask(send)).data;
  const reply = messageOf(await socket.frame('chat.completed', (frame) => messageOf(frame).id === replyId));
  expect(reply).toMatchObject({ action: 'render', status: 'completed' });
  const jobId = reply.renderJobId ?? '';
  const isIts = ({ data }: ServerFrame): boolean => data['jobId'] === jobId;
  await socket.frame('job.progress', (frame) => isIts(frame) && Number(frame.data['progress']) > 3);
  expect(encoders()).toHaveLength(1);

  const askedAt = performance.now();
  const ack = await socket.ask({ type: 'job.cancel', data: { jobId } });
  await until('FFmpeg to stop', () => encoders().length === 0);
  expect(performance.now() - askedAt).toBeLessThan(1_000);
  expect(ack).toMatchObject({ type: 'ack', data: { jobId, state: 'cancelled' } });
  await socket.frame('job.cancelled', isIts);
  const refused = await socket.ask({ type: 'job.cancel', data: { jobId } });
  expect(refused).toMatchObject({ type: 'error', data: { code: 'job_finished' } });
  expect((await session.job(jobId)).state).toBe('cancelled');
  await socket.close();
});

test('"export it" as a draft: progress on the socket to the end, and the file is there', async () => {
  const socket = await socketTo();
  await session.edit(await startOver(), [{ op: 'trim', start: 0, end: 1 }]);
  const send = { type: 'chat.send', data: { projectId: project.id, content: 'export it as a draft' } };
  const { replyId } = (await socket.ask(send)).data;
  const reply = messageOf(await socket.frame('chat.completed', (frame) => messageOf(frame).id === replyId));
  const isIts = ({ data }: ServerFrame): boolean => data['jobId'] === reply.renderJobId;
  const done = await socket.frame('job.completed', isIts);
  const percents = socket.frames
    .filter((frame) => frame.type === 'job.progress' && isIts(frame))
    .map(({ data }) => Number(data['progress']));
  expect(percents.length).toBeGreaterThan(0);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  const job = await session.api.json<JobAnswer>('GET', `/jobs/${reply.renderJobId}`);
  expect(job).toMatchObject({ state: 'completed', renderId: done.data['renderId'] });
  const { probe } = await session.download(job.renderId ?? '');
  expect(Math.abs(probe.durationSeconds - 1)).toBeLessThanOrEqual(1 / 25);
  await socket.close();
});
