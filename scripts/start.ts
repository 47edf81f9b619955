/**
 * Runs everything in one terminal: embedded Redis, API, one worker. Ctrl-C stops it all. `bun run start`
 * With --watch each process restarts when its source changes (`bun run dev`).
 */
import { startStack } from './stack.ts';

const stack = await startStack({ watch: process.argv.includes('--watch') }).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
console.log(`\nVFXB is up: ${stack.apiUrl}/api/v1, Swagger at ${stack.apiUrl}/docs. Ctrl-C stops it.\n`);
const interrupted = new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
});
const code = await Promise.race([
  interrupted.then(() => 0),
  stack.failed.catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }),
]);
await stack.stop();
process.exit(code);
