import { describe, expect, test } from 'bun:test';
import { assert, constantFrom, integer, property, record } from 'fast-check';
import { newId } from '../../../src/contracts/ids.ts';
import {
  compareFences,
  type Fence,
  JOB_STATES,
  type JobFailure,
  TERMINAL_STATES,
  type WorkerEvent,
} from '../../../src/contracts/jobs.ts';
import { decideMove, type Move } from '../../../src/modules/jobs/decide-move.ts';
import type { JobRecord } from '../../../src/platform/db/models/job.ts';

const NOW = new Date('2026-11-24T09:00:00.000Z');
const at = { now: NOW, random: 0.5 };
const jobId = newId('job');
const userId = newId('user');

function jobWith(fields: Partial<JobRecord> = {}): JobRecord {
  return {
    _id: jobId,
    userId,
    kind: 'cleanup.objects',
    queue: 'cleanup',
    lane: 'bulk',
    region: 'local',
    state: 'queued',
    subject: {},
    payload: { keys: [], prefixes: [] },
    progress: { percent: 0, stage: 'waiting' },
    attempts: 0,
    crashes: 0,
    fence: { generation: 1, delivery: 0 },
    requestId: 'req',
    createdAt: NOW,
    updatedAt: NOW,
    ...fields,
  };
}

type Body = {
  [T in WorkerEvent['type']]: Omit<Extract<WorkerEvent, { type: T }>, keyof typeof base>;
}[WorkerEvent['type']];
const base = {
  jobId,
  userId,
  kind: 'cleanup.objects',
  workerId: 'wrk',
  region: 'local',
  requestId: 'req',
  at: NOW.toISOString(),
  fence: { generation: 1, delivery: 1 },
} as const;
const eventWith = (body: Body, fence: Fence = base.fence) => ({ ...base, ...body, fence }) as WorkerEvent;

const retryable: JobFailure = { code: 'render_failed', message: 'no', isRetryable: true };
const final: JobFailure = { code: 'not_a_video', message: 'no', isRetryable: false };
const bodies: readonly Body[] = [
  { type: 'started' },
  { type: 'heartbeat' },
  { type: 'progress', progress: { percent: 10, stage: 'rendering' } },
  { type: 'delta', messageId: newId('message'), text: 'x', index: 0 },
  { type: 'released' },
  { type: 'completed', result: { deletedCount: 1 } },
  { type: 'failed', failure: retryable },
  { type: 'failed', failure: final },
];
const anyBody = constantFrom(...bodies);
const anyFence = record({
  generation: integer({ min: 1, max: 5 }),
  delivery: integer({ min: 0, max: 5 }),
});
const changesOf = (move: Move) => (move.type === 'ignore' ? undefined : move.changes);

describe('a worker report', () => {
  test('changes nothing once the job has ended, whatever it says', () => {
    assert(
      property(constantFrom(...TERMINAL_STATES), anyBody, anyFence, (state, body, fence) => {
        const move = decideMove(
          jobWith({ state, fence: { generation: 1, delivery: 0 } }),
          eventWith(body, fence),
          at,
        );
        return move.type === 'ignore';
      }),
    );
  });

  test('changes nothing when its fence is older than the job’s, or of a dispatch that never was', () => {
    const anyCase = record({
      state: constantFrom(...JOB_STATES),
      body: anyBody,
      own: anyFence,
      fence: anyFence,
    });
    assert(
      property(anyCase, ({ state, body, own, fence }) => {
        const move = decideMove(jobWith({ state, fence: own }), eventWith(body, fence), at);
        const isOld = compareFences(fence, own) < 0 || fence.generation > own.generation;
        return !isOld || move.type === 'ignore';
      }),
    );
  });

  test('of a job that is not there changes nothing', () => {
    expect(decideMove(undefined, eventWith({ type: 'started' }), at)).toEqual({
      type: 'ignore',
      reason: 'unknown',
    });
  });

  test('never lowers the fence', () => {
    assert(
      property(anyBody, anyFence, anyFence, (body, own, fence) => {
        const move = decideMove(jobWith({ state: 'active', fence: own }), eventWith(body, fence), at);
        const next = changesOf(move)?.fence;
        return next === undefined || compareFences(next, own) >= 0;
      }),
    );
  });
});

describe('a started report', () => {
  test('makes the job active and remembers when it began first', () => {
    const move = decideMove(jobWith(), eventWith({ type: 'started' }), at);
    expect(move).toMatchObject({
      type: 'advance',
      isStart: true,
      changes: { state: 'active', startedAt: NOW, crashes: 0 },
    });
    const earlier = new Date(0);
    const again = decideMove(jobWith({ startedAt: earlier }), eventWith({ type: 'started' }), at);
    expect(changesOf(again)?.startedAt).toBe(earlier);
  });

  test.each([
    { what: 'a worker that died silently', state: 'active', heardOf: 1, next: 2, crashes: 1 },
    {
      what: 'two workers that died before we heard of them',
      state: 'queued',
      heardOf: 0,
      next: 3,
      crashes: 2,
    },
    { what: 'no worker that handed the job back', state: 'queued', heardOf: 1, next: 2, crashes: 0 },
    { what: 'one that died after one that handed back', state: 'queued', heardOf: 1, next: 3, crashes: 1 },
  ] as const)('counts $what', ({ state, heardOf, next, crashes }) => {
    const job = jobWith({ state, fence: { generation: 1, delivery: heardOf } });
    const move = decideMove(job, eventWith({ type: 'started' }, { generation: 1, delivery: next }), at);
    expect(changesOf(move)?.crashes).toBe(crashes);
  });

  test('of a job that has lost its worker too often fails it and stops the worker', () => {
    const job = jobWith({ state: 'active', crashes: 4, fence: { generation: 2, delivery: 1 } });
    const move = decideMove(job, eventWith({ type: 'started' }, { generation: 2, delivery: 2 }), at);
    expect(move).toMatchObject({
      type: 'fail',
      stopsWorker: true,
      failure: { code: 'worker_lost' },
      changes: { state: 'failed', crashes: 5, finishedAt: NOW },
    });
  });
});

describe('a failed report', () => {
  const running = jobWith({ state: 'active', fence: base.fence });

  test('that may pass is tried again later under a new generation', () => {
    const move = decideMove(running, eventWith({ type: 'failed', failure: retryable }), at);
    expect(move).toMatchObject({
      type: 'retry',
      generation: 2,
      dueAt: new Date(NOW.getTime() + 500),
      changes: { state: 'retrying', attempts: 1, fence: { generation: 2, delivery: 0 } },
    });
  });

  test('that may pass is final on the last attempt and keeps its reason', () => {
    const move = decideMove(
      { ...running, attempts: 9 },
      eventWith({ type: 'failed', failure: retryable }),
      at,
    );
    expect(move).toMatchObject({
      type: 'fail',
      failure: retryable,
      changes: { state: 'failed', attempts: 10 },
    });
  });

  test('that will not pass is final at once', () => {
    const move = decideMove(running, eventWith({ type: 'failed', failure: final }), at);
    expect(move).toMatchObject({ type: 'fail', failure: final, changes: { state: 'failed', attempts: 1 } });
  });
});

describe('progress', () => {
  const percentAfter = (percent: number) =>
    changesOf(
      decideMove(jobWith(), eventWith({ type: 'progress', progress: { percent, stage: 'rendering' } }), at),
    )?.progress?.percent;

  test('stays between 0 and 100 whatever the worker says', () => {
    expect([-1, 50, 250, Number.NaN, Number.POSITIVE_INFINITY].map(percentAfter)).toEqual([0, 50, 100, 0, 0]);
  });
});

test('a delta need not be written when the job has just been heard of', () => {
  const body = { type: 'delta', messageId: newId('message'), text: 'x', index: 1 } as const;
  const heard = jobWith({ state: 'active', fence: base.fence, lastSeenAt: new Date(NOW.getTime() - 200) });
  expect(changesOf(decideMove(heard, eventWith(body), at))).toEqual({});
  const silent = { ...heard, lastSeenAt: new Date(NOW.getTime() - 1_500) };
  expect(changesOf(decideMove(silent, eventWith(body), at))).toMatchObject({ lastSeenAt: NOW });
});

test('a completed report ends the job with its result', () => {
  const move = decideMove(
    jobWith({ state: 'active', failure: retryable }),
    eventWith({ type: 'completed', result: { deletedCount: 3 } }),
    at,
  );
  expect(move).toMatchObject({
    type: 'complete',
    changes: { state: 'completed', result: { deletedCount: 3 }, progress: { percent: 100, stage: 'done' } },
  });
  expect(changesOf(move)?.failure).toBeUndefined();
});
