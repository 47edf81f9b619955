/** A job's life as server-sent events: where it stands now, then each change, until its end. */
import type { UserId } from '../../contracts/ids.ts';
import { type JobState, TERMINAL_STATES } from '../../contracts/jobs.ts';
import type { ServerFrame } from '../../contracts/realtime.ts';
import type { Realtime } from '../../platform/realtime/realtime.ts';
import type { JobService, JobView } from './service.ts';

export interface JobEventsOptions {
  readonly service: Pick<JobService, 'get'>;
  readonly realtime: Pick<Realtime, 'subscribe' | 'listening'>;
  readonly userId: UserId;
  readonly jobId: string;
  /** A comment is sent this often, so that nobody in between takes the silence for the end. Default 15000. */
  readonly keepAliveMs?: number;
}

const KEEP_ALIVE_MS = 15_000;

const encoder = new TextEncoder();
const eventText = (type: string, data: unknown): Uint8Array =>
  encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
const KEEP_ALIVE = encoder.encode(': keep-alive\n\n');

const isEnd = (state: unknown): boolean => TERMINAL_STATES.includes(state as JobState);

/**
 * The stream's bytes. Its first event is `job` with the job's view; then the frames of the realtime contract about it, named by their
 * type. It closes after the job's end, or when the reader goes.
 * @throws AppError `not_found` before anything is sent
 */
export async function openJobEvents(options: JobEventsOptions): Promise<ReadableStream<Uint8Array>> {
  const { service, realtime, userId, jobId } = options;
  const early: ServerFrame[] = [];
  let deliver = (frame: ServerFrame): void => {
    early.push(frame);
  };
  const unsubscribe = realtime.subscribe(userId, (frame) => {
    if (frame.data['jobId'] === jobId && frame.type.startsWith('job.')) deliver(frame);
  });
  let view: JobView;
  try {
    // Listen first, look second: a change in between is seen twice rather than never.
    await realtime.listening(userId);
    view = await service.get(userId, jobId);
  } catch (error) {
    unsubscribe();
    throw error;
  }

  let timer: ReturnType<typeof setInterval> | undefined;
  const cleanUp = (): void => {
    unsubscribe();
    clearInterval(timer);
    deliver = () => undefined;
  };
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const finish = (): void => {
        cleanUp();
        controller.close();
      };
      controller.enqueue(eventText('job', view));
      if (isEnd(view.state)) return finish();
      deliver = (frame) => {
        controller.enqueue(eventText(frame.type, frame.data));
        if (isEnd(frame.data['state'])) finish();
      };
      for (const frame of early.splice(0)) deliver(frame);
      timer = setInterval(() => controller.enqueue(KEEP_ALIVE), options.keepAliveMs ?? KEEP_ALIVE_MS);
      return undefined;
    },
    cancel: cleanUp,
  });
}
