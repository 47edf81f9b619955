import { describe, expect, test } from 'bun:test';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createStorage } from '../../../src/platform/storage/create-storage.ts';
import { createLocalStorage } from '../../../src/platform/storage/local.ts';
import { piecesOf, rejectionCode, storageContract } from '../../fixtures/storage-contract.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

storageContract('local', async () => {
  const folder = tempFolder();
  return {
    storage: createLocalStorage({ root: join(folder.path, 'objects'), minFreeBytes: 0 }),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
});

const DAY_MS = 86_400_000;

describe('local storage', () => {
  test('start removes temporary files older than a day and keeps the younger ones', () => {
    using folder = tempFolder();
    const incoming = join(folder.path, '.incoming');
    mkdirSync(incoming);
    writeFileSync(join(incoming, 'old'), 'x');
    writeFileSync(join(incoming, 'young'), 'x');
    const past = new Date(Date.now() - DAY_MS - 60_000);
    utimesSync(join(incoming, 'old'), past, past);
    createLocalStorage({ root: folder.path, minFreeBytes: 0 });
    expect(readdirSync(incoming)).toEqual(['young']);
  });

  test('no temporary file stays, whether a write succeeds or fails', async () => {
    using folder = tempFolder();
    const storage = createLocalStorage({ root: folder.path, minFreeBytes: 0 });
    await storage.write('k', piecesOf('x'));
    await rejectionCode(storage.write('k', piecesOf('xxxxxx'), { maxBytes: 2 }));
    expect(readdirSync(join(folder.path, '.incoming'))).toEqual([]);
  });

  test('a link planted in the folder leads nowhere', async () => {
    using outside = tempFolder();
    using folder = tempFolder();
    writeFileSync(join(outside.path, 'secret'), 'secret');
    const storage = createLocalStorage({ root: folder.path, minFreeBytes: 0 });
    symlinkSync(join(outside.path, 'secret'), join(folder.path, 'file'));
    symlinkSync(outside.path, join(folder.path, 'dir'));
    for (const key of ['file', 'dir/secret']) {
      expect(await storage.stat(key)).toBeUndefined();
      expect(await rejectionCode(storage.read(key))).toBe('not_found');
      expect(await rejectionCode(storage.fetchToFile(key, join(outside.path, 'got')))).toBe('source_missing');
    }
    expect(await storage.deletePrefix('dir/')).toBe(0);
    expect(readFileSync(join(outside.path, 'secret'), 'utf8')).toBe('secret');
  });

  test('a write is refused where the free-space floor begins, and nothing stays', async () => {
    using folder = tempFolder();
    const roomy = createLocalStorage({ root: folder.path, minFreeBytes: 0 });
    const floor = await roomy.freeBytes();
    const storage = createLocalStorage({ root: folder.path, minFreeBytes: floor + 1024 ** 3 });
    expect(await storage.freeBytes()).toBe(0);
    expect(await rejectionCode(storage.write('k', piecesOf('x')))).toBe('storage_full');
    expect(readdirSync(folder.path)).toEqual(['.incoming']);
    expect(readdirSync(join(folder.path, '.incoming'))).toEqual([]);
  });

  test('the configuration picks the driver', async () => {
    using folder = tempFolder();
    const config = loadConfig('worker', { STORAGE_URL: `file:${folder.path}/objects` });
    await createStorage(config).write('k', piecesOf('here'));
    expect(readFileSync(join(folder.path, 'objects', 'k'), 'utf8')).toBe('here');
  });
});
