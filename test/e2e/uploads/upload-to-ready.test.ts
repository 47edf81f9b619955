/** An upload through real processes: API, worker, Redis, FFmpeg, and the owner's socket. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { Footage } from '../../fixtures/footage.ts';
import { type Stack, startStack } from '../../fixtures/stack.ts';

setDefaultTimeout(60_000);

interface Video {
  readonly id: string;
  readonly status: string;
  readonly jobId: string;
  readonly posterUrl?: string;
  readonly error?: { readonly code: string };
}
interface Frame {
  readonly type: string;
  readonly data: { readonly video?: Video };
}

let footage: Footage;
let stack: Stack;
let api: ApiClient;
let socket: WebSocket;
const frames: Frame[] = [];
const waiting: { readonly isIt: (frame: Frame) => boolean; readonly resolve: (frame: Frame) => void }[] = [];

/** The first frame, past or to come, that fits. */
async function frame(isIt: (frame: Frame) => boolean): Promise<Frame> {
  const seen = frames.find(isIt);
  return seen ?? new Promise((resolve) => waiting.push({ isIt, resolve }));
}

beforeAll(async () => {
  [footage, stack] = await Promise.all([Footage.create(), startStack()]);
  api = await createApiClient(stack.apiUrl);
  await api.register();
  socket = new WebSocket(stack.wsUrl);
  socket.addEventListener('message', ({ data }) => {
    const received = JSON.parse(String(data)) as Frame;
    frames.push(received);
    for (const { isIt, resolve } of waiting) if (isIt(received)) resolve(received);
  });
  socket.addEventListener('open', () =>
    socket.send(JSON.stringify({ type: 'auth', data: { token: api.token } })),
  );
  await frame(({ type }) => type === 'ready');
});
afterAll(async () => {
  socket.close();
  await stack.stop();
  await footage.remove();
});

const settled = async (id: string): Promise<Video | undefined> => {
  const { data } = await frame(
    ({ type, data: { video } }) =>
      type === 'video.updated' && video?.id === id && video.status !== 'processing',
  );
  return data.video;
};

test('a video is ready, with pictures, and its owner hears of it', async () => {
  const { id, status } = await api.upload<Video>(await footage.clip('standard'));
  expect(status).toBe('processing');
  const video = await settled(id);
  expect(video).toMatchObject({ id, status: 'ready', width: 320, height: 180 });
  const poster = await fetch(`${stack.apiUrl}${video?.posterUrl ?? ''}`);
  expect([poster.status, poster.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(await api.json<Video>('GET', `/videos/${id}`)).toMatchObject({ status: 'ready' });
});

test('sound alone is failed with its reason, and its owner hears of it', async () => {
  const { id } = await api.upload<Video>(await footage.clip('audioOnly'));
  expect(await settled(id)).toMatchObject({ status: 'failed', error: { code: 'no_video_stream' } });
});
