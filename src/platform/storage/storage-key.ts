/** What a storage key may look like: segments of a safe character set, so that no driver ever has to escape one. */
const SEGMENT = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}';
const KEY = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,7}$`);
const KEY_MAX_LENGTH = 512;

/**
 * Returns the key when it is one.
 * @throws TypeError otherwise: keys are made by us from ids, so a bad one is a bug, not a user's mistake
 */
export function storageKey(text: string): string {
  if (text.length > KEY_MAX_LENGTH || !KEY.test(text) || text.includes('..'))
    throw new TypeError(`Not a storage key: ${JSON.stringify(text.slice(0, 100))}`);
  return text;
}

/**
 * Returns the prefix (a key followed by `/`) without its slash.
 * @throws TypeError when it is none; an empty prefix, which would mean everything, is none
 */
export function storagePrefix(text: string): string {
  if (!text.endsWith('/')) throw new TypeError(`A storage prefix ends in "/": ${JSON.stringify(text)}`);
  return storageKey(text.slice(0, -1));
}
