import { describe, expect, test } from 'bun:test';
import { newId } from '../../src/contracts/ids.ts';
import { createJobRepository } from '../../src/modules/jobs/repository.ts';
import { rejectionOf } from '../fixtures/rejection.ts';
import type { Engine } from './engine.ts';

export function jobsContract(engine: Engine): void {
  const jobs = () => createJobRepository(engine.db.models);
  const insert = async (userId = newId('user')) =>
    jobs().insert<'cleanup.objects'>({
      _id: newId('job'),
      userId,
      kind: 'cleanup.objects',
      queue: 'cleanup',
      lane: 'bulk',
      region: 'local',
      state: 'queued',
      subject: { videoId: newId('video') },
      payload: { keys: ['a.b/$c', ''], prefixes: [] },
      progress: { percent: 0, stage: 'waiting' },
      attempts: 0,
      crashes: 0,
      fence: { generation: 1, delivery: 0 },
      requestId: 'req',
    });

  describe('jobs', () => {
    test('are read as they were written', async () => {
      const job = await insert();
      const expected: unknown = job;
      expect((await jobs().find(job._id)) as unknown).toEqual(expected);
      expect(await jobs().findOwn(newId('user'), job._id)).toBeUndefined();
      expect((await jobs().findMany([job._id, newId('job')])).map(({ _id }) => _id)).toEqual([job._id]);
    });

    test('leave a state once, and lose the fields that a change removes', async () => {
      const { _id } = await insert();
      const job = await jobs().find(_id);
      if (job === undefined) throw new Error('it is gone');
      const moved = await Promise.all(
        Array.from({ length: 10 }, async (_, n) =>
          jobs().move(job, {
            state: 'active',
            workerId: `worker ${n}`,
            fence: { generation: 1, delivery: n + 1 },
          }),
        ),
      );
      const active = moved.find((row) => row !== undefined);
      expect(moved.filter((row) => row !== undefined)).toHaveLength(1);
      if (active === undefined) return;
      const ended = await jobs().move(active, {
        state: 'failed',
        workerId: undefined,
        failure: { code: 'internal', message: 'x', isRetryable: false },
        finishedAt: new Date(),
      });
      expect(Object.keys(ended ?? {})).not.toContain('workerId');
      expect(ended).toMatchObject({ state: 'failed', fence: active.fence });
      expect(ended === undefined ? undefined : await jobs().move(ended, { state: 'queued' })).toBeUndefined();
    });

    test('are listed, counted and found quiet', async () => {
      const userId = newId('user');
      const made = [await insert(userId), await insert(userId), await insert(userId)];
      const filter = { state: 'queued', kind: 'cleanup.objects' } as const;
      const listing = { userId, filter, limit: 2, skip: 1 };
      const newestFirst = made.map(({ _id }) => _id).toReversed();
      expect((await jobs().list(listing)).map(({ _id }) => _id)).toEqual(newestFirst.slice(1));
      expect(await jobs().count(userId, filter)).toBe(3);
      const [first, second] = made;
      if (first === undefined || second === undefined) return;
      const soon = new Date(Date.now() + 60_000);
      const quiet = await jobs().listQuiet(soon, first._id, 1);
      expect(quiet.map(({ _id }) => _id)).toEqual([second._id]);
      expect(await jobs().listQuiet(new Date(0), undefined, 5)).toEqual([]);
    });
  });

  describe('dispatches', () => {
    test('come due in order, once each, and are settled with where they went', async () => {
      const { _id: jobId } = await insert();
      const now = Date.now();
      await jobs().addDispatch({ jobId, generation: 2, dueAt: new Date(now - 86_400_000) });
      await jobs().addDispatch({ jobId, generation: 1, dueAt: new Date(now - 172_800_000) });
      await jobs().addDispatch({ jobId, generation: 3, dueAt: new Date(now + 86_400_000) });
      const again = jobs().addDispatch({ jobId, generation: 1, dueAt: new Date() });
      expect(Reflect.get((await rejectionOf(again)) as Error, 'code')).toBe(11_000);
      const due = (await jobs().listDue(new Date(now), 100)).filter((row) => row.jobId === jobId);
      expect(due.map((row) => row.generation)).toEqual([1, 2]);
      expect((await jobs().nextDueAt())?.getTime()).toBe(now - 172_800_000);
      await engine.db.transaction(async () =>
        jobs().settleDispatches(due.map((row) => ({ row, streamId: `${row.generation}-0` }))),
      );
      expect((await jobs().find(jobId))?.streamId).toBe('1-0');
      expect(await jobs().hasDispatch(jobId)).toBe(true);
      await jobs().removeDispatches(jobId);
      expect(await jobs().hasDispatch(jobId)).toBe(false);
      expect(await jobs().countOverdue(new Date(now - 100_000_000))).toBe(0);
    });

    test('are owed with their job or not at all', async () => {
      let jobId: Awaited<ReturnType<typeof insert>>['_id'] | undefined;
      let signals = 0;
      const failing = engine.db.transaction(async () => {
        ({ _id: jobId } = await insert());
        await jobs().addDispatch({ jobId, generation: 1, dueAt: new Date() });
        engine.db.afterCommit(() => void signals++);
        throw new Error('refused');
      });
      await rejectionOf(failing);
      if (jobId === undefined) throw new Error('the work did not run');
      expect([await jobs().find(jobId), await jobs().hasDispatch(jobId), signals]).toEqual([
        undefined,
        false,
        0,
      ]);
    });
  });
}
