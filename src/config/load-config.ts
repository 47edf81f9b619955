/** Environment → one frozen, typed configuration, or one error that lists every fault at once. */
import { readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { type QueueName, QUEUES } from '../contracts/jobs.ts';
import { openDataDir } from './data-dir.ts';
import { SETTINGS, type Setting, type SettingName } from './settings.ts';

export type Role = 'api' | 'worker';
type Env = Readonly<Record<string, string | undefined>>;
type Values = {
  readonly [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T> ? T | undefined : never;
};

export interface Config {
  readonly role: Role;
  readonly environment: 'development' | 'test' | 'staging' | 'production';
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly publicUrl: string | undefined;
    readonly allowedHosts: readonly string[];
    readonly corsOrigins: readonly string[];
    readonly drainMs: number;
  };
  /** Absolute path. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** undefined: the embedded server in `dataDir`. */
  readonly redisUrl: string | undefined;
  readonly redisServerPath: string;
  readonly storageUrl: string;
  /** Signs access tokens; empty in a worker, which holds no such secret. */
  readonly jwtSecret: string;
  readonly region: string;
  readonly regions: readonly string[];
  readonly uploads: { readonly maxBytes: number; readonly minFreeDiskBytes: number };
  readonly log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent' };
  readonly sentryDsn: string | undefined;
  readonly ffmpeg: { readonly ffmpegPath: string; readonly ffprobePath: string; readonly threads: number };
  readonly queue: { readonly leaseMs: number; readonly heartbeatMs: number };
  readonly worker: {
    readonly queues: readonly QueueName[];
    readonly concurrency: number;
    readonly drainMs: number;
  };
}

/** One variable that cannot be used: which, what it holds (never a secret's text), what it should hold. */
export interface ConfigFault {
  readonly variable: string;
  readonly holds: string;
  readonly expected: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(
      (fault) => `  ${fault.variable} is ${fault.holds}; it should be ${fault.expected}`,
    );
    super(`The configuration cannot be used:\n${lines.join('\n')}\nSee .env.example for every setting.`);
    this.faults = faults;
  }
}

const shown = (name: SettingName, text: string): string =>
  'secret' in SETTINGS[name] && SETTINGS[name].secret
    ? `set (${text.length} characters, hidden)`
    : JSON.stringify(text);

function readSettings(env: Env): { values: Values; faults: ConfigFault[] } {
  const faults: ConfigFault[] = [];
  const entries = Object.entries(SETTINGS as Record<string, Setting<unknown>>).map(([key, entry]) => {
    const name = key as SettingName;
    const given = env[name];
    const text = given === undefined || given === '' ? entry.fallback : given;
    if (text === undefined) return [name, undefined];
    try {
      return [name, entry.parse(text)];
    } catch {
      faults.push({ variable: name, holds: shown(name, text), expected: entry.expected });
      return [name, undefined];
    }
  });
  return { values: Object.fromEntries(entries) as Values, faults };
}

/** Makes a signing key once and keeps it beside the data, so that tokens survive a restart of a development server. */
function keptSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret');
  try {
    writeFileSync(file, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}

function queueNames(names: readonly string[], faults: ConfigFault[]): readonly QueueName[] {
  const known = QUEUES.filter((queue) => names.includes(queue));
  const unknown = names.filter((name) => !QUEUES.some((queue) => queue === name));
  if (unknown.length > 0 || known.length === 0)
    faults.push({
      variable: 'WORKER_QUEUES',
      holds: JSON.stringify(names.join(',')),
      expected: `some of ${QUEUES.join(',')}`,
    });
  return known;
}

function checkTogether(role: Role, values: Values, faults: ConfigFault[]): void {
  const isDeployed = values.NODE_ENV === 'staging' || values.NODE_ENV === 'production';
  if (
    role === 'api' &&
    isDeployed &&
    values.JWT_SECRET === undefined &&
    !faults.some((f) => f.variable === 'JWT_SECRET')
  )
    faults.push({ variable: 'JWT_SECRET', holds: 'not set', expected: SETTINGS.JWT_SECRET.expected });
  if ((values.HEARTBEAT_MS ?? 0) * 2 > (values.LEASE_MS ?? 0))
    faults.push({
      variable: 'HEARTBEAT_MS',
      holds: String(values.HEARTBEAT_MS),
      expected: 'at most half of LEASE_MS',
    });
}

/** Falls back for values whose fault is reported anyway. */
const or = <T>(value: T | undefined, otherwise: T): T => value ?? otherwise;

/**
 * The configuration of one process.
 * @param env usually `process.env`; `overrides` come from the command line and win.
 * @throws ConfigError naming every wrong or missing variable at once
 */
export function loadConfig(role: Role, env: Env = process.env, overrides: Env = {}): Config {
  const { values, faults } = readSettings({ ...env, ...overrides });
  checkTogether(role, values, faults);
  const queues = queueNames(or(values.WORKER_QUEUES, []), faults);
  if (faults.length > 0) throw new ConfigError(faults);

  const dataDir = resolve(or(values.DATA_DIR, './data'));
  const unusable = openDataDir(dataDir);
  if (unusable !== undefined)
    throw new ConfigError([
      {
        variable: 'DATA_DIR',
        holds: JSON.stringify(dataDir),
        expected: `a folder that this process may make and write in (${unusable})`,
      },
    ]);
  const region = or(values.REGION, 'local');
  const publicUrl = values.PUBLIC_URL;
  return Object.freeze<Config>({
    role,
    environment: or(values.NODE_ENV, 'development'),
    http: {
      host: or(values.HOST, '127.0.0.1'),
      port: or(values.PORT, 3000),
      publicUrl,
      allowedHosts: [
        ...or(values.ALLOWED_HOSTS, []),
        ...(publicUrl === undefined ? [] : [new URL(publicUrl).host]),
      ],
      corsOrigins: or(values.CORS_ORIGINS, []),
      drainMs: or(values.DRAIN_MS, 25_000),
    },
    dataDir,
    databaseUrl: values.DATABASE_URL ?? `sqlite:${join(dataDir, 'vfxb.db')}`,
    redisUrl: values.REDIS_URL,
    redisServerPath: or(values.REDIS_SERVER_PATH, 'redis-server'),
    storageUrl: values.STORAGE_URL ?? `file:${join(dataDir, 'storage')}`,
    jwtSecret: role === 'worker' ? '' : (values.JWT_SECRET ?? keptSecret(dataDir)),
    region,
    regions: values.REGIONS ?? [region],
    uploads: {
      maxBytes: or(values.MAX_UPLOAD_BYTES, 0),
      minFreeDiskBytes: or(values.MIN_FREE_DISK_BYTES, 0),
    },
    log: { level: or(values.LOG_LEVEL, 'info') },
    sentryDsn: values.SENTRY_DSN,
    ffmpeg: {
      ffmpegPath: or(values.FFMPEG_PATH, 'ffmpeg'),
      ffprobePath: or(values.FFPROBE_PATH, 'ffprobe'),
      threads: or(values.FFMPEG_THREADS, 0),
    },
    queue: { leaseMs: or(values.LEASE_MS, 30_000), heartbeatMs: or(values.HEARTBEAT_MS, 5_000) },
    worker: { queues, concurrency: or(values.WORKER_CONCURRENCY, 2), drainMs: or(values.DRAIN_MS, 25_000) },
  });
}
