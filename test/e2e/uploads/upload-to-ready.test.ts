/** An upload through real processes: API, worker, Redis, FFmpeg, and the owner's socket. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import type { ServerFrame } from '../../../src/contracts/realtime.ts';
import { type ApiClient, createApiClient } from '../../fixtures/api-client.ts';
import { Footage } from '../../fixtures/footage.ts';
import { signedInSocket, type SocketClient } from '../../fixtures/socket-client.ts';
import { type Stack, startStack } from '../../fixtures/stack.ts';

setDefaultTimeout(60_000);

interface Video {
  readonly id: string;
  readonly status: string;
  readonly jobId: string;
  readonly posterUrl?: string;
  readonly error?: { readonly code: string };
}

let footage: Footage;
let stack: Stack;
let api: ApiClient;
let socket: SocketClient;

beforeAll(async () => {
  [footage, stack] = await Promise.all([Footage.create(), startStack()]);
  api = await createApiClient(stack.apiUrl);
  await api.register();
  socket = await signedInSocket(stack.wsUrl, api.token ?? '');
});
afterAll(async () => {
  await socket?.close();
  await stack?.stop();
  await footage?.remove();
});

const videoOf = ({ data }: ServerFrame): Video => data['video'] as Video;
const settled = async (id: string): Promise<Video> =>
  videoOf(
    await socket.frame('video.updated', (frame) => {
      const video = videoOf(frame);
      return video.id === id && video.status !== 'processing';
    }),
  );

test('a video is ready, with pictures, and its owner hears of it', async () => {
  const { id, status } = await api.upload<Video>(await footage.clip('standard'));
  expect(status).toBe('processing');
  const video = await settled(id);
  expect(video).toMatchObject({ id, status: 'ready', width: 320, height: 180 });
  const poster = await fetch(`${stack.apiUrl}${video.posterUrl ?? ''}`);
  expect([poster.status, poster.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(await api.json<Video>('GET', `/videos/${id}`)).toMatchObject({ status: 'ready' });
});

test('sound alone is failed with its reason, and its owner hears of it', async () => {
  const { id } = await api.upload<Video>(await footage.clip('audioOnly'));
  expect(await settled(id)).toMatchObject({ status: 'failed', error: { code: 'no_video_stream' } });
});
