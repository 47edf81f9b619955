/**
 * What an edit operation is. Each operation is one file in `operations/`; a new one is one file and one line in
 * `operations/index.ts`. Everything that knows an operation by more than its name (validation, OpenAPI, chat, compiling)
 * goes through its definition.
 */
import type { TObject } from '@sinclair/typebox';
import type { Operation } from '../contracts/edit-plan.ts';
import type { FieldIssue } from '../contracts/errors.ts';
import type { FilterGraph } from './filter-graph.ts';

/**
 * The picture and sound as they are after some operations. Frames are evenly spaced, so a duration is always a whole number
 * of frames, pixels are square, and width and height are even (4:2:0 chroma needs it).
 */
export interface Timeline {
  readonly durationSeconds: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly hasAudio: boolean;
}

/** An operation's schema, meaning and translation. Seconds are those of the timeline that the operation is given. */
export interface OperationDefinition<P extends Operation = Operation> {
  readonly name: string;
  /** One sentence for the API's documentation and for a chat planner. */
  readonly summary: string;
  readonly schema: TObject;
  /** What the schema cannot say: bounds that depend on the timeline. Paths are relative (`/end`). Empty when valid. */
  validate(params: P, timeline: Timeline): readonly FieldIssue[];
  /** The timeline after the operation; `params` must be valid. */
  apply(params: P, timeline: Timeline): Timeline;
  /** True when picture and sound stay exactly as they are. */
  isNoop(params: P, timeline: Timeline): boolean;
  /** Adds the operation's filters to the graph; `params` must be valid. */
  compile(params: P, timeline: Timeline, graph: FilterGraph): void;
  /** Plain English, as in "trim to 0:10–0:20". */
  describe(params: P): string;
}
