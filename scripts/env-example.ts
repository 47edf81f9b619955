/** Writes `.env.example` from the table of settings. `bun scripts/env-example.ts [--check]`: with --check it only compares. */
import { SETTINGS, type Setting } from '../src/config/settings.ts';

const FILE = new URL('../.env.example', import.meta.url).pathname;

const entries = Object.entries(SETTINGS as Record<string, Setting<unknown>>).map(([name, setting]) =>
  [
    `# ${setting.description}`,
    `# Form: ${setting.expected}.${setting.secret ? ' Secret: never printed.' : ''}`,
    `#${name}=${setting.fallback ?? setting.example ?? ''}`,
  ].join('\n'),
);
const text = [
  '# Every setting of VFXB. All have defaults: copy to .env and uncomment what you change.',
  '# A wrong value stops the process with a message that names it.',
  ...entries,
].join('\n\n');

if (process.argv.includes('--check')) {
  const current = await Bun.file(FILE)
    .text()
    .catch(() => '');
  if (current !== `${text}\n`) {
    console.error('.env.example is out of date: run bun scripts/env-example.ts');
    process.exit(1);
  }
} else {
  await Bun.write(FILE, `${text}\n`);
}
