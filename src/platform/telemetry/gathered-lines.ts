/** Log lines written together: a system call for each line costs more than all else a short request does. */
import pino, { type DestinationStream } from 'pino';

/** How long a line may wait for others. */
const WAIT_MS = 20;
const GATHER_MAX_CHARS = 8 * 1024;
const WARN = pino.levels.values['warn'] ?? 40;

/**
 * Gathers lines for at most 20 ms or 8 KB. Warnings and worse go out at once, with all that came before them, and so does what is left when
 * the process ends, crashes included; only SIGKILL or a fault of the runtime loses those 20 ms.
 */
export function gatherLines(destination: DestinationStream): DestinationStream {
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = gathered;
    gathered = '';
    if (lines !== '') destination.write(lines);
  };
  process.on('exit', flush);
  return {
    // Asks pino to leave each line's level in `lastLevel`.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      gathered += line;
      if (this.lastLevel >= WARN || gathered.length >= GATHER_MAX_CHARS) flush();
      else timer ??= setTimeout(flush, WAIT_MS);
    },
  } as DestinationStream & { lastLevel: number };
}
