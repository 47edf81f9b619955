/** Where the embedded Redis of a data folder listens. */
import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../contracts/errors.ts';

/** `sun_path` of a Unix socket holds 108 bytes with the closing zero. */
const SOCKET_PATH_MAX_BYTES = 107;

/**
 * `DATA_DIR/redis.sock`, or, when that is too long for a socket, a path in a private folder of the system's temporary
 * folder that every process of this user derives alike from the data folder.
 * @throws AppError `queue_unavailable` when that folder belongs to somebody else
 */
export function socketPath(dataDir: string): string {
  const direct = join(dataDir, 'redis.sock');
  if (Buffer.byteLength(direct) <= SOCKET_PATH_MAX_BYTES) return direct;

  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `vfxb-${userInfo().uid}-${digest}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  if (uid !== userInfo().uid || (mode & 0o077) !== 0)
    throw new AppError(
      'queue_unavailable',
      `${folder}, which must hold the socket of the embedded Redis, is not private to this user. ` +
        'Remove it, choose a shorter DATA_DIR, or set REDIS_URL.',
    );
  return join(folder, 'redis.sock');
}
