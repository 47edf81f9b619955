/**
 * A word that changes the meaning, put anywhere into a clear request, leads to a question or changes nothing; it never leads
 * to another edit. This is what keeps unseen wordings from becoming wrong edits, whatever the test sets hold.
 */
import { describe, expect, test } from 'bun:test';
import { plan } from '../../../workers/ai/providers/local/plan.ts';
import { contextOf, styled, withOps } from '../../fixtures/utterances/utterance.ts';

const given = withOps({ op: 'text', content: 'Acme', position: 'top' });
const outcomeOf = (text: string) => plan(contextOf(styled('near miss')(text, 'question', given)));

const CLEAR = [
  'cut the first 5 seconds',
  'mute the video',
  'rotate it left',
  'make it brighter',
  'put "Acme" at the bottom',
  'fade out over 2 seconds',
  'crop it to a square',
  'make it black and white',
  'keep 5 to 10 seconds',
  'turn the volume up by 20%',
  'scale it to 720p',
  'remove the text',
  'blur it',
] as const;

/** What the request is limited to, denied by, or not about; none of these can be done, so none may be read over. */
const CHANGES =
  'not never except unless almost hardly barely if without faces sky logo background person car other nobody maybe-not half-heartedly twice thrice'.split(
    ' ',
  );

const edit = ({ action, operations, output, steps }: ReturnType<typeof plan>): string =>
  JSON.stringify([action, operations, output, steps]);

describe.each(CLEAR)('%s', (request) => {
  const asItIs = outcomeOf(request);
  const words = request.split(' ');

  test.each(CHANGES)('with "%s" anywhere in it is never another edit', (change) => {
    const wrong: string[] = [];
    for (let at = 0; at <= words.length; at += 1) {
      const text = [...words.slice(0, at), change, ...words.slice(at)].join(' ');
      const outcome = outcomeOf(text);
      const isCalm = outcome.action === 'question' || outcome.action === 'answer';
      if (!isCalm) wrong.push(`${text} → ${edit(outcome) === edit(asItIs) ? 'read over' : edit(outcome)}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('opposite wishes', () => {
  test.each([
    'make it brighter and darker',
    'louder and quieter',
    'speed it up a little then slow it down',
    'warmer, cooler',
  ])('"%s" are asked about', (text) => {
    expect(outcomeOf(text).action).toBe('question');
  });

  test('one of which is denied are one wish', () => {
    expect(outcomeOf('make it brighter, not darker').action).not.toBe('edit');
    expect(outcomeOf('it is too dark, make it brighter').action).toBe('edit');
  });
});

describe('a part that is left out of a request', () => {
  test.each([
    'mute all but the first 5 seconds',
    'put "Hi" at the bottom and remove it after 5 seconds',
    'cut the first 5 seconds and remove the watermark',
    'trim until 20',
    'cut 0.05 to 0.08',
    'cut the volume',
    'do I have to mute it?',
  ])('makes "%s" a question', (text) => {
    const calm = plan(contextOf(styled('near miss')(text, 'question')));
    expect(['question', 'answer']).toContain(calm.action);
  });
});

describe('a sentence that is no request', () => {
  test.each([
    'its so slow',
    'it is dark',
    'the video is slow',
    'the volume is up',
    'the clip is muted',
    'it has no sound',
    'it has a fade out',
    'I like the fade out',
    'the video starts at 5 seconds',
    'the music fades out',
    'black and white?',
    '2x?',
    'is 2x faster?',
    'should I cut the first 5 seconds?',
    'you muted it',
    'he said mute it',
    'make it faster its so slow',
  ])('leaves the video alone: "%s"', (text) => {
    const outcome = plan(contextOf(styled('near miss')(text, 'question')));
    expect(['question', 'answer']).toContain(outcome.action);
    expect(outcome.reply).not.toContain('_');
  });

  test.each(['can you mute it?', 'could it be muted?', 'it is too dark', 'so that it starts at 5 seconds'])(
    'but "%s" is one',
    (text) => {
      expect(plan(contextOf(styled('near miss')(text, 'question'))).action).toBe('edit');
    },
  );
});
