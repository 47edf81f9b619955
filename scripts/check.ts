/**
 * The gates that need no service: format, lint (type-aware), types, import arrows, unused code.
 * Prints one line a gate; exits 1 when any fails. `bun run check`
 */
interface Gate {
  readonly name: string;
  readonly command: readonly string[];
  /** A second look at the output, for tools that pass when they saw nothing. Returns a complaint. */
  readonly verify?: (output: string) => string | undefined;
}

const GATES: readonly Gate[] = [
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  {
    name: 'lint',
    command: ['oxlint', '--type-aware', '--deny-warnings', 'src', 'workers', 'test', 'scripts'],
  },
  { name: 'types', command: ['tsc', '-p', '.'] },
  {
    name: 'arrows',
    command: ['bun', '--bun', 'x', 'depcruise', 'src', 'workers', '--config', '.dependency-cruiser.cjs'],
    // With a TypeScript it cannot use, dependency-cruiser sees 0 modules and passes.
    verify: (output) => (/\((?!0 )\d+ modules/.test(output) ? undefined : 'no module was cruised'),
  },
  { name: 'unused', command: ['knip'] },
  { name: 'settings', command: ['bun', 'scripts/env-example.ts', '--check'] },
];

async function run(gate: Gate): Promise<boolean> {
  const started = performance.now();
  const child = Bun.spawn(gate.command[0] === 'bun' ? [...gate.command] : ['bun', 'x', ...gate.command], {
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const complaint = code === 0 ? gate.verify?.(stdout + stderr) : undefined;
  const passed = code === 0 && complaint === undefined;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${gate.name} (${seconds} s)${complaint ? `: ${complaint}` : ''}`);
  if (!passed) console.log(stdout + stderr);
  return passed;
}

const wanted = new Set(process.argv.slice(2));
const gates = wanted.size === 0 ? GATES : GATES.filter((gate) => wanted.has(gate.name));
const results: boolean[] = [];
for (const gate of gates) results.push(await run(gate));
process.exit(results.every(Boolean) ? 0 : 1);
