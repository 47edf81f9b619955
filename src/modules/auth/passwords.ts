/** Hashing and checking of passwords: argon2id for new ones, bcrypt of imported accounts until their next login. */
import { AppError } from '../../contracts/errors.ts';

/** OWASP's first choice for argon2id beside 46 MiB/1: 19 MiB, two passes, one lane; about 20 ms of one core. */
const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;
const CURRENT_FORM = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;
const BCRYPT_FORM = /^\$2[aby]\$/;
const BCRYPT_MAX_BYTES = 72;

/** Each running hash holds 19 MiB and a thread: more than this many wait. */
const RUNNING_MAX = 8;
/** More than this many waiting are refused, so that a flood of logins cannot pile up. */
const WAITING_MAX = 256;

export interface Passwords {
  /** @throws AppError unavailable when too many are waiting */
  hash(password: string): Promise<string>;
  /** True when the password fits. A hash of unknown form fits nothing. */
  verify(password: string, hash: string): Promise<boolean>;
  /** Takes as long as `verify` of an account that exists, and is always false. */
  verifyNobody(password: string): Promise<false>;
  /** True when the hash should be made anew at the next login. */
  isOutdated(hash: string): boolean;
}

/** Runs at most RUNNING_MAX tasks at once, in order. */
function createTurnstile() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(task: () => Promise<T>): Promise<T> => {
    if (running >= RUNNING_MAX) {
      if (waiting.length >= WAITING_MAX)
        throw new AppError('unavailable', 'Too many sign-ins at once', { retryAfterSeconds: 2 });
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    } else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/**
 * bcrypt reads 72 bytes. Libraries that made the imported hashes cut longer passwords; Bun hashes them first instead, so a long
 * password is tried both ways, for these old hashes only.
 */
async function verifyBcrypt(password: string, hash: string): Promise<boolean> {
  if (await Bun.password.verify(password, hash)) return true;
  const bytes = Buffer.from(password);
  return (
    bytes.byteLength > BCRYPT_MAX_BYTES && Bun.password.verify(bytes.subarray(0, BCRYPT_MAX_BYTES), hash)
  );
}

export function createPasswords(): Passwords {
  const inTurn = createTurnstile();
  let nobodysHash: Promise<string> | undefined;
  const verify = async (password: string, hash: string): Promise<boolean> => {
    if (password === '') return false;
    try {
      return BCRYPT_FORM.test(hash)
        ? await verifyBcrypt(password, hash)
        : await Bun.password.verify(password, hash);
    } catch {
      // Bun throws for a hash whose form it does not know: such an account has no password that fits.
      return false;
    }
  };
  return {
    hash: async (password) => inTurn(async () => Bun.password.hash(password, ARGON2ID)),
    verify: async (password, hash) => inTurn(async () => verify(password, hash)),
    async verifyNobody(password) {
      nobodysHash ??= Bun.password.hash(crypto.randomUUID(), ARGON2ID);
      const hash = await nobodysHash;
      await inTurn(async () => verify(password, hash));
      return false;
    },
    isOutdated: (hash) => !CURRENT_FORM.test(hash),
  };
}
