import { describe, expect, test } from 'bun:test';
import { newId } from '../../../src/contracts/ids.ts';
import type { JobMessage, WorkerEvent } from '../../../src/contracts/jobs.ts';
import { createReporter } from '../../../workers/reporter.ts';

const message: JobMessage = {
  jobId: newId('job'),
  kind: 'ai.chat',
  userId: newId('user'),
  generation: 2,
  payload: { keys: [], prefixes: [] },
  requestId: 'req',
  enqueuedAt: '',
};

function reporting(write: (event: WorkerEvent) => Promise<void> = async () => {}) {
  const sent: WorkerEvent[] = [];
  const lost: unknown[] = [];
  const reporter = createReporter({
    claim: { message, fence: { generation: 2, delivery: 3 } },
    events: {
      write: async (event) => {
        await write(event);
        sent.push(event);
      },
    },
    workerId: 'wrk',
    region: 'ams',
    onLost: (error) => lost.push(error),
  });
  return { reporter, sent, lost };
}

describe('what a running job reports', () => {
  test('carries the job, its fence, its worker and the request', async () => {
    const { reporter, sent } = reporting();
    reporter.report({ type: 'started' });
    await reporter.close();
    expect(sent[0]).toMatchObject({
      type: 'started',
      jobId: message.jobId,
      fence: { generation: 2, delivery: 3 },
      workerId: 'wrk',
      region: 'ams',
      requestId: 'req',
    });
  });

  test('is the first progress at once, a new stage at once, and of the rest the newest', async () => {
    const { reporter, sent } = reporting();
    for (let percent = 0; percent <= 50; percent += 1) reporter.progress({ percent, stage: 'rendering' });
    reporter.progress({ percent: 96, stage: 'checking' });
    reporter.progress({ percent: 97, stage: 'checking' });
    await reporter.close();
    expect(sent.map((event) => (event.type === 'progress' ? event.progress.percent : event.type))).toEqual([
      0, 96, 97,
    ]);
  });

  test('loses no letter of a reply and numbers its pieces', async () => {
    const { reporter, sent } = reporting();
    const [first, second] = [newId('message'), newId('message')];
    for (const letter of 'hello') reporter.delta(first, letter);
    for (const letter of 'world') reporter.delta(second, letter);
    reporter.delta(second, '');
    await reporter.close();
    expect(
      sent.map((event) => (event.type === 'delta' ? [event.messageId, event.text, event.index] : event.type)),
    ).toEqual([
      [first, 'hello', 0],
      [second, 'world', 1],
    ]);
  });

  test('keeps its order though some are lost, and nothing follows its close', async () => {
    let count = 0;
    const { reporter, sent, lost } = reporting(async () => {
      count += 1;
      if (count === 2) throw new Error('Redis is away');
    });
    reporter.report({ type: 'started' });
    reporter.report({ type: 'heartbeat' });
    reporter.progress({ percent: 1, stage: 'thinking' });
    await reporter.close();
    reporter.report({ type: 'heartbeat' });
    reporter.progress({ percent: 2, stage: 'thinking' });
    reporter.delta(newId('message'), 'late');
    await reporter.close();
    expect(sent.map(({ type }) => type)).toEqual(['started', 'progress']);
    expect(lost).toHaveLength(1);
  });
});
