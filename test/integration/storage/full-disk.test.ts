import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalStorage } from '../../../src/platform/storage/local.ts';
import { smallDisk } from '../../fixtures/small-disk.ts';
import { piecesOf, rejectionCode } from '../../fixtures/storage-contract.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const MIB = 1024 ** 2;

async function* megabytes(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield new Uint8Array(MIB).fill(index);
}

test('a full disk is storage_full, leaves nothing, and the storage goes on', async () => {
  using disk = smallDisk(8 * MIB);
  const storage = createLocalStorage({ root: disk.path, minFreeBytes: 0 });
  expect(await rejectionCode(storage.write('big', megabytes(12)))).toBe('storage_full');
  expect(await storage.stat('big')).toBeUndefined();
  expect(readdirSync(join(disk.path, '.incoming'))).toEqual([]);
  const stored = await storage.write('small', megabytes(2));
  expect(stored.sizeBytes).toBe(2 * MIB);
  expect(readFileSync(join(disk.path, 'small')).byteLength).toBe(2 * MIB);
});

test('the system itself reporting a full disk is storage_full too', async () => {
  using disk = smallDisk(8 * MIB);
  const storage = createLocalStorage({ root: disk.path, minFreeBytes: 0 });
  // The disk fills up behind the storage's back, after its last look at the free space.
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1024);
    writeFileSync(join(disk.path, 'other'), new Uint8Array(await storage.freeBytes()));
    yield new Uint8Array(MIB);
  };
  expect(await rejectionCode(storage.write('big', body()))).toBe('storage_full');
  expect(readdirSync(join(disk.path, '.incoming'))).toEqual([]);
  expect(await storage.stat('big')).toBeUndefined();
});

test('writing stops at the floor, before the disk is full', async () => {
  using disk = smallDisk(16 * MIB);
  const storage = createLocalStorage({ root: disk.path, minFreeBytes: 8 * MIB });
  expect(await rejectionCode(storage.write('big', megabytes(12)))).toBe('storage_full');
  await storage.write('fits', megabytes(6));
  expect(await storage.freeBytes()).toBeLessThanOrEqual(2 * MIB);
});

test('publishing from another file system copies durably; on a full disk the file stays where it was', async () => {
  using disk = smallDisk(8 * MIB);
  using folder = tempFolder();
  const storage = createLocalStorage({ root: disk.path, minFreeBytes: 0 });
  const path = join(folder.path, 'render');
  writeFileSync(path, new Uint8Array(3 * MIB).fill(7));
  expect((await storage.publishFile(path, 'out/first')).sizeBytes).toBe(3 * MIB);
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, new Uint8Array(6 * MIB).fill(8));
  expect(await rejectionCode(storage.publishFile(path, 'out/second'))).toBe('storage_full');
  expect(existsSync(path)).toBe(true);
  expect(readdirSync(join(disk.path, '.incoming'))).toEqual([]);
  expect(await storage.stat('out/second')).toBeUndefined();
});

test('fetching onto a full disk is storage_full and leaves no half file', async () => {
  using disk = smallDisk(4 * MIB);
  using folder = tempFolder();
  const storage = createLocalStorage({ root: folder.path, minFreeBytes: 0 });
  await storage.write('big', megabytes(6));
  expect(await rejectionCode(storage.fetchToFile('big', join(disk.path, 'copy')))).toBe('storage_full');
  expect(readdirSync(disk.path)).toEqual([]);
  await storage.write('small', piecesOf('x'));
  await storage.fetchToFile('small', join(disk.path, 'copy'));
  expect(readFileSync(join(disk.path, 'copy'), 'utf8')).toBe('x');
});
