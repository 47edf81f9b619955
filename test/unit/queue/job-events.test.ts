import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../src/contracts/errors.ts';
import { newId } from '../../../src/contracts/ids.ts';
import type { ServerFrame } from '../../../src/contracts/realtime.ts';
import { openJobEvents } from '../../../src/modules/jobs/event-stream.ts';
import type { JobView } from '../../../src/modules/jobs/service.ts';
import { rejectionOf } from '../../fixtures/rejection.ts';

const userId = newId('user');
const jobId = newId('job');
const view: JobView = {
  id: jobId,
  kind: 'video.render',
  state: 'active',
  progress: 5,
  stage: 'rendering',
  attempts: 0,
  createdAt: '2026-11-24T09:00:00.000Z',
};
const progress = (percent: number, about: string = jobId): ServerFrame => ({
  type: 'job.progress',
  data: { jobId: about, state: 'active', progress: percent },
});

/** A user's channel that the test speaks into. */
function channel() {
  const listeners = new Set<(frame: ServerFrame) => void>();
  return {
    listeners,
    say: (frame: ServerFrame) => {
      for (const listener of listeners) listener(frame);
    },
    subscribe: (_user: string, listener: (frame: ServerFrame) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    listening: async () => {},
  };
}

/** Type and progress of each event. */
async function eventsIn(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const text = await new Response(stream).text();
  return [...text.matchAll(/^event: (.+)\ndata: .*"progress":(\d+)/gm)].map(
    (match) => `${match[1]} ${match[2]}`,
  );
}

const open = async (realtime: ReturnType<typeof channel>, get: () => Promise<JobView> = async () => view) =>
  openJobEvents({ service: { get }, realtime, userId, jobId, keepAliveMs: 5 });

describe('the events of a job', () => {
  test('miss no change that falls between listening and looking', async () => {
    const realtime = channel();
    const stream = await open(realtime, async () => {
      realtime.say(progress(6));
      return view;
    });
    realtime.say(progress(7));
    realtime.say(progress(99, 'job_of_another'));
    realtime.say({ type: 'video.updated', data: { jobId, state: 'completed' } });
    realtime.say({ type: 'job.completed', data: { jobId, state: 'completed', progress: 100 } });
    expect(await eventsIn(stream)).toEqual([
      'job 5',
      'job.progress 6',
      'job.progress 7',
      'job.completed 100',
    ]);
    expect(realtime.listeners.size).toBe(0);
  });

  test('say nothing loudly while nothing happens, so that nobody cuts the line', async () => {
    const realtime = channel();
    const reader = (await open(realtime)).getReader();
    const decoder = new TextDecoder();
    let text = '';
    while (!text.includes(': keep-alive\n\n: keep-alive\n\n'))
      text += decoder.decode((await reader.read()).value);
    await reader.cancel();
    expect(realtime.listeners.size).toBe(0);
    // What is said after the reader has gone reaches nobody and breaks nothing.
    realtime.say(progress(50));
  });

  test('of a job that is not there are refused, and nobody listens on', async () => {
    const realtime = channel();
    const error = await rejectionOf(open(realtime, async () => Promise.reject(new AppError('not_found'))));
    expect(error).toMatchObject({ code: 'not_found' });
    expect(realtime.listeners.size).toBe(0);
  });
});
