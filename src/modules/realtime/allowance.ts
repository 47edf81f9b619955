/** A budget that refills steadily: how a connection's frames are bounded. Pure but for its own state. */
export class Allowance {
  readonly #perWindow: number;
  readonly #windowMs: number;
  #left: number;
  #asOfMs: number;

  /** Full at first: `perWindow` at once, then that many in each window. */
  constructor(perWindow: number, windowMs: number, nowMs: number) {
    this.#perWindow = perWindow;
    this.#windowMs = windowMs;
    this.#left = perWindow;
    this.#asOfMs = nowMs;
  }

  /** Takes one; false when none is left. */
  take(nowMs: number): boolean {
    const refilled = ((nowMs - this.#asOfMs) / this.#windowMs) * this.#perWindow;
    this.#left = Math.min(this.#perWindow, this.#left + Math.max(0, refilled));
    this.#asOfMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
