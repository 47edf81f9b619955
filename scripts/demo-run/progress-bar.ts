/** One line that redraws itself on a terminal, and a line a step where output is a file. */
const WIDTH = 28;

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.max(0, Math.round(seconds % 60))).padStart(2, '0')}`;

export interface ProgressBar {
  /** @param percent 0…100 */
  update(percent: number, note?: string, etaSeconds?: number): void;
  finish(note: string): void;
}

export function createProgressBar(label: string): ProgressBar {
  const isTerminal = process.stdout.isTTY;
  let lastShown = -1;
  const line = (percent: number, note: string): string => {
    const filled = Math.round((percent / 100) * WIDTH);
    const bar = `${'█'.repeat(filled)}${'·'.repeat(WIDTH - filled)}`;
    return `  ${label} [${bar}] ${String(Math.round(percent)).padStart(3)} % ${note}`;
  };
  return {
    update: (percent, note = '', etaSeconds) => {
      const text = line(percent, etaSeconds === undefined ? note : `${note} ETA ${clock(etaSeconds)}`);
      const step = Math.floor(percent / 20);
      if (isTerminal) process.stdout.write(`\r\u001b[2K${text}`);
      else if (step !== lastShown) process.stdout.write(`${text}\n`);
      lastShown = step;
    },
    finish: (note) => {
      process.stdout.write(`${isTerminal ? '\r\u001b[2K' : ''}${line(100, note)}\n`);
    },
  };
}
