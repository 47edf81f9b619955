import { type Static, Type } from '@sinclair/typebox';
import type { OperationDefinition } from '../operation.ts';
import { formatSeconds } from '../timeline.ts';

const TARGETS = ['video', 'audio', 'both'] as const;

const seconds = (description: string) =>
  Type.Optional(
    Type.Number({ minimum: 0, description: `Seconds of the fade ${description}`, examples: [1] }),
  );

const schema = Type.Object(
  {
    op: Type.Literal('fade'),
    in: seconds('in, at the beginning'),
    out: seconds('out, at the end'),
    target: Type.Optional(
      Type.Union(
        TARGETS.map((target) => Type.Literal(target)),
        { default: 'both', description: `one of ${TARGETS.join(', ')}`, examples: ['both'] },
      ),
    ),
  },
  {
    additionalProperties: false,
    title: 'Fade',
    description: 'Fades picture (from and to black), sound or both',
    examples: [{ op: 'fade', in: 1, out: 1, target: 'both' }],
  },
);
export type Fade = Static<typeof schema>;

export const fade: OperationDefinition<Fade> = {
  name: 'fade',
  summary: 'Fades in and out (seconds) the picture, the sound or both.',
  schema,
  validate(params, timeline) {
    if (params.in === undefined && params.out === undefined) {
      return [{ path: '', message: 'fade needs in, out or both' }];
    }
    const total = (params.in ?? 0) + (params.out ?? 0);
    // A fade of as long as the video, given as a rounded number, is meant as the whole video.
    if (total <= timeline.durationSeconds + 1 / timeline.fps) return [];
    const length = `the video is only ${formatSeconds(timeline.durationSeconds)} long here`;
    const path = params.in === undefined || (params.out ?? 0) > params.in ? '/out' : '/in';
    return [{ path, message: `the fades take ${formatSeconds(total)} but ${length}` }];
  },
  apply: (_params, timeline) => timeline,
  isNoop(params, timeline) {
    const hasTarget = params.target !== 'audio' || timeline.hasAudio;
    return !hasTarget || ((params.in ?? 0) === 0 && (params.out ?? 0) === 0);
  },
  compile(params, timeline, graph) {
    const target = params.target ?? 'both';
    const { in: fadeIn = 0, out: fadeOut = 0 } = params;
    const outOptions = { t: 'out', st: Math.max(0, timeline.durationSeconds - fadeOut), d: fadeOut };
    if (target !== 'audio') {
      if (fadeIn > 0) graph.video('fade', { t: 'in', st: 0, d: fadeIn });
      if (fadeOut > 0) graph.video('fade', outOptions);
    }
    if (target !== 'video' && timeline.hasAudio) {
      if (fadeIn > 0) graph.audio('afade', { t: 'in', st: 0, d: fadeIn });
      if (fadeOut > 0) graph.audio('afade', outOptions);
    }
  },
  describe(params) {
    const parts = [
      ...(params.in ? [`in over ${formatSeconds(params.in)}`] : []),
      ...(params.out ? [`out over ${formatSeconds(params.out)}`] : []),
    ];
    const what = { video: 'the picture ', audio: 'the sound ', both: '' }[params.target ?? 'both'];
    return `fade ${what}${parts.join(' and ')}`.trimEnd();
  },
};
