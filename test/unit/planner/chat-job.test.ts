/** The `ai.chat` handler: streams the reply, honours the signal, fails with a code. */
import { describe, expect, test } from 'bun:test';
import pino from 'pino';
import { AppError } from '../../../src/contracts/errors.ts';
import type { ChatContext } from '../../../src/contracts/jobs.ts';
import { type ChatJobContext, answerChat } from '../../../workers/ai/chat.ts';
import { localProvider } from '../../../workers/ai/providers/local/local-provider.ts';
import type { ChatProvider } from '../../../workers/ai/providers/provider.ts';
import { contextOf } from '../../fixtures/utterances/index.ts';

const request = (text: string): ChatContext =>
  contextOf({ style: 'job', text, expected: 'no-edit', given: {} });

function jobContext(signal: AbortSignal): ChatJobContext & { readonly deltas: [string, string][] } {
  const deltas: [string, string][] = [];
  return {
    deltas,
    signal,
    log: pino({ level: 'silent' }),
    progress: () => undefined,
    delta: (messageId, text) => void deltas.push([messageId, text]),
  };
}

/** What a promise rejects with. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

const providerOf = (streamChat: ChatProvider['streamChat']): ChatProvider => ({ name: 'test', streamChat });

describe('answerChat', () => {
  test('streams the reply in pieces under its id and returns the outcome', async () => {
    const payload = request('cut the first 10 seconds and make it black and white');
    const context = jobContext(new AbortController().signal);
    const outcome = await answerChat(payload, context);
    expect(outcome.operations).toEqual([
      { op: 'trim', start: 10 },
      { op: 'filter', name: 'black_white' },
    ]);
    expect(context.deltas.length).toBeGreaterThan(2);
    expect(new Set(context.deltas.map(([id]) => id))).toEqual(new Set([payload.replyId]));
    expect(context.deltas.map(([, text]) => text).join('')).toBe(outcome.reply);
  });

  test('stops with the reason of an aborted signal and says nothing more', async () => {
    const controller = new AbortController();
    const context = jobContext(controller.signal);
    const stopping = { ...context, delta: () => controller.abort(new Error('cancelled by the user')) };
    expect(await failureOf(answerChat(request('what can you do?'), stopping))).toMatchObject({
      message: 'cancelled by the user',
    });
    expect(await failureOf(answerChat(request('hello'), context))).toMatchObject({
      message: 'cancelled by the user',
    });
    expect(context.deltas).toEqual([]);
  });

  test('fails with planner_failed when a provider breaks or ends without an outcome', async () => {
    const context = jobContext(new AbortController().signal);
    const broken = providerOf(async function* broken() {
      yield await Promise.resolve({ type: 'delta' as const, text: 'Well' });
      throw new RangeError('a bug');
    });
    const silent = providerOf(async function* silent() {
      yield await Promise.resolve({ type: 'delta' as const, text: 'Well' });
    });
    for (const provider of [broken, silent]) {
      const failure = await failureOf(answerChat(request('hello'), context, provider));
      expect(failure).toBeInstanceOf(AppError);
      expect(failure).toMatchObject({ code: 'planner_failed' });
    }
  });

  test('passes on an expected failure of a provider', async () => {
    const context = jobContext(new AbortController().signal);
    const limited = providerOf(() => {
      throw new AppError('rate_limited');
    });
    expect(await failureOf(answerChat(request('hello'), context, limited))).toMatchObject({
      code: 'rate_limited',
    });
  });
});

test('the local provider ends with exactly one outcome whose reply the pieces add up to', async () => {
  const chunks = [];
  for await (const chunk of localProvider.streamChat(
    request('make it “better”\nplease'),
    new AbortController().signal,
  )) {
    chunks.push(chunk);
  }
  const outcomes = chunks.filter(({ type }) => type === 'outcome');
  expect(outcomes).toHaveLength(1);
  expect(chunks.at(-1)?.type).toBe('outcome');
  const text = chunks.map((chunk) => (chunk.type === 'delta' ? chunk.text : '')).join('');
  expect(outcomes[0]).toMatchObject({ outcome: { reply: text, tokens: { input: 4 } } });
});
