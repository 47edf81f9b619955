/** How a worker hears at once that a job is cancelled. A message may be lost: heartbeats ask as well. */
import type { RedisHandle } from '../redis/redis.ts';
import { queueKeys } from './keys.ts';

const PREFIX = 'cancel ';

/** Calls `onCancel` with each cancelled job's id. Returns the function that stops it. */
export function listenForCancels(
  redis: Pick<RedisHandle, 'duplicate'>,
  region: string,
  onCancel: (jobId: string) => void,
): () => void {
  const { control } = queueKeys(region);
  const subscriber = redis.duplicate('control');
  subscriber.on('message', (_channel: string, message: string) => {
    if (message.startsWith(PREFIX)) onCancel(message.slice(PREFIX.length));
  });
  // It queues until the connection stands; a later reconnect subscribes anew by itself.
  subscriber.subscribe(control).catch(() => undefined);
  return () => subscriber.disconnect();
}
