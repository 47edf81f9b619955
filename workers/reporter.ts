/**
 * What a running job tells the API, in order and not too often: progress at most four times a second, deltas gathered for some
 * milliseconds. Reports on the way are a courtesy (losing one while Redis is away harms nothing); the last one is made by the runner.
 */
import type { MessageId } from '../src/contracts/ids.ts';
import type { JobClaim } from '../src/platform/queue/job-claims.ts';
import type { EventWriter } from '../src/platform/queue/event-writer.ts';
import type { JobProgress, WorkerEvent } from '../src/contracts/jobs.ts';

/** A report without what is the same for all reports of an attempt. */
export type ReportBody = WorkerEvent extends infer E
  ? E extends WorkerEvent
    ? Omit<E, 'jobId' | 'kind' | 'userId' | 'fence' | 'workerId' | 'region' | 'requestId' | 'at'>
    : never
  : never;

export interface Reporter {
  /** The report as an event of this attempt. */
  event(body: ReportBody): WorkerEvent;
  report(body: ReportBody): void;
  progress(progress: JobProgress): void;
  delta(messageId: MessageId, text: string): void;
  /** Sends what is held back, and resolves when all is sent or lost. Nothing is reported afterwards. */
  close(): Promise<void>;
}

export interface ReporterOptions {
  readonly claim: Pick<JobClaim, 'message' | 'fence'>;
  readonly events: EventWriter;
  readonly workerId: string;
  readonly region: string;
  readonly onLost: (error: unknown) => void;
}

const PROGRESS_INTERVAL_MS = 250;
const DELTA_INTERVAL_MS = 40;

type Send = (body: ReportBody) => void;

/** Passes on the newest progress, not too often; a new stage at once. */
function throttleProgress(send: Send) {
  let held: JobProgress | undefined;
  let lastStage: string | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (held === undefined) return;
    send({ type: 'progress', progress: held });
    lastStage = held.stage;
    held = undefined;
    sentAt = performance.now();
  }
  function add(progress: JobProgress): void {
    held = progress;
    const waitMs = sentAt + PROGRESS_INTERVAL_MS - performance.now();
    if (waitMs <= 0 || progress.stage !== lastStage) flush();
    else timer ??= setTimeout(flush, waitMs);
  }
  return { add, flush };
}

/** Joins pieces of a reply that come close together, and numbers what it passes on. */
function gatherDeltas(send: Send) {
  let held: { readonly messageId: MessageId; text: string } | undefined;
  let index = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (held === undefined) return;
    send({ type: 'delta', ...held, index });
    index += 1;
    held = undefined;
  }
  function add(messageId: MessageId, text: string): void {
    if (held !== undefined && held.messageId !== messageId) flush();
    held = { messageId, text: (held?.text ?? '') + text };
    timer ??= setTimeout(flush, DELTA_INTERVAL_MS);
  }
  return { add, flush };
}

/** A reporter for one attempt. */
export function createReporter(options: ReporterOptions): Reporter {
  const { message, fence } = options.claim;
  const { jobId, kind, userId, requestId } = message;
  const { workerId, region } = options;
  let sending: Promise<void> = Promise.resolve();
  let isClosed = false;

  const event = (body: ReportBody): WorkerEvent => {
    const at = new Date().toISOString();
    return { ...body, jobId, kind, userId, fence, requestId, workerId, region, at };
  };
  const send: Send = (body) => {
    const made = event(body);
    sending = sending.then(async () => options.events.write(made)).catch(options.onLost);
  };
  const progress = throttleProgress(send);
  const deltas = gatherDeltas(send);

  return {
    event,
    report: (body) => {
      if (!isClosed) send(body);
    },
    progress: (value) => {
      if (!isClosed) progress.add(value);
    },
    delta: (messageId, text) => {
      if (!isClosed && text !== '') deltas.add(messageId, text);
    },
    close: async () => {
      progress.flush();
      deltas.flush();
      isClosed = true;
      await sending;
    },
  };
}
