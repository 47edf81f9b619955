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
  readonly writer: EventWriter;
  readonly workerId: string;
  readonly region: string;
  readonly onLost: (error: unknown) => void;
}

const PROGRESS_INTERVAL_MS = 250;
const DELTA_INTERVAL_MS = 40;

interface HeldDelta {
  readonly messageId: MessageId;
  text: string;
}

/** A reporter for one attempt. */
export function createReporter(options: ReporterOptions): Reporter {
  const { message, fence } = options.claim;
  const { jobId, kind, userId, requestId } = message;
  let sending: Promise<void> = Promise.resolve();
  let isClosed = false;
  let heldProgress: JobProgress | undefined;
  let progressSentAt = Number.NEGATIVE_INFINITY;
  let lastStage: string | undefined;
  let progressTimer: ReturnType<typeof setTimeout> | undefined;
  let heldDelta: HeldDelta | undefined;
  let deltaTimer: ReturnType<typeof setTimeout> | undefined;
  let deltaIndex = 0;

  const event = (body: ReportBody): WorkerEvent => ({
    ...body,
    jobId,
    kind,
    userId,
    fence,
    requestId,
    workerId: options.workerId,
    region: options.region,
    at: new Date().toISOString(),
  });

  function send(body: ReportBody): void {
    const made = event(body);
    sending = sending.then(async () => options.writer.write(made)).catch(options.onLost);
  }

  function sendProgress(): void {
    clearTimeout(progressTimer);
    progressTimer = undefined;
    if (heldProgress === undefined) return;
    send({ type: 'progress', progress: heldProgress });
    lastStage = heldProgress.stage;
    heldProgress = undefined;
    progressSentAt = performance.now();
  }

  function sendDelta(): void {
    clearTimeout(deltaTimer);
    deltaTimer = undefined;
    if (heldDelta === undefined) return;
    send({ type: 'delta', ...heldDelta, index: deltaIndex });
    deltaIndex += 1;
    heldDelta = undefined;
  }

  return {
    event,
    report: (body) => {
      if (!isClosed) send(body);
    },
    progress: (progress) => {
      if (isClosed) return;
      heldProgress = progress;
      const waitMs = progressSentAt + PROGRESS_INTERVAL_MS - performance.now();
      if (waitMs <= 0 || progress.stage !== lastStage) sendProgress();
      else progressTimer ??= setTimeout(sendProgress, waitMs);
    },
    delta: (messageId, text) => {
      if (isClosed || text === '') return;
      if (heldDelta !== undefined && heldDelta.messageId !== messageId) sendDelta();
      if (heldDelta === undefined) heldDelta = { messageId, text };
      else heldDelta.text += text;
      deltaTimer ??= setTimeout(sendDelta, DELTA_INTERVAL_MS);
    },
    close: async () => {
      sendProgress();
      sendDelta();
      isClosed = true;
      await sending;
    },
  };
}
