/**
 * Runs everything in one terminal: embedded Redis, API, one worker. Ctrl-C stops it all. `bun run start`
 * With --watch each process restarts when its source changes (`bun run dev`).
 */
import { startStack } from './stack.ts';

const interruption = new AbortController();
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      interruption.abort();
      resolve();
    });
});

async function run(): Promise<number> {
  const watch = process.argv.includes('--watch');
  const stack = await startStack({ watch, signal: interruption.signal });
  console.log(`\nVFXB is up: ${stack.apiUrl}/api/v1, Swagger at ${stack.apiUrl}/docs. Ctrl-C stops it.\n`);
  try {
    await Promise.race([interrupted, stack.failed]);
    return 0;
  } finally {
    await stack.stop();
  }
}

try {
  process.exit(await run());
} catch (error) {
  if (interruption.signal.aborted) process.exit(0);
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
