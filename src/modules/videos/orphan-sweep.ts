/** What the sweep of storage takes for a file that belongs to no video. */
import { isId, type VideoId } from '../../contracts/ids.ts';
import type { SweptArea } from '../../platform/storage/sweep-orphans.ts';
import type { VideoRepository } from './repository.ts';

/** Everything below a video's prefix goes and stays with its row. */
export function videoArea(videos: Pick<VideoRepository, 'existing'>): SweptArea<VideoId> {
  return {
    prefix: 'videos/',
    isOwnerId: (name): name is VideoId => isId('video', name),
    orphanedKeys: async (old) => {
      const existing = await videos.existing([...old.keys()]);
      return [...old].flatMap(([id, keys]) => (existing.has(id) ? [] : keys));
    },
  };
}
