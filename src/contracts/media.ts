/** What a probe learnt about a media file; the facts that validation, planning and compiling stand on. */
import { type Static, Type } from '@sinclair/typebox';

export const ProbeSchema = Type.Object(
  {
    durationSeconds: Type.Number({
      minimum: 0,
      description: 'Seconds from the beginning of the file to the end of the picture',
    }),
    pictureStartSeconds: Type.Optional(
      Type.Number({ minimum: 0, description: 'How long after the sound the picture begins, if it does' }),
    ),
    width: Type.Integer({ minimum: 1, description: 'Displayed width in pixels, after rotation' }),
    height: Type.Integer({ minimum: 1, description: 'Displayed height in pixels, after rotation' }),
    fps: Type.Number({ exclusiveMinimum: 0, description: 'Average frames per second' }),
    rotationDegrees: Type.Integer({ description: 'Rotation stored in the file: 0, 90, 180 or 270' }),
    container: Type.String({ description: "FFmpeg's demuxer name, such as mov or matroska" }),
    videoCodec: Type.String({ examples: ['h264'] }),
    pixelFormat: Type.String({ examples: ['yuv420p'] }),
    colorSpace: Type.Optional(
      Type.String({
        description: 'Matrix between RGB and the stored planes, if the file tells',
        examples: ['bt709'],
      }),
    ),
    colorRange: Type.Optional(
      Type.String({ description: 'tv (16–235) or pc (0–255), if the file tells', examples: ['tv'] }),
    ),
    hasAudio: Type.Boolean(),
    audioCodec: Type.Optional(Type.String({ examples: ['aac'] })),
    audioChannels: Type.Optional(Type.Integer({ minimum: 1 })),
    audioSampleRate: Type.Optional(Type.Integer({ minimum: 1, description: 'Hz' })),
    bitRate: Type.Optional(Type.Integer({ minimum: 0, description: 'Bits per second of the whole file' })),
    sizeBytes: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false, description: 'Facts read from the file itself' },
);
export type Probe = Static<typeof ProbeSchema>;
