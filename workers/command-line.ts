/** The worker's command line: each option stands in for a setting. */
import { parseArgs } from 'node:util';
import { QUEUES } from '../src/contracts/jobs.ts';

export const USAGE = `Usage: bun workers/main.ts [options]

Runs jobs from the queue until it is stopped (SIGTERM or Ctrl-C); running jobs get DRAIN_MS to finish,
then they are handed back.

  --region <name>         region whose jobs it takes          (REGION)
  --queues <a,b>          queues it takes jobs from: ${QUEUES.join(', ')}
                                                              (WORKER_QUEUES)
  --concurrency <number>  jobs it runs at once                (WORKER_CONCURRENCY)
  --help                  this text

Every other setting comes from the environment: see .env.example.
`;

export type CommandLine =
  | { readonly type: 'run'; readonly overrides: Readonly<Record<string, string>> }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly message: string };

/** Reads the arguments after the script's name. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        region: { type: 'string' },
        queues: { type: 'string' },
        concurrency: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { type: 'help' };
    return {
      type: 'run',
      overrides: {
        ...(values.region === undefined ? {} : { REGION: values.region }),
        ...(values.queues === undefined ? {} : { WORKER_QUEUES: values.queues }),
        ...(values.concurrency === undefined ? {} : { WORKER_CONCURRENCY: values.concurrency }),
      },
    };
  } catch (error) {
    return { type: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
}
