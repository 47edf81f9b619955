/**
 * The audit chain: who did what, each entry's hash covering the entry before it, so that an edited, removed or reordered entry
 * shows. Entry 0 is the head: it names the newest entry, which makes a cut tail show too, and it is the row that concurrent
 * writers contend for.
 */
import { trusted } from 'mongoose';
import type { Database } from '../db/database.ts';
import type { AuditEntryRecord } from '../db/models/audit-entry.ts';

export interface AuditEvent {
  /** User id, or `system`. */
  readonly actor: string;
  /** Noun and verb: `session.created`, `video.deleted`. */
  readonly action: string;
  /** Id of what it was done to. */
  readonly subject: string;
  readonly requestId: string;
}

export interface AuditVerdict {
  readonly isIntact: boolean;
  /** Entries that were read. */
  readonly entryCount: number;
  /** The first entry that does not fit, and why. */
  readonly fault?: { readonly entry: number; readonly reason: string };
}

export interface Audit {
  /** Adds an entry in the caller's transaction, or in its own: no effect without its entry, no entry without its effect. */
  append(event: AuditEvent): Promise<void>;
  /** Reads the whole chain. Costs a pass over the collection. */
  verify(): Promise<AuditVerdict>;
}

type Store = Pick<Database, 'transaction'> & { readonly models: Pick<Database['models'], 'AuditEntry'> };
type Entry = Pick<AuditEntryRecord, '_id' | 'at' | 'previousHash'> & AuditEvent;

const HEAD = 0;
const PAGE_SIZE = 500;

/** SHA-256 over every field, in a form in which no two entries look the same. */
function hashOf(entry: Entry): string {
  const fields = [
    entry._id,
    entry.actor,
    entry.action,
    entry.subject,
    entry.requestId,
    entry.at.toISOString(),
    entry.previousHash,
  ];
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(fields)).digest('hex');
}

export function createAudit(store: Store): Audit {
  const { AuditEntry } = store.models;

  const setHead = async (count: number, hash: string, at: Date) =>
    AuditEntry.updateOne(
      { _id: HEAD },
      {
        $set: {
          actor: 'system',
          action: 'audit.head',
          subject: String(count),
          requestId: 'system',
          at,
          hash,
        },
      },
      { upsert: true },
    );

  return {
    append: async (event) =>
      store.transaction(async () => {
        const at = new Date();
        // Touching the head first makes concurrent transactions conflict here, where the engine retries them.
        const head = await AuditEntry.findOneAndUpdate({ _id: HEAD }, { $set: { at } }).lean();
        const count = Number(head?.subject ?? 0) + 1;
        const { actor, action, subject, requestId } = event;
        const entry: Entry = {
          _id: count,
          actor,
          action,
          subject,
          requestId,
          at,
          previousHash: head?.hash ?? '',
        };
        const hash = hashOf(entry);
        await AuditEntry.create({ ...entry, hash });
        await setHead(count, hash, at);
      }),
    verify: async () => verifyChain(AuditEntry),
  };
}

async function verifyChain(AuditEntry: Store['models']['AuditEntry']): Promise<AuditVerdict> {
  let previousHash = '';
  let entryCount = 0;
  const broken = (reason: string): AuditVerdict => ({
    isIntact: false,
    entryCount,
    fault: { entry: entryCount + 1, reason },
  });
  for (;;) {
    const rows = await AuditEntry.find({ _id: trusted({ $gt: entryCount }) })
      .sort({ _id: 1 })
      .limit(PAGE_SIZE)
      .lean();
    for (const entry of rows) {
      if (entry._id !== entryCount + 1) return broken('is missing');
      if (entry.previousHash !== previousHash) return broken('does not follow the entry before it');
      if (hashOf(entry) !== entry.hash) return broken('was changed');
      previousHash = entry.hash;
      entryCount++;
    }
    if (rows.length < PAGE_SIZE) break;
  }
  const head = await AuditEntry.findById(HEAD).lean();
  const expectedCount = Number(head?.subject ?? 0);
  if (expectedCount !== entryCount) return broken(`is missing: the head counts ${expectedCount} entries`);
  if ((head?.hash ?? '') !== previousHash) return broken('is not the one the head names');
  return { isIntact: true, entryCount };
}
