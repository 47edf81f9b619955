/**
 * The main job from a client's side; see scripts/demo. Starts an API and a worker as processes of their own, then uses nothing
 * but REST and the realtime socket.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { ApiClient, type Frame, type Realtime } from './demo-run/api-client.ts';
import { makeFootage } from './demo-run/make-footage.ts';
import { createProgressBar } from './demo-run/progress-bar.ts';
import { type Stack, startStack } from './stack.ts';

const DEFAULT_REQUEST =
  'Cut the first four seconds, make it black and white and put "Hello from VFXB" at the bottom';

interface Video {
  readonly status: string;
  readonly error?: { readonly message: string };
  readonly durationSeconds: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly videoCodec: string;
  readonly audioCodec?: string;
}

interface Job {
  readonly id: string;
  readonly result?: { readonly renderId: string; readonly downloadUrl: string };
}

interface ChatMessage {
  readonly id: string;
  readonly status: string;
  readonly content: string;
  readonly action?: string;
  readonly operations?: readonly Readonly<Record<string, unknown>>[];
  readonly revision?: number;
  readonly confidence?: number;
  readonly error?: { readonly message: string };
}

const print = (line = ''): void => void process.stdout.write(`${line}\n`);
const step = (title: string): void => print(`\n● ${title}`);

function readArguments(): { video?: string; request: string; serve: boolean } {
  const serve = process.argv.includes('--serve');
  const [video, request] = process.argv.slice(2).filter((argument) => argument !== '--serve');
  if (video === undefined) return { request: DEFAULT_REQUEST, serve };
  const path = resolve(process.env['DEMO_CALLER_FOLDER'] ?? '.', video);
  if (existsSync(path)) return { video: path, request: request ?? DEFAULT_REQUEST, serve };
  if (request !== undefined) throw new Error(`There is no file ${path}.`);
  // One argument that names no file is the request.
  return { request: video, serve };
}

async function uploadAndWait(api: ApiClient, realtime: Realtime, path: string): Promise<string> {
  step(`Upload ${basename(path)} (${(Bun.file(path).size / 1e6).toFixed(1)} MB)`);
  const video = await api.upload(path, basename(path));
  const isSettled = (frame: Frame): boolean => {
    const changed = frame.data['video'] as { id: string; status: string } | undefined;
    return frame.type === 'video.updated' && changed?.id === video.id && changed.status !== 'processing';
  };
  await realtime.waitFor(isSettled);
  const ready = await api.call<Video>('GET', `/videos/${video.id}`);
  if (ready.status !== 'ready')
    throw new Error(`The video failed: ${ready.error?.message ?? 'no reason given'}`);
  const size = `${ready.width}x${ready.height}`;
  const codecs = `${ready.videoCodec}/${ready.audioCodec ?? 'no sound'}`;
  print(`  ready: ${ready.durationSeconds} s, ${size}, ${ready.fps} fps, ${codecs}`);
  return video.id;
}

async function chat(realtime: Realtime, projectId: string, request: string): Promise<ChatMessage> {
  step('Chat');
  print(`  you   ${request}`);
  process.stdout.write('  vfxb  ');
  let streamed = '';
  realtime.send('chat.send', { projectId, content: request });
  const completed = await realtime.waitFor(
    (frame) => frame.type === 'chat.completed' || frame.type === 'error',
    (frame) => {
      if (frame.type !== 'chat.delta') return;
      streamed += String(frame.data['text']);
      process.stdout.write(String(frame.data['text']));
    },
  );
  if (completed.type === 'error') throw new Error(`The chat failed: ${JSON.stringify(completed.data)}`);
  const message = completed.data['message'] as ChatMessage;
  // The stored reply is the true one: it differs from the stream when the plan could not be carried out.
  print(message.content === streamed ? '' : `\n  vfxb  ${message.content}`);
  if (message.error !== undefined) print(`  ${message.status}: ${message.error.message}`);
  for (const operation of message.operations ?? []) print(`  operation  ${JSON.stringify(operation)}`);
  print(`  revision ${message.revision ?? '-'}, confidence ${message.confidence ?? '-'}`);
  return message;
}

async function render(api: ApiClient, realtime: Realtime, projectId: string): Promise<Job> {
  step('Render');
  const started = performance.now();
  const bar = createProgressBar('render');
  const job = await api.call<Job>('POST', `/projects/${projectId}/renders`, {});
  const isMine = (frame: Frame): boolean => frame.data['jobId'] === job.id;
  const ended = await realtime.waitFor(
    (frame) => isMine(frame) && ['job.completed', 'job.failed', 'job.cancelled'].includes(frame.type),
    (frame) => {
      if (!isMine(frame) || frame.type !== 'job.progress') return;
      const eta = frame.data['etaSeconds'];
      bar.update(
        Number(frame.data['progress']),
        String(frame.data['stage']),
        typeof eta === 'number' ? eta : undefined,
      );
    },
  );
  if (ended.type !== 'job.completed') throw new Error(`The render failed: ${JSON.stringify(ended.data)}`);
  bar.finish(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return api.call<Job>('GET', `/jobs/${job.id}`);
}

async function facts(path: string): Promise<string> {
  const child = Bun.spawn(
    [
      ...['ffprobe', '-v', 'error', '-of', 'json', '-show_entries'],
      'format=duration,size:stream=codec_type,codec_name,width,height,avg_frame_rate',
      path,
    ],
    { stdout: 'pipe', stderr: 'inherit' },
  );
  const probe = (await new Response(child.stdout).json()) as {
    format: { duration: string; size: string };
    streams: {
      codec_type: string;
      codec_name: string;
      width?: number;
      height?: number;
      avg_frame_rate: string;
    }[];
  };
  const picture = probe.streams.find((stream) => stream.codec_type === 'video');
  const [frames = 0, per = 1] = (picture?.avg_frame_rate ?? '0/1').split('/').map(Number);
  const codecs = probe.streams.map((stream) => stream.codec_name).join('/');
  return `${Number(probe.format.duration).toFixed(2)} s, ${picture?.width}x${picture?.height}, ${(frames / per).toFixed(2)} fps, ${codecs}, ${(Number(probe.format.size) / 1e6).toFixed(2)} MB`;
}

async function performJob(stack: Stack, source: string, request: string): Promise<void> {
  const api = new ApiClient(stack.apiUrl);
  step('Register');
  const email = `demo-${crypto.randomUUID().slice(0, 8)}@example.com`;
  await api.register(email, crypto.randomUUID());
  print(`  ${email}`);
  const realtime = await api.openRealtime();
  try {
    const videoId = await uploadAndWait(api, realtime, source);
    const project = await api.call<{ id: string }>('POST', '/projects', { name: 'Demo', videoId });
    const message = await chat(realtime, project.id, request);
    if (message.status !== 'completed' || message.action === 'question') {
      print('\nNothing was rendered: the request needs an answer first (see the reply above).');
      return;
    }
    const job = await render(api, realtime, project.id);
    step('Download');
    const folder = resolve('data/demo-output');
    mkdirSync(folder, { recursive: true });
    const output = join(folder, `${job.result?.renderId ?? job.id}.mp4`);
    await api.download(`/renders/${job.result?.renderId}/download`, output);
    print(`  ${output}`);
    print(`  ${await facts(output)}`);
  } finally {
    realtime.close();
  }
}

/** Rejected by Ctrl-C or SIGTERM, at whatever step. */
const interrupted = Promise.withResolvers<never>();
interrupted.promise.catch(() => {});
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interruption.abort();
    interrupted.reject(new Error('interrupted'));
  });

async function staysUp(stack: Stack): Promise<void> {
  print(`\nThe stack stays up until Ctrl-C:`);
  print(`  API        ${stack.apiUrl}/api/v1`);
  print(`  Swagger    ${stack.apiUrl}/docs`);
  print(`  WebSocket  ${stack.apiUrl.replace(/^http/, 'ws')}/api/v1/realtime`);
  const stopped = interrupted.promise.catch(() => undefined);
  await Promise.race([stopped, stack.failed]);
}

async function main(): Promise<void> {
  const { video, request, serve } = readArguments();
  const work = mkdtempSync(join(tmpdir(), 'vfxb-demo-'));
  let stack: Stack | undefined;
  try {
    let source = video;
    if (source === undefined) {
      step('Make footage (moving picture and speech)');
      source = await makeFootage(work);
      print(`  ${source}`);
    }
    step('Start API and worker');
    const dataDir = serve ? resolve('data') : join(work, 'data');
    stack = await startStack({
      env: { DATA_DIR: dataDir, ...(serve ? {} : { PORT: '0' }) },
      logFile: join(work, 'stack.log'),
      signal: interruption.signal,
    });
    print(`  API at ${stack.apiUrl}, logs in ${stack.logFile}`);
    await Promise.race([performJob(stack, source, request), interrupted.promise]);
    if (serve) await staysUp(stack);
  } finally {
    await stack?.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

try {
  await main();
  print();
} catch (error) {
  if (interruption.signal.aborted) process.exit(130);
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
