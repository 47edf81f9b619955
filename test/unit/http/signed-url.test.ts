import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../src/contracts/errors.ts';
import { newId } from '../../../src/contracts/ids.ts';
import { createUrlSigner, type Signature } from '../../../src/platform/http/signed-url.ts';

const SECRET = 'a secret of at least thirty-two bytes';
const START = Date.parse('2026-11-24T09:00:00Z');
const userId = newId('user');
const PATH = '/api/v1/videos/vid_1/content';

function setup() {
  const clock = { now: START };
  const signer = createUrlSigner(SECRET, () => clock.now);
  const url = new URL(signer.signPath(PATH, { userId }), 'http://localhost');
  const signature = Object.fromEntries(url.searchParams) as Signature;
  const refusal = (path: string, changed: Signature): string => {
    try {
      return `accepted for ${signer.verifySignedPath(path, changed)}`;
    } catch (error) {
      if (error instanceof AppError) return error.code;
      throw error;
    }
  };
  return { clock, signer, url, signature, refusal };
}

describe('a signed link', () => {
  test('names the path, and proves whose it is', () => {
    const { signer, url, signature } = setup();
    expect(url.pathname).toBe(PATH);
    expect(signer.verifySignedPath(PATH, signature)).toBe(userId);
  });

  test('lasts an hour, and five minutes more at most', () => {
    const { clock, signer, signature, refusal } = setup();
    clock.now = START + 3_599_000;
    expect(signer.verifySignedPath(PATH, signature)).toBe(userId);
    clock.now = START + 3_900_000;
    expect(refusal(PATH, signature)).toBe('forbidden');
  });

  test('is the same link when asked for twice within a moment', () => {
    const { clock, signer, url } = setup();
    clock.now += 1_000;
    const later = new URL(signer.signPath(PATH, { userId }), 'http://localhost');
    clock.now = START + 200_000;
    expect(new URL(signer.signPath(PATH, { userId }), url).href).toBe(later.href);
  });

  test('is good for nothing else: other path, user, time, secret', () => {
    const { signature, refusal } = setup();
    const later = String(Number(signature.expires) + 3600);
    expect(refusal('/api/v1/videos/vid_2/content', signature)).toBe('forbidden');
    expect(refusal('/api/v1/videos/vid_1/poster', signature)).toBe('forbidden');
    expect(refusal(PATH, { ...signature, expires: later })).toBe('forbidden');
    expect(refusal(PATH, { ...signature, user: newId('user') })).toBe('forbidden');
    const other = createUrlSigner(`${SECRET}!`, () => START);
    expect(() => other.verifySignedPath(PATH, signature)).toThrow('not valid');
  });

  test('is refused when a part is missing, cut, lengthened or spelt otherwise', () => {
    const { signature, refusal } = setup();
    const text = String(signature.signature);
    const { user, expires } = signature;
    expect(refusal(PATH, { user, expires } as Signature)).toBe('forbidden');
    expect(refusal(PATH, { user, signature: text } as Signature)).toBe('forbidden');
    expect(refusal(PATH, { expires, signature: text } as Signature)).toBe('forbidden');
    for (const changed of ['', text.slice(0, -1), `${text}A`, `${text}=`, text.toUpperCase(), '🎬'])
      expect(refusal(PATH, { ...signature, signature: changed })).toBe('forbidden');
    for (const changed of [` ${String(expires)}`, `${String(expires)}.0`, `0${String(expires)}`, 'NaN'])
      expect(refusal(PATH, { ...signature, expires: changed })).not.toBe('internal');
  });
});
