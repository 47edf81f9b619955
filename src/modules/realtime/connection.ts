/**
 * One socket: what it sends and in which order. A frame that the peer reads too slowly for is never dropped in silence: the
 * socket is closed instead, and the client resumes from the last number it has.
 */
import { CLOSE_CODES, type ServerFrame } from '../../contracts/realtime.ts';
import type { UserId } from '../../contracts/ids.ts';
import type { Missed } from '../../platform/realtime/realtime.ts';
import { Allowance } from './allowance.ts';
import type { Principal } from './deps.ts';

/** The transport under a connection. */
export interface SocketPeer {
  /** Bytes sent; -1 when queued behind others; 0 when dropped. */
  send(text: string): number;
  close(code: number, reason: string): void;
  /** Cuts the connection without a goodbye. */
  terminate(): void;
}

/** How long live frames wait after `ready` for a `resume`, so that what was missed comes before what is new. */
const RESUME_GRACE_MS = 500;
/** Frames that may wait for a resume to be answered. */
const HELD_MAX = 2_000;
/** A peer that does not take its close frame is cut off after this. */
const CLOSE_GRACE_MS = 2_000;
const MINUTE_MS = 60_000;
/** Frames a second, after a first burst of ten seconds' worth. */
const FRAMES_PER_10_SECONDS = 300;
const BAD_FRAMES_PER_MINUTE = 20;

export class Connection {
  readonly id = Bun.randomUUIDv7();
  readonly #peer: SocketPeer;
  readonly #frames: Allowance;
  readonly #badFrames: Allowance;
  principal: Principal | undefined;
  /** The token to prove again; undefined for a socket opened by ticket. */
  token: string | undefined;
  /** Stops listening to the user's frames. */
  unsubscribe: (() => void) | undefined;
  isClosed = false;
  #held: ServerFrame[] | undefined = [];
  #graceTimer: ReturnType<typeof setTimeout> | undefined;
  /** Numbers sent live on this socket: from (exclusive) and to (inclusive). */
  #live: { readonly from: number; to: number } | undefined;

  constructor(peer: SocketPeer, nowMs: number) {
    this.#peer = peer;
    this.#frames = new Allowance(FRAMES_PER_10_SECONDS, 10_000, nowMs);
    this.#badFrames = new Allowance(BAD_FRAMES_PER_MINUTE, MINUTE_MS, nowMs);
  }

  get userId(): UserId | undefined {
    return this.principal?.userId;
  }

  /** False when the client sends faster than it may. */
  admitsFrame(nowMs: number): boolean {
    return this.#frames.take(nowMs);
  }

  /** Notes a frame that was refused for its form; closes the socket when there are too many. */
  noteBadFrame(nowMs: number): void {
    if (!this.#badFrames.take(nowMs)) this.close(CLOSE_CODES.tooManyErrors, 'too many bad frames');
  }

  /** Sends a direct answer at once. */
  answer(frame: ServerFrame): void {
    this.#send(frame);
  }

  /** Sends a frame of the user's stream; it waits while a resume is expected or under way. */
  deliver(frame: ServerFrame): void {
    if (this.#held === undefined) this.#sendLive(frame);
    else if (this.#held.length < HELD_MAX) this.#held.push(frame);
    else this.close(CLOSE_CODES.tooSlow, 'too many frames are waiting');
  }

  /** Tells the client that frames follow, and waits a moment for it to resume. */
  begin(ready: ServerFrame): void {
    this.answer(ready);
    this.#graceTimer = setTimeout(() => this.release(), RESUME_GRACE_MS);
  }

  /** Lets waiting frames go. */
  release(): void {
    clearTimeout(this.#graceTimer);
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) this.#sendLive(frame);
  }

  /** Sends what was missed, then the answer, then what arrived meanwhile. Nothing is sent twice on one socket. */
  async resume(fetch: () => Promise<Missed>, answer: (missed: Missed) => ServerFrame): Promise<void> {
    clearTimeout(this.#graceTimer);
    this.#held ??= [];
    const missed = await fetch();
    for (const frame of missed.frames) if (!this.#wasSent(frame)) this.#sendLive(frame);
    this.answer(answer(missed));
    this.release();
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.forget();
    this.#peer.close(code, reason);
    setTimeout(() => this.#peer.terminate(), CLOSE_GRACE_MS).unref();
  }

  /** The socket is gone: nothing is sent or heard any more. */
  forget(): void {
    this.isClosed = true;
    clearTimeout(this.#graceTimer);
    this.#held = undefined;
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  #wasSent({ seq }: ServerFrame): boolean {
    return seq !== undefined && this.#live !== undefined && seq > this.#live.from && seq <= this.#live.to;
  }

  #sendLive(frame: ServerFrame): void {
    const { seq } = frame;
    if (this.#wasSent(frame)) return;
    if (seq !== undefined) {
      if (this.#live === undefined || seq <= this.#live.from) this.#live ??= { from: seq - 1, to: seq };
      else this.#live.to = seq;
    }
    this.#send(frame);
  }

  #send(frame: ServerFrame): void {
    if (this.isClosed) return;
    if (this.#peer.send(JSON.stringify(frame)) === 0)
      this.close(CLOSE_CODES.tooSlow, 'frames are read too slowly; resume from the last seq');
  }
}
