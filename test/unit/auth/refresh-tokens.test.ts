import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { newId } from '../../../src/contracts/ids.ts';
import { createRefreshTokens } from '../../../src/modules/auth/refresh-tokens.ts';
import { createTokenSigner } from '../../../src/platform/http/access-tokens.ts';

const tokens = createRefreshTokens('a secret of at least thirty-two bytes');

describe('a refresh token', () => {
  test('says which session and generation it is, and is the same each time it is issued', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), (generation) => {
        const token = { sessionId: newId('session'), generation };
        expect(tokens.read(tokens.issue(token))).toEqual(token);
        expect(tokens.issue(token)).toBe(tokens.issue(token));
      }),
    );
  });

  test('with any one character changed is none of ours', () => {
    const text = tokens.issue({ sessionId: newId('session'), generation: 12 });
    for (let index = 0; index < text.length; index++) {
      const other = text[index] === 'a' ? 'b' : 'a';
      const changed = text.slice(0, index) + other + text.slice(index + 1);
      expect([index, tokens.read(changed)]).toEqual([index, undefined]);
    }
  });

  test('of another secret is none of ours', () => {
    const other = createRefreshTokens('another secret of at least 32 bytes!');
    expect(tokens.read(other.issue({ sessionId: newId('session'), generation: 1 }))).toBeUndefined();
  });

  test('is stored only as a hash that does not contain it', () => {
    const text = tokens.issue({ sessionId: newId('session'), generation: 1 });
    expect(tokens.hash(text)).toMatch(/^[0-9a-f]{64}$/);
    expect(tokens.hash(text)).not.toBe(tokens.hash(`${text} `));
  });
});

test('a key of less than 32 bytes signs nothing', () => {
  for (const secret of ['', 'short', 'x'.repeat(31)])
    expect(() => createTokenSigner(secret, 'access')).toThrow('32 bytes');
});
