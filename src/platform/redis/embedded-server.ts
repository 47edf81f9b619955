/**
 * The embedded Redis: a `redis-server` child on a Unix socket, its append-only file in DATA_DIR. Of several processes on one
 * data folder exactly one owns it (it holds the lock) and stops it when it closes; the others connect, and take over the
 * ownership when the owner has gone.
 */
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../contracts/errors.ts';
import { type ProcessLock, tryProcessLock } from './process-lock.ts';
import { socketPath } from './socket-path.ts';

export interface EmbeddedServer {
  readonly path: string;
  /**
   * Resolves once a server answers on the socket; starts or adopts one when nobody owns it.
   * @throws AppError `queue_unavailable` saying why none could be started
   */
  ensure(): Promise<void>;
  /** Stops the server if this process owns it or nobody does, and waits for its end. */
  stop(): Promise<void>;
}

export interface EmbeddedServerOptions {
  readonly dataDir: string;
  readonly serverPath: string;
  readonly log: Logger;
}

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

interface Ownership {
  readonly lock: ProcessLock;
  pid: number | undefined;
}

/** The process id of the server on the socket, or undefined when none answers. A server that still loads its file answers late. */
async function serverPid(path: string): Promise<number | undefined> {
  const probe = new Redis({
    path,
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 1_000,
    commandTimeout: 2_000,
    enableOfflineQueue: false,
  });
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    const match = /process_id:(\d+)/.exec(await probe.info('server'));
    return match?.[1] === undefined ? undefined : Number(match[1]);
  } catch {
    return undefined;
  } finally {
    probe.disconnect();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function stopProcess(pid: number): Promise<void> {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  while (isAlive(pid)) {
    if (performance.now() > deadline) process.kill(pid, 'SIGKILL');
    await Bun.sleep(POLL_MS);
  }
}

/** The last lines the server logged: why it would not start. */
function lastWords(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-3).join(' | ');
  } catch {
    return 'it left no log';
  }
}

function spawnServer(options: EmbeddedServerOptions, path: string): Bun.Subprocess {
  const folder = join(options.dataDir, 'redis');
  mkdirSync(folder, { recursive: true });
  const settings = {
    port: '0',
    unixsocket: path,
    unixsocketperm: '700',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    logfile: join(folder, 'redis.log'),
    daemonize: 'no',
  };
  rmSync(settings.logfile, { force: true });
  try {
    return Bun.spawn(
      [options.serverPath, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
      // Its own process group: a Ctrl-C in the terminal must reach us only, for we still need Redis to drain.
      { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', detached: true },
    );
  } catch (cause) {
    throw new AppError(
      'queue_unavailable',
      `The embedded Redis cannot start: there is no program ${JSON.stringify(options.serverPath)} (REDIS_SERVER_PATH). ` +
        'Install it (apt-get install redis-server) or set REDIS_URL to a Redis that runs.',
      { cause },
    );
  }
}

/** Starts the server and waits until it answers. */
async function startServer(options: EmbeddedServerOptions, path: string): Promise<number> {
  const child = spawnServer(options, path);
  child.unref();
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    if ((await serverPid(path)) === child.pid) return child.pid;
    await Bun.sleep(POLL_MS);
  }
  if (child.exitCode === null) child.kill('SIGKILL');
  throw new AppError(
    'queue_unavailable',
    `The embedded Redis did not start: ${lastWords(join(options.dataDir, 'redis', 'redis.log'))}`,
  );
}

/** An embedded server for the data folder; nothing is started before `ensure`. */
export function createEmbeddedServer(options: EmbeddedServerOptions): EmbeddedServer {
  mkdirSync(options.dataDir, { recursive: true });
  const path = socketPath(options.dataDir);
  writeFileSync(join(options.dataDir, 'redis.socket-path'), `${path}\n`);
  const lockFile = join(options.dataDir, 'redis.lock');
  let owned: Ownership | undefined;
  let starting: Promise<void> | undefined;

  async function serveAsOwner(ownership: Ownership): Promise<void> {
    const running = await serverPid(path);
    // A server without an owner was left by a process that was killed: it is ours now.
    ownership.pid = running ?? (await startServer(options, path));
    options.log.info({ pid: ownership.pid, path, adopted: running !== undefined }, 'embedded Redis runs');
  }

  /** A server whose owner was killed: whoever goes last takes it along. */
  async function abandonedServer(): Promise<Ownership | undefined> {
    const lock = tryProcessLock(lockFile);
    return lock === undefined ? undefined : { lock, pid: await serverPid(path) };
  }

  async function ensureOnce(): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      if (owned === undefined) {
        const lock = tryProcessLock(lockFile);
        if (lock !== undefined) owned = { lock, pid: undefined };
      }
      if (owned !== undefined) return serveAsOwner(owned);
      if ((await serverPid(path)) !== undefined) return undefined;
      if (performance.now() > deadline)
        throw new AppError(
          'queue_unavailable',
          `Another process owns ${lockFile}, but its Redis does not answer.`,
        );
      await Bun.sleep(POLL_MS);
    }
  }

  return {
    path,
    ensure: async () => {
      starting ??= ensureOnce().finally(() => {
        starting = undefined;
      });
      return starting;
    },
    stop: async () => {
      await starting?.catch(() => undefined);
      owned ??= await abandonedServer();
      if (owned === undefined) return;
      if (owned.pid !== undefined) await stopProcess(owned.pid);
      rmSync(path, { force: true });
      owned.lock.release();
      owned = undefined;
    },
  };
}
