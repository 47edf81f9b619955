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
/** How long a replay waits for a peer to take what was sent. */
const DRAIN_TIMEOUT_MS = 30_000;
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
  #drained: PromiseWithResolvers<void> | undefined;
  /** Runs of numbers sent on this socket, both ends included; more than one where an outage left a gap. */
  readonly #live: { readonly from: number; to: number }[] = [];

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
    for (const frame of missed.frames) await this.#sendPaced(frame);
    this.answer(answer(missed));
    for (let next = this.#held?.shift(); next !== undefined; next = this.#held?.shift())
      await this.#sendPaced(next);
    this.#held = undefined;
  }

  /** The peer has taken all that waited for it. */
  drained(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
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
    this.drained();
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  /** A long replay would overrun the peer's buffer at once, so it waits until the peer has taken what came before. */
  async #sendPaced(frame: ServerFrame): Promise<void> {
    if (this.isClosed || !this.#sendLive(frame)) return;
    this.#drained ??= Promise.withResolvers<void>();
    const { promise } = this.#drained;
    const timer = setTimeout(
      () => this.close(CLOSE_CODES.tooSlow, 'frames are read too slowly; resume from the last seq'),
      DRAIN_TIMEOUT_MS,
    );
    await promise;
    clearTimeout(timer);
  }

  #wasSent({ seq }: ServerFrame): boolean {
    return seq !== undefined && this.#live.some(({ from, to }) => seq >= from && seq <= to);
  }

  /** True when the frame waits for a peer that has not taken what came before. */
  #sendLive(frame: ServerFrame): boolean {
    const { seq } = frame;
    if (this.#wasSent(frame)) return false;
    if (seq !== undefined) {
      const run = this.#live.find(({ to }) => to === seq - 1);
      if (run === undefined) this.#live.push({ from: seq, to: seq });
      else run.to = seq;
    }
    return this.#send(frame);
  }

  #send(frame: ServerFrame): boolean {
    if (this.isClosed) return false;
    const taken = this.#peer.send(JSON.stringify(frame));
    if (taken === 0) this.close(CLOSE_CODES.tooSlow, 'frames are read too slowly; resume from the last seq');
    return taken === -1;
  }
}
