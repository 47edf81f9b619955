/**
 * Every setting that VFXB reads, in one table: its meaning, its form, its default. `.env.example` is generated from it
 * (`bun scripts/env-example.ts`), and `load-config.ts` reads it. A new setting is one entry here.
 */

/** Turns the text of a variable into its value, or throws an Error that says what the text should be. */
export type Parse<T> = (text: string) => T;

export interface Setting<T> {
  readonly description: string;
  /** What the value should look like, for the error message: "a whole number from 1 to 65535". */
  readonly expected: string;
  readonly parse: Parse<T>;
  /** Used when the variable is absent or empty. Without a default the value is undefined. */
  readonly fallback?: string;
  /** Never printed, not even in an error. */
  readonly secret?: true;
  readonly example?: string;
}

function setting<T>(
  description: string,
  form: { readonly expected: string; readonly parse: Parse<T> },
  rest: Pick<Setting<T>, 'fallback' | 'secret' | 'example'> = {},
): Setting<T> {
  return { description, ...form, ...rest };
}

const reject = (): never => {
  throw new Error('rejected');
};

const text = { expected: 'a text', parse: (value: string) => value };
const oneOf = <const T extends readonly string[]>(values: T) => ({
  expected: `one of ${values.join(', ')}`,
  parse: (value: string): T[number] => values.find((candidate) => candidate === value) ?? reject(),
});
const integer = (min: number, max: number) => ({
  expected: `a whole number from ${min} to ${max}`,
  parse: (value: string): number => {
    const parsed = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
    return parsed >= min && parsed <= max ? parsed : reject();
  },
});
const url = (...protocols: readonly string[]) => ({
  expected: `a URL starting with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  parse: (value: string): string =>
    protocols.some((protocol) => value.startsWith(`${protocol}//`)) && URL.canParse(value) ? value : reject(),
});
const list = {
  expected: 'values separated by commas',
  parse: (value: string): readonly string[] =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
};
const slug = {
  expected: 'lower-case letters, digits and dashes, at most 32',
  parse: (value: string): string => (/^[a-z0-9-]{1,32}$/.test(value) ? value : reject()),
};
const secretText = (minBytes: number) => ({
  expected: `at least ${minBytes} bytes of random text (openssl rand -base64 48)`,
  parse: (value: string): string => (Buffer.byteLength(value) >= minBytes ? value : reject()),
});
const databaseUrl = {
  expected: 'sqlite:<path> or mongodb://… or mongodb+srv://…',
  parse: (value: string): string =>
    /^sqlite:.+/.test(value) || /^mongodb(\+srv)?:\/\/.+/.test(value) ? value : reject(),
};
const storageUrl = {
  expected: 'file:<folder>',
  parse: (value: string): string => (/^file:.+/.test(value) ? value : reject()),
};

const GIB = 1024 ** 3;

export const SETTINGS = {
  NODE_ENV: setting(
    'Where this runs. staging and production refuse the conveniences of development.',
    oneOf(['development', 'test', 'staging', 'production']),
    { fallback: 'development' },
  ),
  HOST: setting('Address the API listens on.', text, { fallback: '127.0.0.1' }),
  PORT: setting('Port the API listens on; 0 takes a free one.', integer(0, 65_535), { fallback: '3000' }),
  PUBLIC_URL: setting(
    'URL under which clients reach the API, for links in answers.',
    url('http:', 'https:'),
    {
      example: 'https://api.example.com',
    },
  ),
  ALLOWED_HOSTS: setting(
    'Host headers that are served, beside localhost and the host of PUBLIC_URL. Others get 421.',
    list,
    { fallback: '', example: 'api.example.com' },
  ),
  CORS_ORIGINS: setting('Origins of browsers that may call the API and open the socket.', list, {
    fallback: 'http://localhost:3000,http://localhost:5173',
  }),
  DATA_DIR: setting('Folder of everything the embedded defaults keep.', text, { fallback: './data' }),
  DATABASE_URL: setting('Database. Default: an SQLite file in DATA_DIR.', databaseUrl, {
    secret: true,
    example: 'mongodb://user:password@host/vfxb?replicaSet=rs0',
  }),
  REDIS_URL: setting('Redis. Default: an embedded redis-server in DATA_DIR.', url('redis:', 'rediss:'), {
    secret: true,
    example: 'redis://localhost:6379',
  }),
  STORAGE_URL: setting('Object storage. Default: a folder in DATA_DIR.', storageUrl, {
    example: 'file:./data/storage',
  }),
  JWT_SECRET: setting(
    'Key that signs access tokens. Outside staging and production one is made and kept in DATA_DIR.',
    secretText(32),
    { secret: true },
  ),
  REGION: setting('Region of this process: its jobs and workers share streams.', slug, { fallback: 'local' }),
  REGIONS: setting('All regions the API takes events from. Default: REGION alone.', list, {
    example: 'ams,iad',
  }),
  MAX_UPLOAD_BYTES: setting('Largest upload in bytes.', integer(1, 1024 * GIB), {
    fallback: String(10 * GIB),
  }),
  MIN_FREE_DISK_BYTES: setting(
    'Uploads are refused with 507 when the storage disk would fall below this.',
    integer(0, 1024 * GIB),
    { fallback: String(256 * 1024 ** 2) },
  ),
  LOG_LEVEL: setting(
    'Least level that is logged.',
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    {
      fallback: 'info',
    },
  ),
  SENTRY_DSN: setting(
    'Where unexpected errors are reported. Unset: they are only logged.',
    url('http:', 'https:'),
    {
      secret: true,
    },
  ),
  FFMPEG_PATH: setting('The ffmpeg binary of a worker.', text, { fallback: 'ffmpeg' }),
  FFPROBE_PATH: setting('The ffprobe binary of a worker.', text, { fallback: 'ffprobe' }),
  FFMPEG_THREADS: setting('Threads FFmpeg may use per job; 0 lets it choose.', integer(0, 256), {
    fallback: '0',
  }),
  REDIS_SERVER_PATH: setting('The redis-server binary of the embedded Redis.', text, {
    fallback: 'redis-server',
  }),
  WORKER_QUEUES: setting('Queues a worker takes jobs from.', list, { fallback: 'video,ai,email,cleanup' }),
  WORKER_CONCURRENCY: setting('Jobs a worker runs at once.', integer(1, 256), { fallback: '2' }),
  LEASE_MS: setting(
    'A job whose worker is silent this long is taken over by another.',
    integer(1_000, 600_000),
    {
      fallback: '30000',
    },
  ),
  HEARTBEAT_MS: setting('How often a worker renews its leases.', integer(100, 60_000), { fallback: '5000' }),
  DRAIN_MS: setting('Grace given to running requests and jobs on SIGTERM.', integer(0, 3_600_000), {
    fallback: '25000',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
