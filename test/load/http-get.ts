/**
 * Requests per second and latency of an authenticated GET (`api`: `/api/v1/auth/me` with its database read) and of a public one
 * without a read (`edge`: `/health/live`) against a `bare` `Bun.serve`, interleaved in the same run.
 * `bun test/load/http-get.ts [--rounds 3] [--seconds 5] [--connections 64]`
 *
 * The load generator shares the machine, so CPU time per request (from /proc) is the steadier figure.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createApiClient } from '../fixtures/api-client.ts';
import { startStack } from '../fixtures/stack.ts';

interface Round {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicrosecondsPerRequest: number;
  readonly failedCount: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('bun test/load/http-get.ts [--rounds 3] [--seconds 5] [--connections 64]');
  process.exit(0);
}

const TICKS_PER_SECOND = 100;

/** CPU seconds a process has used: fields 14 and 15 of /proc/<pid>/stat, in clock ticks. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };
const latencyMs = (report: string, percentile: string): number => {
  const [, amount, unit = ''] = new RegExp(`${percentile}%\\s+([\\d.]+)(us|ms|s)`).exec(report) ?? [];
  return Number(amount) * (MS_PER_UNIT[unit] ?? Number.NaN);
};

async function measure(url: string, pid: number, headers: readonly string[] = []): Promise<Round> {
  const before = cpuSeconds(pid);
  const wrk = Bun.spawn(
    [
      ...['wrk', '-t1', `-c${values.connections}`, `-d${values.seconds}s`, '--latency'],
      ...headers.flatMap((header) => ['-H', header]),
      url,
    ],
    { stdout: 'pipe' },
  );
  const report = await new Response(wrk.stdout).text();
  const requests = Number(/(\d+) requests in/.exec(report)?.[1]);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1]),
    p50Ms: latencyMs(report, '50'),
    p99Ms: latencyMs(report, '99'),
    cpuMicrosecondsPerRequest: ((cpuSeconds(pid) - before) * 1e6) / requests,
    failedCount: Number(/Non-2xx or 3xx responses: (\d+)/.exec(report)?.[1] ?? 0),
  };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const medianRound = (rounds: readonly Round[]) => ({
  requestsPerSecond: Math.round(median(rounds.map((round) => round.requestsPerSecond))),
  p50Ms: median(rounds.map((round) => round.p50Ms)),
  p99Ms: median(rounds.map((round) => round.p99Ms)),
  cpuMicrosecondsPerRequest:
    Math.round(median(rounds.map((round) => round.cpuMicrosecondsPerRequest)) * 10) / 10,
  failedCount: rounds.reduce((sum, round) => sum + round.failedCount, 0),
});

await using stack = await startStack({ workers: 0 });
const client = await createApiClient(stack.apiUrl);
await client.register();
const bare = Bun.spawn([process.execPath, 'test/fixtures/processes/bare-server.ts'], { stdout: 'pipe' });
const { value } = await bare.stdout.getReader().read();
const { url: bareUrl } = JSON.parse(new TextDecoder().decode(value)) as { url: string };

const target = `${stack.apiUrl}/api/v1/auth/me`;
const headers = [`Authorization: Bearer ${client.token ?? ''}`];
await measure(target, stack.apiPid, headers); // warm-up
const bareRounds: Round[] = [];
const edgeRounds: Round[] = [];
const apiRounds: Round[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  bareRounds.push(await measure(bareUrl, bare.pid));
  edgeRounds.push(await measure(`${stack.apiUrl}/health/live`, stack.apiPid));
  apiRounds.push(await measure(target, stack.apiPid, headers));
}
bare.kill();
await bare.exited;

const result = { bare: medianRound(bareRounds), edge: medianRound(edgeRounds), api: medianRound(apiRounds) };
console.log(
  JSON.stringify(
    {
      ...result,
      ratio: {
        requestsPerSecond:
          Math.round((result.api.requestsPerSecond / result.bare.requestsPerSecond) * 1_000) / 1_000,
        cpu:
          Math.round((result.api.cpuMicrosecondsPerRequest / result.bare.cpuMicrosecondsPerRequest) * 10) /
          10,
      },
    },
    null,
    2,
  ),
);
process.exitCode = result.api.failedCount === 0 ? 0 : 1;
