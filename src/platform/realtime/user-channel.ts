/**
 * Hands one user's frames to this process' listeners in the order of their numbers, each once. A number that is skipped
 * (the subscription was down) is fetched from the resume log before the frames behind it go on.
 */
import type { ServerFrame } from '../../contracts/realtime.ts';
import type { Missed } from './resume-log.ts';

/** `origin` names the socket whose user caused a signal, so that it does not hear itself. */
export type FrameListener = (frame: ServerFrame, origin?: string) => void;

export interface UserChannelDeps {
  /** Fetches what came after the number. Resolves, incomplete, even when Redis is down. */
  readonly since: (after: number) => Promise<Missed>;
  /** Hears of a listener that threw. */
  readonly onListenerError: (error: unknown) => void;
}

export class UserChannel {
  readonly #listeners = new Set<FrameListener>();
  readonly #deps: UserChannelDeps;
  /** Number of the newest frame handed on; undefined until the starting point is known. */
  #lastSeq: number | undefined;
  /** Frames that wait for a catch-up to end. */
  #waiting: ServerFrame[] | undefined;

  constructor(deps: UserChannelDeps) {
    this.#deps = deps;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  add(listener: FrameListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: FrameListener): void {
    this.#listeners.delete(listener);
  }

  /** States the number before the first frame that matters. Frames up to it are not handed on. */
  startAfter(seq: number): void {
    this.#lastSeq ??= seq;
  }

  /** Takes a frame from the subscription. */
  receive(frame: ServerFrame): void {
    if (this.#waiting !== undefined) this.#waiting.push(frame);
    else if (this.#isNext(frame)) this.#handOn(frame);
    else if (!this.#isOld(frame)) void this.catchUp([frame]);
  }

  /** Hands a frame without a number to every listener at once. */
  deliver(frame: ServerFrame, origin?: string): void {
    for (const listener of this.#listeners)
      try {
        listener(frame, origin);
      } catch (error) {
        this.#deps.onListenerError(error);
      }
  }

  /** Fetches and hands on what this process missed, then the frames that arrived meanwhile. */
  async catchUp(arrived: ServerFrame[] = []): Promise<void> {
    if (this.#lastSeq === undefined || this.#waiting !== undefined) return;
    this.#waiting = arrived;
    const missed = await this.#deps.since(this.#lastSeq);
    if (!missed.complete && missed.seq !== 0)
      this.deliver({ type: 'resumed', data: { complete: false, seq: missed.seq } });
    if (!missed.complete && missed.frames.length === 0) this.#lastSeq = Math.max(this.#lastSeq, missed.seq);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const frame of [...missed.frames, ...waiting]) if (!this.#isOld(frame)) this.#handOn(frame);
  }

  #isNext(frame: ServerFrame): boolean {
    return frame.seq === undefined || this.#lastSeq === undefined || frame.seq === this.#lastSeq + 1;
  }

  #isOld(frame: ServerFrame): boolean {
    return frame.seq !== undefined && this.#lastSeq !== undefined && frame.seq <= this.#lastSeq;
  }

  #handOn(frame: ServerFrame): void {
    if (frame.seq !== undefined) this.#lastSeq = frame.seq;
    this.deliver(frame);
  }
}
