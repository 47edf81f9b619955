/** The audit chain finds what was edited, removed, reordered or cut off (H172), and no writer makes a gap. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createAudit } from '../../../src/platform/audit/audit.ts';
import { connectDatabase, type Database } from '../../../src/platform/db/database.ts';
import { type TempFolder, tempFolder } from '../../fixtures/temp-folder.ts';

let folder: TempFolder;
let db: Database;
beforeEach(async () => {
  folder = tempFolder();
  db = await connectDatabase(`sqlite:${folder.path}/audit.db`);
});
afterEach(async () => {
  await db.close();
  folder[Symbol.dispose]();
});

const event = (subject: string) => ({ actor: 'usr_1', action: 'video.deleted', subject, requestId: 'req' });

async function chainOf(length: number) {
  const audit = createAudit(db);
  for (let index = 1; index <= length; index++) await audit.append(event(`vid_${index}`));
  return audit;
}

describe('the chain', () => {
  test('is intact when nobody touched it, empty or long', async () => {
    expect(await createAudit(db).verify()).toEqual({ isIntact: true, entryCount: 0 });
    const audit = await chainOf(520);
    expect(await audit.verify()).toEqual({ isIntact: true, entryCount: 520 });
  });

  const tamperings: readonly [what: string, tamper: (db: Database) => Promise<unknown>, entry: number][] = [
    [
      'an edited subject',
      async ({ models }) => models.AuditEntry.updateOne({ _id: 3 }, { $set: { subject: 'vid_x' } }),
      3,
    ],
    [
      'an edited time',
      async ({ models }) => models.AuditEntry.updateOne({ _id: 2 }, { $set: { at: new Date(0) } }),
      2,
    ],
    [
      'an edited hash',
      async ({ models }) => models.AuditEntry.updateOne({ _id: 4 }, { $set: { hash: 'f'.repeat(64) } }),
      4,
    ],
    ['a removed entry', async ({ models }) => models.AuditEntry.deleteOne({ _id: 3 }), 3],
    ['a removed first entry', async ({ models }) => models.AuditEntry.deleteOne({ _id: 1 }), 1],
    ['a removed last entry', async ({ models }) => models.AuditEntry.deleteOne({ _id: 5 }), 5],
    ['a removed head', async ({ models }) => models.AuditEntry.deleteOne({ _id: 0 }), 6],
    [
      'two entries exchanged',
      async ({ models }) => {
        const [second, third] = [
          await models.AuditEntry.findById(2).lean(),
          await models.AuditEntry.findById(3).lean(),
        ];
        if (second === null || third === null) throw new Error('the entries are not there');
        const { _id: _second, ...a } = second;
        const { _id: _third, ...b } = third;
        await models.AuditEntry.updateOne({ _id: 2 }, { $set: b });
        await models.AuditEntry.updateOne({ _id: 3 }, { $set: a });
      },
      2,
    ],
  ];
  for (const [what, tamper, entry] of tamperings)
    test(`shows ${what}`, async () => {
      const audit = await chainOf(5);
      await tamper(db);
      const verdict = await audit.verify();
      expect([verdict.isIntact, verdict.fault?.entry]).toEqual([false, entry]);
    });
});

describe('appending', () => {
  test('60 at once over two connections make 60 entries without a gap', async () => {
    const other = await connectDatabase(`sqlite:${folder.path}/audit.db`);
    const audits = [createAudit(db), createAudit(other)];
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => audits[index % 2]?.append(event(`vid_${index}`))),
    );
    expect(await createAudit(db).verify()).toEqual({ isIntact: true, entryCount: 60 });
    await other.close();
  });

  test('is undone with the transaction it stands in', async () => {
    const audit = await chainOf(2);
    const failing = db.transaction(async () => {
      await audit.append(event('vid_never'));
      throw new Error('rolled back');
    });
    expect(failing).rejects.toThrow('rolled back');
    await failing.catch(() => undefined);
    await audit.append(event('vid_3'));
    expect(await audit.verify()).toEqual({ isIntact: true, entryCount: 3 });
  });
});
