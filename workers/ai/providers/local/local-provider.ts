/** The local planner as a chat provider: needs no key, costs nothing, answers in milliseconds. */
import type { ChatContext } from '../../../../src/contracts/jobs.ts';
import type { ChatChunk, ChatProvider } from '../provider.ts';
import { plan } from './plan.ts';

const WORDS_PER_CHUNK = 3;

/** Pieces of a few words each, spaces kept, which add up to the text. */
function* chunksOf(text: string): Generator<string> {
  const words = text.match(/\s*\S+\s*/g) ?? [];
  for (let at = 0; at < words.length; at += WORDS_PER_CHUNK)
    yield words.slice(at, at + WORDS_PER_CHUNK).join('');
}

async function* streamChat(context: ChatContext, signal: AbortSignal): AsyncGenerator<ChatChunk> {
  signal.throwIfAborted();
  const outcome = plan(context);
  for (const text of chunksOf(outcome.reply)) {
    signal.throwIfAborted();
    yield { type: 'delta', text };
  }
  signal.throwIfAborted();
  yield { type: 'outcome', outcome };
}

export const localProvider: ChatProvider = { name: 'local', streamChat };
