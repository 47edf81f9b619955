/** FFmpeg's `-progress` report: blocks of `key=value` lines, each closed by `progress=continue` or `progress=end`. */
export interface RenderProgress {
  /** 0…100 of the expected output. */
  readonly percent: number;
  /** Frames encoded a second. */
  readonly fps: number;
  /** Seconds of output per second of work. */
  readonly speed: number;
  /** `undefined` until there is a speed to tell it from. */
  readonly etaSeconds: number | undefined;
}

const LONGEST_LINE = 4096;

/**
 * Reads a `-progress` stream as it comes, in pieces cut anywhere. Frames tell how far it is: FFmpeg 5 counts time by the
 * track that is behind, and reports `N/A` at first.
 */
export class ProgressParser {
  readonly #expectedFrames: number;
  readonly #fps: number;
  #rest = '';
  #values: Record<string, string> = {};

  /** `expectedFrames` and `fps` are those of the output. */
  constructor(expectedFrames: number, fps: number) {
    this.#expectedFrames = expectedFrames;
    this.#fps = fps;
  }

  /** The reports that the piece completes, oldest first. */
  push(piece: string): RenderProgress[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    const reports: RenderProgress[] = [];
    for (const line of lines) {
      const [key, value] = line.split('=', 2);
      if (key === undefined || value === undefined) continue;
      this.#values[key.trim()] = value.trim();
      if (key === 'progress') {
        reports.push(this.#report());
        this.#values = {};
      }
    }
    return reports;
  }

  #report(): RenderProgress {
    const number = (key: string): number => {
      const parsed = Number.parseFloat(this.#values[key] ?? '');
      return Number.isFinite(parsed) && parsed >= 0 ? parsed : 0;
    };
    const frames = number('frame');
    const fps = number('fps');
    const restFrames = Math.max(0, this.#expectedFrames - frames);
    return {
      percent: Math.min(100, (100 * frames) / Math.max(1, this.#expectedFrames)),
      fps,
      speed: fps / this.#fps,
      etaSeconds: fps > 0 ? restFrames / fps : undefined,
    };
  }
}
