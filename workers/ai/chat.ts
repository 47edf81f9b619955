/** The `ai.chat` job: has a provider plan the user's message, streams its reply, returns what it decided. */
import { AppError } from '../../src/contracts/errors.ts';
import type { ChatOutcome, JobPayloads } from '../../src/contracts/jobs.ts';
import type { JobContext } from '../job-context.ts';
import { localProvider } from './providers/local/local-provider.ts';
import type { ChatProvider } from './providers/provider.ts';

/** The part of a job's context that a chat needs. */
export type ChatJobContext = Pick<JobContext, 'signal' | 'log' | 'progress' | 'delta'>;

/**
 * Streams the reply under `payload.replyId` and resolves with the outcome. Rejects with the signal's reason when the job is
 * cancelled, and with `planner_failed` when the provider breaks or ends without an outcome.
 */
export async function answerChat(
  payload: JobPayloads['ai.chat'],
  context: ChatJobContext,
  provider: ChatProvider = localProvider,
): Promise<ChatOutcome> {
  const startedAt = performance.now();
  context.progress({ percent: 0, stage: 'thinking' });
  let outcome: ChatOutcome | undefined;
  try {
    for await (const chunk of provider.streamChat(payload, context.signal)) {
      context.signal.throwIfAborted();
      if (chunk.type === 'delta') context.delta(payload.replyId, chunk.text);
      else ({ outcome } = chunk);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    throw new AppError('planner_failed', undefined, { cause: error });
  }
  if (outcome === undefined) throw new AppError('planner_failed', 'The provider ended without an answer');
  const { action, confidence, model, tokens } = outcome;
  const elapsedMs = Math.round(performance.now() - startedAt);
  context.log.info({ provider: provider.name, action, confidence, model, tokens, elapsedMs }, 'chat planned');
  return outcome;
}
