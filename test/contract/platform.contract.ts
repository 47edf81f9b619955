import { describe, expect, test } from 'bun:test';
import { newId } from '../../src/contracts/ids.ts';
import { createAudit } from '../../src/platform/audit/audit.ts';
import { createIdempotency, sweepIdempotencyKeys } from '../../src/platform/http/idempotency.ts';
import { rejectionOf } from '../fixtures/rejection.ts';
import { type Engine, outcomesOf } from './engine.ts';

export function platformContract(engine: Engine): void {
  describe('idempotency keys', () => {
    const keyed = (key: string, body: unknown = { name: 'a' }, userId = 'usr_1') =>
      createIdempotency(engine.db)({
        request: new Request('http://host/things', { method: 'POST', headers: { 'idempotency-key': key } }),
        route: '/things',
        body,
        userId,
        set: { status: 201 },
      });

    test('give the first answer again, and an effect only once', async () => {
      const key = crypto.randomUUID();
      const userId = newId('user');
      const work = async () => {
        await engine.db.models.Conversation.create({ _id: newId('conversation'), userId, title: 'made' });
        return { made: 1 };
      };
      expect(await keyed(key).once(work)).toEqual({ made: 1 });
      const repeated: unknown = await keyed(key).once<unknown>(work);
      if (!(repeated instanceof Response)) throw new Error('expected the kept answer');
      expect([repeated.status, await repeated.json()]).toEqual([201, { made: 1 }]);
      expect(await engine.db.models.Conversation.countDocuments({ userId })).toBe(1);
      expect(await rejectionOf(keyed(key, { name: 'b' }).once(work))).toMatchObject({
        code: 'idempotency_mismatch',
      });
    });

    test('of work that failed are free again, and its effect is undone', async () => {
      const key = crypto.randomUUID();
      const userId = newId('user');
      const work = async () => {
        await engine.db.models.Conversation.create({ _id: newId('conversation'), userId, title: 'made' });
        throw new Error('failed');
      };
      for (let tries = 0; tries < 2; tries++)
        expect(await rejectionOf(keyed(key).once(work))).toMatchObject({ message: 'failed' });
      expect(await engine.db.models.Conversation.countDocuments({ userId })).toBe(0);
    });

    test('let one of many callers through', async () => {
      const key = crypto.randomUUID();
      let runs = 0;
      const gate = Promise.withResolvers<void>();
      const calls = Array.from({ length: 8 }, async () =>
        keyed(key).onceLong<unknown>(async (settle) => {
          runs++;
          await gate.promise;
          return engine.db.transaction(async () => settle({ done: true }));
        }),
      );
      const others = Promise.allSettled(calls).then((all) => all.length);
      await Promise.any(calls.map(async (call) => rejectionOf(call)));
      gate.resolve();
      await others;
      const { resolved, codes } = await outcomesOf(calls);
      expect(runs).toBe(1);
      expect(resolved).toBeGreaterThanOrEqual(1);
      expect(new Set(codes)).toEqual(new Set(['idempotency_in_flight']));
    });

    test('are swept when old', async () => {
      const key = crypto.randomUUID();
      await keyed(key).once(async () => ({ ok: true }));
      const late = new Date(Date.now() + 25 * 3_600_000);
      expect(await sweepIdempotencyKeys(engine.db.models, new Date())).toBe(0);
      expect(await sweepIdempotencyKeys(engine.db.models, late)).toBeGreaterThan(0);
    });
  });

  describe('the audit chain', () => {
    const event = { actor: 'usr_1', action: 'video.deleted', subject: 'vid_1', requestId: 'req' };

    test('has no gap after 30 appends at once on two connections, and shows a change', async () => {
      const before = (await createAudit(engine.db).verify()).entryCount;
      const second = await engine.connectAgain();
      const audits = [createAudit(engine.db), createAudit(second)];
      const done = await outcomesOf(
        Array.from({ length: 30 }, async (_, n) => audits[n % 2]?.append({ ...event, subject: `vid_${n}` })),
      );
      await second.close();
      expect(done).toEqual({ resolved: 30, codes: [] });
      expect(await createAudit(engine.db).verify()).toEqual({ isIntact: true, entryCount: before + 30 });
      const { AuditEntry } = engine.db.models;
      await AuditEntry.updateOne({ _id: before + 3 }, { $set: { actor: 'usr_2' } });
      expect((await createAudit(engine.db).verify()).fault?.entry).toBe(before + 3);
      await AuditEntry.updateOne({ _id: before + 3 }, { $set: { actor: event.actor } });
    });

    test('takes an entry back with its transaction', async () => {
      const audit = createAudit(engine.db);
      const { entryCount } = await audit.verify();
      await rejectionOf(
        engine.db.transaction(async () => {
          await audit.append(event);
          throw new Error('undone');
        }),
      );
      expect(await audit.verify()).toEqual({ isIntact: true, entryCount });
    });
  });

  describe('transactions', () => {
    const userId = newId('user');
    const add = async (title: string) =>
      engine.db.models.Conversation.create({ _id: newId('conversation'), userId, title });
    const count = async () => engine.db.models.Conversation.countDocuments({ userId });

    test('see their own writes, and a transaction inside one stands or falls with it', async () => {
      await rejectionOf(
        engine.db.transaction(async () => {
          await engine.db.transaction(async () => add('inner'));
          expect(await count()).toBe(1);
          throw new Error('the outer one fails');
        }),
      );
      expect(await count()).toBe(0);
    });

    test('signal after the commit, in order', async () => {
      const order: string[] = [];
      await engine.db.transaction(async () => {
        engine.db.afterCommit(() => order.push('first'));
        await add('kept');
        await engine.db.transaction(async () => engine.db.afterCommit(() => order.push('second')));
        order.push('work');
      });
      expect(order).toEqual(['work', 'first', 'second']);
      expect(await count()).toBe(1);
    });
  });
}
