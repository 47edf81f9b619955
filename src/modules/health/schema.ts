/** What probes and operators are told. */
import { type Static, Type } from '@sinclair/typebox';

const strict = { additionalProperties: false } as const;

const CheckView = Type.Object(
  {
    status: Type.Union([Type.Literal('up'), Type.Literal('down')], { examples: ['up'] }),
    durationMs: Type.Number({ description: 'How long the check took', examples: [1.4] }),
  },
  strict,
);

const Checks = Type.Record(Type.String(), CheckView, {
  description: 'Each part this process needs',
  examples: [{ database: { status: 'up', durationMs: 1.4 }, redis: { status: 'up', durationMs: 0.6 } }],
});

export const LiveView = Type.Object({ status: Type.Literal('ok') }, strict);

export const ReadyView = Type.Object(
  {
    status: Type.Union([Type.Literal('ready'), Type.Literal('unavailable'), Type.Literal('draining')], {
      description: 'draining: on its way out, send no more requests',
      examples: ['ready'],
    }),
    checks: Checks,
  },
  strict,
);
export type ReadyView = Static<typeof ReadyView>;

export const StartupView = Type.Object(
  {
    status: Type.Union([Type.Literal('started'), Type.Literal('starting')], { examples: ['started'] }),
  },
  strict,
);

export const StatusView = Type.Object(
  {
    name: Type.Literal('vfxb'),
    version: Type.String({ examples: ['0.1.0'] }),
    environment: Type.String({ examples: ['production'] }),
    role: Type.String({ examples: ['api'] }),
    region: Type.String({ examples: ['ams'] }),
    status: ReadyView.properties.status,
    startedAt: Type.String({ format: 'date-time', maxLength: 32, examples: ['2026-01-05T10:00:00.000Z'] }),
    uptimeSeconds: Type.Number({ examples: [86_400] }),
    checks: Checks,
    parts: Type.Record(Type.String(), Type.String(), {
      description: 'What stands behind each part: an embedded default or a server',
      examples: [{ database: 'sqlite', redis: 'embedded', storage: 'disk' }],
    }),
  },
  strict,
);
export type StatusView = Static<typeof StatusView>;
