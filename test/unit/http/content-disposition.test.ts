import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { contentDisposition } from '../../../src/platform/http/content-disposition.ts';

describe('Content-Disposition', () => {
  test('a plain name needs one form', () => {
    expect(contentDisposition('attachment', 'my clip.mp4')).toBe('attachment; filename="my clip.mp4"');
  });

  test('another name has both', () => {
    expect(contentDisposition('inline', 'été "1".mp4')).toBe(
      `inline; filename="_t_ _1_.mp4"; filename*=UTF-8''%C3%A9t%C3%A9%20%221%22.mp4`,
    );
  });

  test('no name can end the header or add another', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const header = contentDisposition('attachment', name);
        expect(header).toMatch(
          /^attachment; filename="[\x20\x21\x23-\x5b\x5d-\x7e]*"(?:; filename\*=UTF-8''[A-Za-z0-9%._-]*)?$/,
        );
        expect(new Headers({ 'content-disposition': header }).get('content-disposition')).toBe(header);
      }),
    );
  });

  test('the extended form gives the name back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const extended = /UTF-8''(.*)$/.exec(contentDisposition('inline', name))?.[1];
        if (extended !== undefined) expect(decodeURIComponent(extended)).toBe(name);
      }),
    );
  });
});
