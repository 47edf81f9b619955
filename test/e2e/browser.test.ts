/** A real browser with a page from another origin: what CORS, Origin and the files' headers really let through. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { EditingSession, type ProjectAnswer } from '../fixtures/editing-session.ts';
import { Footage } from '../fixtures/footage.ts';
import { type Stack, startStack } from '../fixtures/stack.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

setDefaultTimeout(60_000);

/** What the page found: a field for each thing that worked, a line in `errors` for each that did not. */
interface Report {
  readonly origin: string;
  readonly requestId?: string;
  readonly login?: string;
  readonly chat?: { readonly content: string; readonly status: string; readonly revision?: number };
  readonly shown: string;
  readonly video?: {
    readonly width: number;
    readonly height: number;
    readonly duration: number;
    readonly currentTime: number;
  };
  readonly errors?: Readonly<Record<string, string>>;
}

interface PageServer extends Disposable {
  readonly origin: string;
  readonly reported: Promise<Report>;
}

const PAGE = join(import.meta.dir, '..', 'fixtures', 'browser-page.html');
const BROWSER_TIMEOUT_MS = 40_000;

/** Serves the page on an origin of its own and takes its report. */
function servePage(): PageServer {
  const report = Promise.withResolvers<Report>();
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    routes: {
      '/': new Response(Bun.file(PAGE)),
      '/report': {
        POST: async (request) => {
          report.resolve((await request.json()) as Report);
          return new Response();
        },
      },
    },
    fetch: () => new Response(null, { status: 404 }),
  });
  return {
    origin: `http://127.0.0.1:${server.port}`,
    reported: report.promise,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

/** Opens the URL in a headless Chromium of its own until the page has reported. */
async function visit(url: string, page: PageServer): Promise<Report> {
  const profile = tempFolder();
  const browser = Bun.spawn(
    [
      ...['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--mute-audio'],
      ...['--disable-background-networking', '--disable-dev-shm-usage', '--no-proxy-server'],
      ...[`--user-data-dir=${profile.path}`, '--remote-debugging-port=0', url],
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' },
  );
  const said = new Response(browser.stderr).text();
  const late = Promise.withResolvers<never>();
  const giveUp = (why: string) => async (): Promise<void> => {
    browser.kill('SIGKILL');
    late.reject(new Error(`${why}:\n${await said}`));
  };
  const timer = setTimeout(() => void giveUp('the page did not report')(), BROWSER_TIMEOUT_MS);
  void browser.exited.then(giveUp('the browser ended'));
  try {
    return await Promise.race([page.reported, late.promise]);
  } finally {
    clearTimeout(timer);
    late.promise.catch(() => undefined);
    browser.kill('SIGTERM');
    await browser.exited;
    profile[Symbol.dispose]();
  }
}

let footage: Footage;
let stack: Stack;
let known: PageServer;
let foreign: PageServer;
let session: EditingSession;
let project: ProjectAnswer & { readonly videoId?: string };

beforeAll(async () => {
  [known, foreign] = [servePage(), servePage()];
  [footage, stack] = await Promise.all([
    Footage.create(),
    startStack({ env: { CORS_ORIGINS: known.origin } }),
  ]);
  session = await EditingSession.open(stack.apiUrl, footage.folder);
  project = await session.projectOver(await footage.clip('standard'));
});
afterAll(async () => {
  known?.[Symbol.dispose]();
  foreign?.[Symbol.dispose]();
  await stack?.stop();
  await footage?.remove();
});

const urlOn = ({ origin }: PageServer): string => {
  const query = new URLSearchParams({
    apiUrl: stack.apiUrl,
    email: session.api.user?.email ?? '',
    password: 'a long enough password',
    projectId: project.id,
    videoId: project.videoId ?? '',
  });
  return `${origin}/?${query.toString()}`;
};

test('a page of an allowed origin logs in, chats over the socket, shows the reply and plays the video by its link', async () => {
  const report = await visit(urlOn(known), known);
  expect(report.errors).toBeUndefined();
  expect(report.requestId).toBeString();
  expect(report.chat).toMatchObject({ status: 'completed', revision: 1 });
  expect(report.shown).toBe(report.chat?.content ?? '');
  expect(report.shown).not.toBe('');
  expect(report.video).toMatchObject({ width: 320, height: 180 });
  expect(report.video?.duration).toBeCloseTo(4, 1);
  expect(report.video?.currentTime).toBeGreaterThanOrEqual(2);
});

test('a page of any other origin can do none of it', async () => {
  const before = await session.api.json<ProjectAnswer>('GET', `/projects/${project.id}`);
  const report = await visit(urlOn(foreign), foreign);
  expect(report).toMatchObject({ origin: foreign.origin, shown: '' });
  expect([report.login, report.chat, report.video]).toEqual([undefined, undefined, undefined]);
  expect(report.errors).toMatchObject({
    login: expect.stringContaining('Failed to fetch'),
    chat: expect.stringContaining('the socket was refused'),
    video: expect.stringContaining('Failed to fetch'),
  });
  expect(await session.api.json<ProjectAnswer>('GET', `/projects/${project.id}`)).toEqual(before);
});
