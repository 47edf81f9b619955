/**
 * The edit plan as it crosses a wire. Each operation's own schema lives with the operation in `src/editing/operations`;
 * here an operation is only known by its name, so that contracts depend on nothing.
 */
import { type Static, Type } from '@sinclair/typebox';

/** An operation as stored and sent: its name and its parameters. Parse it with `parseOperations` before use. */
export interface Operation {
  readonly op: string;
  readonly [parameter: string]: unknown;
}

export const OUTPUT_FORMATS = ['mp4', 'webm', 'mov'] as const;
export const QUALITIES = ['draft', 'standard', 'high'] as const;

export const OutputSettingsSchema = Type.Object(
  {
    format: Type.Union(
      OUTPUT_FORMATS.map((format) => Type.Literal(format)),
      { default: 'mp4', description: 'Container: mp4 and mov carry H.264/AAC, webm carries VP9/Opus' },
    ),
    quality: Type.Union(
      QUALITIES.map((quality) => Type.Literal(quality)),
      { default: 'standard', description: 'draft is fastest, high is largest' },
    ),
  },
  { additionalProperties: false },
);
export type OutputSettings = Static<typeof OutputSettingsSchema>;

/** What a render job renders: one source for now, an ordered list of operations, output settings. */
export interface EditPlan {
  readonly operations: readonly Operation[];
  readonly output: OutputSettings;
}
