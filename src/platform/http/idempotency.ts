/**
 * `Idempotency-Key` (D7): a repeated POST has its effect once and gets the first answer again. A row claims the key before
 * the work; the answer is written in the work's own transaction, so that effect and answer stand or fall together.
 */
import { ElysiaCustomStatusResponse } from 'elysia';
import { AppError } from '../../contracts/errors.ts';
import { trusted } from 'mongoose';
import type { Database } from '../db/database.ts';

/** Where keys are kept. */
export type IdempotencyStore = Pick<Database, 'transaction'> & {
  readonly models: Pick<Database['models'], 'IdempotencyKey'>;
};

interface KeyedRequest {
  readonly request: Request;
  /** The matched pattern. */
  readonly route: string;
  /** The parsed body; undefined for a raw one, whose length and type stand for it. */
  readonly body: unknown;
  readonly userId: string;
  /** The answer's status unless `work` returns `status(…)`. */
  readonly set: { readonly status?: number | string };
}

/**
 * Runs `work` in one database transaction together with the note of its answer. When the key was used before, the first answer is given
 * again (as a `Response`, typed as what `work` returns). Without an `Idempotency-Key` it only runs `work`, in a transaction.
 * @throws AppError bad_request (form of the key), idempotency_in_flight, idempotency_mismatch
 */
export type Once = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Like `once`, for work too long for a transaction (an upload): `work` gets `settle`, and calls it inside the transaction that
 * ends the work: `db.transaction(async () => settle(status(201, ok(await …))))`.
 */
export type OnceLong = <T>(work: (settle: (answer: T) => Promise<T>) => Promise<T>) => Promise<T>;

/** A claim that is not renewed for this long belongs to a process that died: nothing was committed, the work may run again. */
const CLAIM_MS = 60_000;
const CLAIM_TRIES = 5;
/** Answers are repeated for this long. */
const KEPT_MS = 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;
const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

const sha256 = (text: string): string => new Bun.CryptoHasher('sha256').update(text).digest('hex');

function sortedKeys(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}

/** What makes two requests the same: their target and their content, whatever the order of fields. */
function requestHash({ request, body }: KeyedRequest): string {
  const { pathname, search } = new URL(request.url);
  const content =
    body === undefined || body === null
      ? [
          request.headers.get('content-type')?.split(';')[0] ?? '',
          request.headers.get('content-length') ?? '',
        ]
      : body;
  return sha256(JSON.stringify([request.method, pathname, search, content], sortedKeys));
}

function readKey(headers: Headers): string | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (!KEY_FORM.test(key))
    throw new AppError('bad_request', 'Idempotency-Key must be 1 to 255 printable ASCII characters');
  return key;
}

const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 11_000;

const repeated = (status: number, body: string): Response =>
  new Response(body, {
    status,
    headers: { 'content-type': 'application/json', 'idempotent-replayed': 'true' },
  });

function readAnswer(answer: unknown, set: KeyedRequest['set']): { status: number; body: string } {
  if (answer instanceof Response) throw new Error('An idempotent route must return a value, not a Response');
  if (answer instanceof ElysiaCustomStatusResponse)
    return { status: Number(answer.code), body: JSON.stringify(answer.response) };
  return { status: Number(set.status ?? 200), body: JSON.stringify(answer) };
}

interface Claim {
  readonly id: string;
  lockedUntil: Date;
}

/** Forgets keys (and used tickets, which live beside them) once their answers are no longer repeated. @returns how many */
export async function sweepIdempotencyKeys(
  { IdempotencyKey }: IdempotencyStore['models'],
  now: Date,
): Promise<number> {
  const before = new Date(now.getTime() - KEPT_MS);
  return (await IdempotencyKey.deleteMany({ createdAt: trusted({ $lt: before }) })).deletedCount;
}

function createClaims({ IdempotencyKey }: IdempotencyStore['models']) {
  async function tryClaim(id: string, userId: string, hash: string): Promise<Claim | Response | undefined> {
    const lockedUntil = new Date(Date.now() + CLAIM_MS);
    try {
      await IdempotencyKey.create({ _id: id, userId, requestHash: hash, state: 'running', lockedUntil });
      return { id, lockedUntil };
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
    const row = await IdempotencyKey.findById(id).lean();
    if (row === null) return undefined;
    if (row.createdAt.getTime() + KEPT_MS < Date.now()) {
      await IdempotencyKey.deleteOne({ _id: id, createdAt: row.createdAt });
      return undefined;
    }
    if (row.requestHash !== hash)
      throw new AppError('idempotency_mismatch', 'This Idempotency-Key came with another request before');
    if (row.state === 'done') return repeated(row.status ?? 200, row.body ?? '');
    if (row.lockedUntil.getTime() > Date.now())
      throw new AppError('idempotency_in_flight', undefined, { retryAfterSeconds: 1 });
    const taken = await IdempotencyKey.updateOne(
      { _id: id, state: 'running', lockedUntil: row.lockedUntil },
      { $set: { lockedUntil } },
    );
    return taken.modifiedCount === 1 ? { id, lockedUntil } : undefined;
  }

  return {
    /** The key for this request, or the answer to repeat. */
    async claim(id: string, userId: string, hash: string): Promise<Claim | Response> {
      for (let tries = 0; tries < CLAIM_TRIES; tries++) {
        const claimed = await tryClaim(id, userId, hash);
        if (claimed !== undefined) return claimed;
      }
      throw new AppError('idempotency_in_flight', undefined, { retryAfterSeconds: 1 });
    },
    /** Notes the answer; call it inside the transaction of the effect, which a lost claim rolls back. */
    async settle(claim: Claim, answer: { status: number; body: string }): Promise<void> {
      const settled = await IdempotencyKey.updateOne(
        { _id: claim.id, state: 'running', lockedUntil: claim.lockedUntil },
        { $set: { state: 'done', ...answer } },
      );
      if (settled.matchedCount === 0)
        throw new AppError('idempotency_in_flight', 'Another request took over this Idempotency-Key');
    },
    /** Frees the key of work that failed: a repeat runs it again. */
    async release(claim: Claim): Promise<void> {
      await IdempotencyKey.deleteOne({ _id: claim.id, state: 'running', lockedUntil: claim.lockedUntil });
    },
    async renew(claim: Claim): Promise<void> {
      const lockedUntil = new Date(Date.now() + CLAIM_MS);
      const renewed = await IdempotencyKey.updateOne(
        { _id: claim.id, state: 'running', lockedUntil: claim.lockedUntil },
        { $set: { lockedUntil } },
      );
      if (renewed.modifiedCount === 1) claim.lockedUntil = lockedUntil;
    },
  };
}

/** Gives each request of an idempotent route its `once` and `onceLong`. */
export function createIdempotency(store: IdempotencyStore) {
  const claims = createClaims(store.models);
  let sweptAtMs = Date.now();

  /** Each process sweeps once an hour while keys come in; a failed sweep is made up for by the next. */
  const sweepNowAndThen = (): void => {
    if (Date.now() - sweptAtMs < SWEEP_EVERY_MS) return;
    sweptAtMs = Date.now();
    void sweepIdempotencyKeys(store.models, new Date()).catch(() => undefined);
  };

  async function held<T>(keyed: KeyedRequest, work: (claim: Claim | undefined) => Promise<T>): Promise<T> {
    const key = readKey(keyed.request.headers);
    if (key === undefined) return work(undefined);
    sweepNowAndThen();
    const id = sha256(JSON.stringify([keyed.userId, keyed.request.method, keyed.route, key]));
    const claim = await claims.claim(id, keyed.userId, requestHash(keyed));
    if (claim instanceof Response) return claim as T;
    try {
      return await work(claim);
    } catch (error) {
      // A claim that cannot be released frees itself after CLAIM_MS; the reader needs the first error.
      await claims.release(claim).catch(() => undefined);
      throw error;
    }
  }

  return (keyed: KeyedRequest): { once: Once; onceLong: OnceLong } => {
    const settled = async <T>(claim: Claim | undefined, answer: T): Promise<T> => {
      if (claim !== undefined) await claims.settle(claim, readAnswer(answer, keyed.set));
      return answer;
    };
    return {
      once: async (work) =>
        held(keyed, async (claim) => store.transaction(async () => settled(claim, await work()))),
      onceLong: async (work) =>
        held(keyed, async (claim) => {
          const renewal =
            claim === undefined
              ? undefined
              : setInterval(() => void claims.renew(claim).catch(() => undefined), CLAIM_MS / 3);
          try {
            return await work(async (answer) => settled(claim, answer));
          } finally {
            clearInterval(renewal);
          }
        }),
    };
  };
}
