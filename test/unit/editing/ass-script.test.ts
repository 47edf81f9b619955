import { describe, expect, test } from 'bun:test';
import { escapeAssText, toAssScript } from '../../../src/editing/ass-script.ts';

const base = {
  content: 'x',
  frame: { width: 640, height: 360 },
  lineHeight: 24,
  margin: 14,
  color: 'ffcc00',
  place: 2,
  startSeconds: 1.5,
  endSeconds: 3661.25,
};
const dialogue = (content: string, changes = {}): string =>
  toAssScript({ ...base, content, ...changes })
    .split('\n')
    .at(-2) ?? '';
/** What libass shows of an escaped text: escapes undone as it does, invisible joiners left out. */
const shown = (escaped: string): string =>
  escaped
    .replaceAll(String.raw`\N`, '\n')
    .replaceAll(/\\([{}])/g, '$1')
    .replaceAll('\u2060', '')
    .replaceAll('\u00A0', ' ');

describe('text is literal', () => {
  const hostile = [
    String.raw`{\b1}bold{\p1}m 0 0 l 9 9`,
    String.raw`\N \n \h \{ \\`,
    "x',drawtext=textfile=/etc/passwd",
    '%{pts} %{e:1+1}',
    'a,b,c:d;e[f]',
    '  led by spaces',
  ];
  for (const content of hostile) test(content, () => expect(shown(escapeAssText(content))).toBe(content));

  test('no text opens an override block, makes an escape, or leaves its line', () => {
    for (const content of [
      ...hostile,
      'a\nDialogue: 0,0:00:00.00,9:00:00.00,Text,,0,0,0,,b',
      'a\r\n[Fonts]\rb\u2028c\u0085d',
    ]) {
      const line = dialogue(content);
      expect(line).toStartWith('Dialogue: 0,0:00:01.50,1:01:01.25,Text,,0,0,0,,');
      const text = line.slice('Dialogue: 0,0:00:01.50,1:01:01.25,Text,,0,0,0,,'.length);
      expect(text.replaceAll(/\\[{}]/g, '')).not.toMatch(/[{}]/);
      expect(text.replaceAll(/\\([{}N]|\u2060)/g, '')).not.toInclude('\\');
      expect(
        toAssScript({ ...base, content })
          .split('\n')
          .filter((each) => each.startsWith('Dialogue:')),
      ).toHaveLength(1);
    }
  });

  test('line ends of every system break the line; control characters vanish', () => {
    expect(dialogue('a\r\nb\rc\nd\u2028e')).toEndWith(String.raw`,,a\Nb\Nc\Nd\Ne`);
    expect(dialogue('a\u0000b\u001Bc\uFEFFd')).toEndWith(',,abcd');
    expect(dialogue('a\uD800b')).toEndWith(',,a\uFFFDb');
  });
});

describe('layout', () => {
  test('a point places the top left corner, and the room to its right is the width', () => {
    expect(dialogue('x', { place: { x: 40, y: 50.5 } })).toEndWith(String.raw`,,{\pos(40,50.5)}x`);
    const style = toAssScript({ ...base, place: { x: 40, y: 50.5 } })
      .split('\n')
      .find((line) => line.startsWith('Style'));
    expect(style).toEndWith(',7,40,14,14,-1');
  });

  test('a word wider than the frame is broken, between graphemes', () => {
    const lines =
      dialogue('W'.repeat(100))
        .split(',,')
        .at(-1)
        ?.split(String.raw`\N`) ?? [];
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join('')).toBe('W'.repeat(100));
    expect(
      dialogue('👨‍👩‍👧‍👦'.repeat(40))
        .split(',,')
        .at(-1)
        ?.split(String.raw`\N`)[0],
    ).toEndWith('👨‍👩‍👧‍👦');
    expect(dialogue('short words wrap by themselves '.repeat(9))).not.toInclude(String.raw`\N`);
  });

  test('colours are written backwards, dark ones with a light outline', () => {
    expect(toAssScript(base)).toInclude(',24,&H0000CCFF,&H0000CCFF,&H00000000,');
    expect(toAssScript({ ...base, color: '101010' })).toInclude(',24,&H00101010,&H00101010,&H00FFFFFF,');
  });

  test('no end is a time no video reaches', () => {
    expect(dialogue('x', { endSeconds: Infinity })).toStartWith('Dialogue: 0,0:00:01.50,99:59:59.99,');
  });
});
