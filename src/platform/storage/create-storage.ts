/** Which driver serves a STORAGE_URL. A new driver is one file beside this one and one line here. */
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/load-config.ts';
import { createLocalStorage } from './local.ts';
import type { Storage } from './storage.ts';

type StorageConfig = Pick<Config, 'storageUrl' | 'uploads'>;

const folderOf = (url: string): string =>
  url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length);

const DRIVERS: Readonly<Record<string, (config: StorageConfig) => Storage>> = {
  file: ({ storageUrl, uploads }) =>
    createLocalStorage({ root: folderOf(storageUrl), minFreeBytes: uploads.minFreeDiskBytes }),
};

/**
 * The object storage that the configuration names.
 * @throws Error for a scheme without a driver (the configuration refuses those earlier)
 */
export function createStorage(config: StorageConfig): Storage {
  const scheme = config.storageUrl.slice(0, config.storageUrl.indexOf(':'));
  const driver = DRIVERS[scheme];
  if (driver === undefined) throw new Error(`No storage driver serves ${scheme}:`);
  return driver(config);
}
