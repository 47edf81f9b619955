/** Starts a worker: `bun workers/main.ts --region ams --queues video,ai --concurrency 2`. `--help` says more. */
import { registry } from './registry.ts';
import { runWorker } from './worker-process.ts';

process.exit(await runWorker(process.argv.slice(2), registry));
