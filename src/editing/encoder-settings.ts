/** What each output format and quality means to FFmpeg. */
import type { OutputSettings } from '../contracts/edit-plan.ts';
import type { CopiedTracks } from './stream-copy.ts';

type Format = OutputSettings['format'];
type Quality = OutputSettings['quality'];

const X264: Record<Quality, readonly string[]> = {
  draft: ['-preset', 'superfast', '-crf', '27'],
  standard: ['-preset', 'veryfast', '-crf', '21'],
  high: ['-preset', 'medium', '-crf', '18'],
};

const VP9: Record<Quality, readonly string[]> = {
  draft: ['-deadline', 'realtime', '-cpu-used', '8', '-crf', '40'],
  standard: ['-deadline', 'realtime', '-cpu-used', '8', '-crf', '32'],
  high: ['-deadline', 'good', '-cpu-used', '4', '-crf', '28'],
};

export interface Encoding {
  /** Encoder and muxer options, up to the output's name. */
  readonly args: readonly string[];
  readonly extension: string;
  readonly contentType: string;
}

/** Encoder options for the settings: for tracks that are encoded; none for sound where there is none. */
export function encodingFor(
  { format, quality }: OutputSettings,
  copied: CopiedTracks,
  hasAudio: boolean,
): Encoding {
  const container = CONTAINERS[format];
  const { video, audio } = container.encoders(quality);
  // The graph has already spaced the frames: none is to be added or dropped.
  const picture = copied.picture
    ? ['-c:v', 'copy']
    : [...video, '-pix_fmt', 'yuv420p', '-fps_mode', 'passthrough'];
  const sound = copied.sound ? ['-c:a', 'copy'] : audio;
  return {
    args: [...picture, ...(hasAudio ? sound : ['-an']), ...container.muxer],
    extension: format,
    contentType: container.contentType,
  };
}

interface Container {
  readonly contentType: string;
  readonly muxer: readonly string[];
  encoders(quality: Quality): { readonly video: readonly string[]; readonly audio: readonly string[] };
}

const h264AndAac: Container['encoders'] = (quality) => ({
  video: ['-c:v', 'libx264', ...X264[quality]],
  audio: ['-c:a', 'aac', '-b:a', '160k'],
});

const CONTAINERS: Record<Format, Container> = {
  mp4: {
    contentType: 'video/mp4',
    // The index in front lets a player begin before it has the whole file.
    muxer: ['-movflags', '+faststart', '-f', 'mp4'],
    encoders: h264AndAac,
  },
  mov: {
    contentType: 'video/quicktime',
    muxer: ['-movflags', '+faststart', '-f', 'mov'],
    encoders: h264AndAac,
  },
  webm: {
    contentType: 'video/webm',
    muxer: ['-f', 'webm'],
    encoders: (quality) => ({
      video: ['-c:v', 'libvpx-vp9', ...VP9[quality], '-b:v', '0', '-row-mt', '1'],
      audio: ['-c:a', 'libopus', '-b:a', '128k'],
    }),
  },
};
