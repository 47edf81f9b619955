/**
 * Vocabulary of the queue. A **job** is one unit of work with one end. A **queue** is a class of workers (`video`, `ai`,
 * `email`, `cleanup`), one Redis stream per region, queue and **lane** (`interactive` before `bulk`). A **dispatch** puts a job
 * on its stream and gets a higher **generation**; each **delivery** of that entry to a worker counts up. Generation and
 * delivery together are the **fence**: what carries a lower fence than the job's row changes nothing.
 * A new job kind is one payload type here, one line in JOB_KINDS, one handler file in `workers/`.
 */
import type { ErrorCode } from './errors.ts';
import type { EditPlan, Operation, OutputSettings } from './edit-plan.ts';
import type { ConversationId, JobId, MessageId, ProjectId, RenderId, UserId, VideoId } from './ids.ts';
import type { Probe } from './media.ts';

export const QUEUES = ['video', 'ai', 'email', 'cleanup'] as const;
export type QueueName = (typeof QUEUES)[number];

export const LANES = ['interactive', 'bulk'] as const;
export type Lane = (typeof LANES)[number];

export const JOB_STATES = ['queued', 'active', 'retrying', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States that a job never leaves. */
export const TERMINAL_STATES: readonly JobState[] = ['completed', 'failed', 'cancelled'];

export interface JobKindPolicy {
  readonly queue: QueueName;
  readonly lane: Lane;
  /** Attempts that end in a retryable error before the job fails. */
  readonly maxAttempts: number;
  /** Deliveries that end without a word (the worker died) before the job counts as poison. */
  readonly maxCrashes: number;
  /** Wall clock of one attempt in milliseconds. */
  readonly timeoutMs: number;
}

const MINUTE_MS = 60_000;

export const JOB_KINDS = {
  'video.ingest': {
    queue: 'video',
    lane: 'interactive',
    maxAttempts: 3,
    maxCrashes: 3,
    timeoutMs: 10 * MINUTE_MS,
  },
  'video.render': {
    queue: 'video',
    lane: 'interactive',
    maxAttempts: 3,
    maxCrashes: 3,
    timeoutMs: 120 * MINUTE_MS,
  },
  'ai.chat': { queue: 'ai', lane: 'interactive', maxAttempts: 3, maxCrashes: 3, timeoutMs: 2 * MINUTE_MS },
  'cleanup.objects': {
    queue: 'cleanup',
    lane: 'bulk',
    maxAttempts: 10,
    maxCrashes: 5,
    timeoutMs: 10 * MINUTE_MS,
  },
} as const satisfies Record<string, JobKindPolicy>;
export type JobKind = keyof typeof JOB_KINDS;

/** What a worker is given. It needs nothing beyond this and object storage. */
export interface JobPayloads {
  'video.ingest': {
    readonly videoId: VideoId;
    /** Storage key of the uploaded file. */
    readonly sourceKey: string;
    /** Storage prefix (ending in `/`) where poster and thumbnail belong. */
    readonly derivedPrefix: string;
  };
  'video.render': {
    readonly renderId: RenderId;
    readonly projectId: ProjectId;
    readonly revision: number;
    readonly sourceKey: string;
    readonly sourceProbe: Probe;
    readonly plan: EditPlan;
    /** Storage prefix (ending in `/`) under which the finished file is published. */
    readonly outputPrefix: string;
  };
  'ai.chat': ChatContext;
  'cleanup.objects': { readonly keys: readonly string[]; readonly prefixes: readonly string[] };
}

/** The bounded context a chat turn is planned from. */
export interface ChatContext {
  readonly conversationId: ConversationId;
  /** The user's message to answer. */
  readonly messageId: MessageId;
  /** The assistant's message to be; deltas carry this id. */
  readonly replyId: MessageId;
  readonly content: string;
  /** Earlier turns, oldest first, the newest at most 20. */
  readonly history: readonly ChatTurn[];
  /** Absent when the conversation has no project or the project no ready video. */
  readonly project?: {
    readonly projectId: ProjectId;
    readonly name: string;
    /** The revision the reply is planned on; the API plans anew when the head has moved meanwhile. */
    readonly revision: number;
    readonly operations: readonly Operation[];
    readonly sourceProbe: Probe;
    readonly canUndo: boolean;
    readonly canRedo: boolean;
  };
}

export interface ChatTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** What an assistant's turn did, so that "that" and "again" can be resolved. */
  readonly outcome?: ChatOutcome['action'];
  /** Operations an assistant's turn added. */
  readonly operations?: readonly Operation[];
}

/** What a chat turn decided. `edit` carries the whole new list of operations, of which `added` are new or changed. */
export interface ChatOutcome {
  readonly reply: string;
  readonly action: 'edit' | 'undo' | 'redo' | 'reset' | 'render' | 'question' | 'answer';
  readonly operations?: readonly Operation[];
  readonly added?: readonly Operation[];
  readonly removed?: readonly Operation[];
  /** For undo and redo: how many steps. */
  readonly steps?: number;
  /** For render: settings that were asked for. */
  readonly output?: Partial<OutputSettings>;
  /** 0…1 */
  readonly confidence: number;
  readonly model: string;
  readonly tokens: { readonly input: number; readonly output: number };
  /** In US dollars; 0 for `local`. */
  readonly costUsd: number;
}

/** What a finished job reports; the API applies it to the database. */
export interface JobResults {
  'video.ingest': {
    readonly probe: Probe;
    readonly sha256: string;
    readonly posterKey: string;
    readonly thumbnailKey: string;
  };
  'video.render': {
    readonly outputKey: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly probe: Probe;
    readonly contentType: string;
    /** Wall clock of the FFmpeg run in seconds. */
    readonly renderSeconds: number;
  };
  'ai.chat': ChatOutcome;
  'cleanup.objects': { readonly deletedCount: number };
}

/** Generation first, then delivery: what is lower than the job's row is stale. */
export interface Fence {
  readonly generation: number;
  readonly delivery: number;
}

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export function compareFences(a: Fence, b: Fence): number {
  return a.generation - b.generation || a.delivery - b.delivery;
}

/** One entry of a job stream (field `job`, as JSON). */
export interface JobMessage<K extends JobKind = JobKind> {
  readonly jobId: JobId;
  readonly kind: K;
  readonly userId: UserId;
  readonly generation: number;
  readonly payload: JobPayloads[K];
  /** Request that caused the job, for logs. */
  readonly requestId: string;
  /** ISO 8601. */
  readonly enqueuedAt: string;
}

export interface JobFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly isRetryable: boolean;
}

export const STAGES = [
  'waiting',
  'fetching',
  'probing',
  'rendering',
  'checking',
  'publishing',
  'thinking',
  'done',
] as const;
export type Stage = (typeof STAGES)[number];

export interface JobProgress {
  /** 0…100 */
  readonly percent: number;
  readonly stage: Stage;
  readonly fps?: number;
  readonly etaSeconds?: number;
}

/** One entry of the events stream (field `event`, as JSON): what a worker tells the API. */
export type WorkerEvent = WorkerEventBase &
  (
    | { readonly type: 'started' }
    | { readonly type: 'heartbeat' }
    | { readonly type: 'progress'; readonly progress: JobProgress }
    | { readonly type: 'delta'; readonly messageId: MessageId; readonly text: string; readonly index: number }
    | { readonly type: 'completed'; readonly result: JobResults[JobKind] }
    | { readonly type: 'failed'; readonly failure: JobFailure }
    | { readonly type: 'released' }
  );

interface WorkerEventBase {
  readonly jobId: JobId;
  readonly kind: JobKind;
  readonly userId: UserId;
  readonly fence: Fence;
  readonly workerId: string;
  readonly region: string;
  readonly requestId: string;
  /** ISO 8601, the worker's clock; for display only, never for decisions. */
  readonly at: string;
}
