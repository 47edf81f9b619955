import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { shownFileName, shownText, titleFromFileName } from '../../../src/modules/videos/file-name.ts';

const shown = (name: string | undefined): string => shownFileName(name, 'video.mp4');

describe('the name a user gave a file', () => {
  test.each([
    ['holiday.mp4', 'holiday.mp4'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\win.ini', 'win.ini'],
    ['C:\\Users\\me\\clip.mov', 'clip.mov'],
    ['/absolute/clip.mp4', 'clip.mp4'],
    ['nul\0l.mp4', 'null.mp4'],
    ['line\r\nbreak.mp4', 'linebreak.mp4'],
    ['-vf.mp4', '-vf.mp4'],
    ['a"b<c>.mp4', 'a_b_c_.mp4'],
    ['été 🎬.mp4', 'été 🎬.mp4'],
    ['cafe\u0301.mp4', 'café.mp4'],
    ['gpj.\u202e4pm.exe', 'gpj.4pm.exe'],
    ['', 'video.mp4'],
    ['   ', 'video.mp4'],
    ['..', 'video.mp4'],
    ['folder/', 'video.mp4'],
    [undefined, 'video.mp4'],
  ])('%j is shown as %j', (name, expected) => {
    expect(shown(name)).toBe(expected);
  });

  test('of 4 KB is cut to 200 characters and keeps its extension', () => {
    const name = shown(`${'🎬'.repeat(2000)}.webm`);
    expect(Array.from(name)).toHaveLength(200);
    expect(name.endsWith('.webm')).toBe(true);
  });

  test('is never a path, never empty, never longer than 200 characters, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (name) => {
        const safe = shown(name);
        expect(safe).not.toMatch(/[/\\\p{Cc}\u202a-\u202e]/u);
        expect(safe).not.toBe('');
        expect(safe).not.toMatch(/^\.+$/);
        expect(Array.from(safe).length).toBeLessThanOrEqual(200);
        expect(safe.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('a title', () => {
  test('comes from the file name without its extension', () => {
    expect(titleFromFileName('my_holiday_2024.mp4')).toBe('my holiday 2024');
    expect(titleFromFileName('.mp4')).toBe('.mp4');
  });

  test('is one line of at most 200 characters', () => {
    expect(shownText('  two\nlines\tand\u2028more  ')).toBe('two lines and more');
    expect(Array.from(shownText('é'.repeat(500)))).toHaveLength(200);
    expect(shownText('\u202e\0 \n')).toBe('');
  });
});
