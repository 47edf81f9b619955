/** Starts an API and workers as processes of their own and stops them again; used by `start` and `demo`. */
import { appendFileSync } from 'node:fs';

export interface StackOptions {
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the processes' logs go; without it, to standard output. */
  readonly logFile?: string;
  /** Restart each process when its source changes. */
  readonly watch?: boolean;
  /** Ends what has been started so far, also in the middle of the start. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  readonly apiUrl: string;
  readonly logFile: string | undefined;
  /** Rejects when a process ends by itself. */
  readonly failed: Promise<never>;
  /** Ends the worker, then the API, waiting for each. */
  stop(): Promise<void>;
}

type Child = Bun.Subprocess<'ignore', 'pipe', 'inherit' | 'pipe'>;

interface Running {
  readonly child: Child;
  /** Resolves with the log line that says the process is ready. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
}

const READY = /ready"/;

/** Copies a process' lines to the log and looks for the one that says it is ready. */
async function follow(
  stream: ReadableStream<Uint8Array>,
  write: (line: string) => void,
  onReady: (line: Readonly<Record<string, unknown>>) => void,
): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      write(line);
      if (READY.test(line) && line.startsWith('{')) onReady(JSON.parse(line));
    }
  }
  if (rest !== '') write(rest);
}

function startProcess(entry: string, options: StackOptions): Running {
  const child = Bun.spawn(['bun', ...(options.watch ? ['--watch'] : []), entry], {
    env: { ...process.env, ...options.env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: options.logFile === undefined ? 'inherit' : 'pipe',
  });
  const ready = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  const errors: string[] = [];
  const write = (line: string): void => {
    if (options.logFile === undefined) process.stdout.write(`${line}\n`);
    else appendFileSync(options.logFile, `${line}\n`);
  };
  void follow(child.stdout, write, ready.resolve);
  const errorsRead =
    child.stderr === undefined
      ? Promise.resolve()
      : follow(
          child.stderr,
          (line) => {
            errors.push(line);
            write(line);
          },
          () => {},
        );
  void child.exited.then(async (code) => {
    await errorsRead;
    const why = errors.slice(-20).join('\n');
    ready.reject(new Error(`${entry} ended with code ${code}${why === '' ? '' : `:\n${why}`}`));
  });
  return { child, ready: ready.promise };
}

async function stopProcess({ child }: Running): Promise<void> {
  if (child.exitCode === null) child.kill('SIGTERM');
  await child.exited;
}

/**
 * Starts the API, then one worker; resolves when both are ready.
 * @throws Error with the last lines of standard error when one of them ends before that, or when the signal stops the start
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const running: Running[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    for (const process of running.toReversed()) await stopProcess(process);
  };
  // Once: a process that is told twice does not clean up.
  const stop = async (): Promise<void> => {
    stopping ??= stopAll();
    return stopping;
  };
  options.signal?.addEventListener('abort', () => void stop());
  const start = async (entry: string): Promise<Readonly<Record<string, unknown>>> => {
    options.signal?.throwIfAborted();
    const process = startProcess(entry, options);
    running.push(process);
    return process.ready;
  };
  try {
    const api = await start('src/main.ts');
    await start('workers/main.ts');
    const failed = Promise.race(
      running.map(async ({ child }) => {
        const code = await child.exited;
        if (stopping !== undefined) return new Promise<never>(() => {});
        throw new Error(`a process of the stack ended with code ${code}`);
      }),
    );
    failed.catch(() => {});
    return { apiUrl: String(api['url']), logFile: options.logFile, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
