import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '../../../src/config/load-config.ts';
import { SETTINGS } from '../../../src/config/settings.ts';

let dataDir = '';
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'vfxb-config-'))));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function faultsOf(env: Record<string, string>, role: 'api' | 'worker' = 'api'): ConfigError {
  try {
    loadConfig(role, { DATA_DIR: dataDir, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('with nothing set', () => {
  test('the embedded defaults serve', () => {
    const config = loadConfig('api', { DATA_DIR: dataDir });
    expect(config.databaseUrl).toBe(`sqlite:${dataDir}/vfxb.db`);
    expect(config.storageUrl).toBe(`file:${dataDir}/storage`);
    expect(config.redisUrl).toBeUndefined();
    expect(config.http.port).toBe(3000);
    expect(config.regions).toEqual(['local']);
  });

  test('an empty variable counts as absent', () => {
    expect(loadConfig('api', { DATA_DIR: dataDir, PORT: '', REDIS_URL: '' }).http.port).toBe(3000);
  });

  test('a signing key is made once, kept private, and found again', () => {
    const first = loadConfig('api', { DATA_DIR: dataDir }).jwtSecret;
    expect(Buffer.byteLength(first)).toBeGreaterThanOrEqual(32);
    expect(loadConfig('api', { DATA_DIR: dataDir }).jwtSecret).toBe(first);
    expect(statSync(join(dataDir, 'jwt-secret')).mode & 0o077).toBe(0);
  });

  test('a worker holds no signing key', () => {
    expect(loadConfig('worker', { DATA_DIR: dataDir }).jwtSecret).toBe('');
  });
});

describe('a wrong setting stops the process', () => {
  const wrong: readonly [variable: string, value: string][] = [
    ['PORT', '99999'],
    ['PORT', 'three'],
    ['PORT', '3.5'],
    ['NODE_ENV', 'prod'],
    ['DATABASE_URL', 'postgres://x'],
    ['REDIS_URL', 'localhost:6379'],
    ['STORAGE_URL', 'ftp://x'],
    ['PUBLIC_URL', 'api.example.com'],
    ['REGION', 'Not A Region'],
    ['MAX_UPLOAD_BYTES', '-1'],
    ['LOG_LEVEL', 'loud'],
    ['WORKER_QUEUES', 'video,films'],
    ['WORKER_CONCURRENCY', '0'],
    ['HEARTBEAT_MS', '29000'],
    ['JWT_SECRET', 'short'],
  ];
  test.each(wrong)('%s=%s is named with what it should be', (variable, value) => {
    const error = faultsOf({ [variable]: value });
    expect(error.faults.map((fault) => fault.variable)).toEqual([variable]);
    expect(error.message).toContain(variable);
    expect(error.message).toContain('it should be');
  });

  test('all faults are told at once', () => {
    const error = faultsOf({ PORT: 'x', NODE_ENV: 'y', LOG_LEVEL: 'z' });
    expect(error.faults.map((fault) => fault.variable)).toEqual(['NODE_ENV', 'PORT', 'LOG_LEVEL']);
  });

  test('a secret is never printed', () => {
    const secrets = {
      JWT_SECRET: 'hunter2-canary',
      REDIS_URL: 'http://user:canary-pw@host',
      DATABASE_URL: 'pg://canary-db',
    };
    const { message } = faultsOf(secrets);
    expect(message).not.toContain('canary');
    expect(message).toContain('hidden');
  });

  test.each(['staging', 'production'])('%s refuses to start without JWT_SECRET', (environment) => {
    const error = faultsOf({ NODE_ENV: environment });
    expect(error.message).toContain('JWT_SECRET is not set');
    expect(loadConfig('worker', { DATA_DIR: dataDir, NODE_ENV: environment }).role).toBe('worker');
  });
});

test('the process says what is wrong and exits with 1', () => {
  const child = Bun.spawnSync(['bun', 'src/main.ts'], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir, PORT: 'http' },
  });
  expect(child.exitCode).toBe(1);
  expect(child.stderr.toString()).toContain('PORT is "http"; it should be a whole number');
  expect(child.stderr.toString()).not.toContain('at loadConfig');
});

test('.env.example documents every setting', () => {
  const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
  for (const name of Object.keys(SETTINGS)) expect(example).toContain(`#${name}=`);
});
