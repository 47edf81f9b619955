/**
 * Runs the gates and the test suites and adds up what they say. A skipped or todo test counts as failed in CI: a missing component must not pass.
 * The last line is `N passed, N failed`; the exit code is 1 when anything failed.
 */
interface Suite {
  readonly name: string;
  readonly command: readonly string[];
}

// A shared machine can be many times slower than the one a test was written on.
const TEST_TIMEOUT_MS = '60000';

const SUITES: readonly Suite[] = [
  { name: 'check', command: ['bun', 'scripts/check.ts'] },
  { name: 'unit', command: ['bun', 'test', '--timeout', TEST_TIMEOUT_MS, 'test/unit'] },
  { name: 'integration', command: ['bun', 'test', '--timeout', TEST_TIMEOUT_MS, 'test/integration'] },
  { name: 'e2e', command: ['bun', 'test', '--timeout', TEST_TIMEOUT_MS, 'test/e2e'] },
];

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const isCi = process.env['CI'] !== undefined && process.env['CI'] !== '';

/** Copies the stream to our own output while keeping its text. */
async function tee(stream: ReadableStream<Uint8Array>, sink: NodeJS.WriteStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) {
    sink.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

const lastCount = (output: string, word: string): number =>
  Number([...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, 'gm'))].at(-1)?.[1] ?? 0);

function tally(suite: Suite, output: string, code: number): Tally {
  if (suite.name === 'check') {
    const passed = [...output.matchAll(/^ok {3}/gm)].length;
    const failed = [...output.matchAll(/^FAIL /gm)].length;
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
  }
  const skipped = lastCount(output, 'skip') + lastCount(output, 'todo');
  const failed = lastCount(output, 'fail') + (isCi ? skipped : 0);
  const passed = lastCount(output, 'pass');
  // A runner that died or ran nothing has not passed, whatever it counted.
  const isBroken = (code !== 0 && failed === 0) || passed + failed === 0;
  return { passed, failed: isBroken ? failed + 1 : failed };
}

async function run(suite: Suite): Promise<Tally> {
  console.log(`\n=== ${suite.name}`);
  const started = performance.now();
  const child = Bun.spawn([...suite.command], { stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' });
  const [stdout, stderr, code] = await Promise.all([
    tee(child.stdout, process.stdout),
    tee(child.stderr, process.stderr),
    child.exited,
  ]);
  const result = tally(suite, `${stdout}\n${stderr}`, code);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`=== ${suite.name}: ${result.passed} passed, ${result.failed} failed in ${seconds} s`);
  return result;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `Unknown suite ${unknown.join(', ')}; there are ${SUITES.map((suite) => suite.name).join(', ')}.`,
  );
  process.exit(2);
}
const results: Tally[] = [];
for (const suite of SUITES)
  if (wanted.length === 0 || wanted.includes(suite.name)) results.push(await run(suite));
const sum = (key: keyof Tally): number => results.reduce((total, result) => total + result[key], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') === 0 ? 0 : 1);
