/**
 * The port of an AI vendor. A vendor is one folder or file beside `local/` that exports a `ChatProvider`.
 * Its stream ends with exactly one outcome, whose operations have passed `parseOperations`.
 */
import type { ChatContext, ChatOutcome } from '../../../src/contracts/jobs.ts';

export type ChatChunk =
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'outcome'; readonly outcome: ChatOutcome };

export interface ChatProvider {
  readonly name: string;
  /** Streams the reply in pieces that add up to `outcome.reply`; stops with the signal's reason when it aborts. */
  streamChat(context: ChatContext, signal: AbortSignal): AsyncIterable<ChatChunk>;
}
