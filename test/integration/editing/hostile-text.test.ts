/** Text that is a program elsewhere is only text here: compared, as pictures, with what it must look like. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Footage } from '../../fixtures/footage.ts';
import { firstPicture, type Picture, pictures, renderClip } from '../../fixtures/render-clip.ts';

setDefaultTimeout(30_000);
let footage: Footage;
beforeAll(async () => {
  footage = await Footage.create();
});
afterAll(() => footage.remove());

async function show(content: string, extra: Record<string, unknown> = {}): Promise<Picture> {
  const operations = [{ op: 'text', content, position: { x: 20, y: 20 }, size: 20, ...extra }];
  return firstPicture(await renderClip(footage, await footage.clip('grey'), { operations }));
}
/** Width and height of what was drawn. */
async function extent(content: string): Promise<{ width: number; height: number }> {
  const box = (await show(content)).bounds(128);
  return box === undefined
    ? { width: 0, height: 0 }
    : { width: box.right - box.left, height: box.bottom - box.top };
}

describe('every character takes its room, none is obeyed', () => {
  // The doubles hold one plain letter less or more; a swallowed tag or escape would be far narrower.
  const cases: [string, string, string][] = [
    ['override blocks', String.raw`{\b1}bold`, 'bold'],
    ['drawing commands', String.raw`{\p1}m 0 0 l 99 99`, 'm 0 0 l 99 99'],
    ['line escapes', String.raw`one\Ntwo`, 'onetwo'],
    ['hard spaces', String.raw`one\htwo`, 'one two'],
    ['expansions of drawtext', '%{pts} %{localtime}', 'pts localtime'],
    ['a brace alone', 'a { b', 'a  b'],
    ['a closing brace alone', 'a } b', 'a  b'],
  ];
  for (const [name, content, swallowed] of cases) {
    test(name, async () => {
      const [whole, without] = [await extent(content), await extent(swallowed)];
      expect(whole.width).toBeGreaterThan(without.width + 3);
      expect(whole.height).toBeLessThan(40);
    });
  }

  test('a newline breaks the line, a blank line keeps its height', async () => {
    const [one, two, three] = [await extent('H'), await extent('H\nH'), await extent('H\n\nH')];
    expect(two.height - one.height).toBeCloseTo(20, -0.5);
    expect(three.height - one.height).toBeCloseTo(40, -0.5);
  });

  test('emoji, accents and right-to-left letters are drawn', async () => {
    for (const content of ['😀', '❤', 'é', 'שלום', 'مرحبا', 'Ω']) {
      expect((await extent(content)).width).toBeGreaterThan(4);
    }
    // A different picture, and so no box that stands for a missing character.
    const [smile, clapper] = [await show('😀', { size: 80 }), await show('🎬', { size: 80 })];
    const area = { x: 20, y: 20, width: 90, height: 80 };
    expect(Math.abs(smile.mean(area)[0] - clapper.mean(area)[0])).toBeGreaterThan(2);
  });
});

test("M16: a filter hidden in text runs no filter and shows no file's content", async () => {
  const secret = '█'.repeat(20);
  await writeFile(join(footage.folder, 'secret.txt'), secret);
  const attacks = [
    `x',drawtext=textfile=${footage.folder}/secret.txt:x=20:y=200:fontsize=80,drawtext=text='y`,
    `x[v];movie=${footage.folder}/secret.txt[w]`,
    `x:enable='gte(t,0)':textfile=${footage.folder}/secret.txt`,
    `x\n[Events]\nDialogue: 0,0:00:00.00,9:00:00.00,Text,,0,0,0,,{\\pos(20,200)}${secret.slice(0, 1)}`,
  ];
  for (const content of attacks) {
    // Below the text that is drawn (at most nine short lines), the picture stays plain.
    const picture = await show(content, { size: 12 });
    const below = picture.mean({ x: 0, y: 180, width: 640, height: 180 });
    expect(Math.max(...below.map((value) => Math.abs(value - 128)))).toBeLessThan(2);
  }
});

test('a text does not change from frame to frame: nothing in it is evaluated', async () => {
  const operations = [
    { op: 'text', content: '%{pts} %{n} {\\t(0,9000,\\fs90)}x {\\fad(900,900)}y', position: 'center' },
  ];
  const rendered = await renderClip(footage, await footage.clip('grey'), { operations });
  const boxes = (await pictures(rendered)).map((picture) => JSON.stringify(picture.bounds(128)));
  expect(new Set(boxes).size).toBe(1);
});
