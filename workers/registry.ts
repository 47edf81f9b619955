/** The handlers of this build: a new job kind is one line here and one file. */
import { answerChat } from './ai/chat.ts';
import { deleteObjects } from './cleanup/delete-objects.ts';
import type { JobRegistry } from './job-registry.ts';
import { ingestVideo } from './video/ingest.ts';
import { renderVideo } from './video/render.ts';

export const registry = {
  'video.ingest': ingestVideo,
  'video.render': renderVideo,
  'ai.chat': answerChat,
  'cleanup.objects': deleteObjects,
} satisfies JobRegistry;
