/** Reads a client's frame: JSON of bounded depth that one of the frame schemas describes, or a reason why not. Pure. */
import { type TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { AppError } from '../../contracts/errors.ts';
import { type ClientFrame, ClientFrames, type ClientFrameType } from '../../contracts/realtime.ts';

/** Deepest nesting of a frame; the frames known have two levels. */
const DEPTH_MAX = 8;
const FRAME_ID_MAX = 128;

const schemas: Readonly<Record<ClientFrameType, TSchema>> = ClientFrames;
const checks = new Map(Object.entries(schemas).map(([type, schema]) => [type, TypeCompiler.Compile(schema)]));

export type ReadFrame =
  | { readonly ok: true; readonly frame: ClientFrame }
  /** `id`: the client's id, where it could be read. */
  | { readonly ok: false; readonly error: AppError; readonly id: string | undefined };

/** A binary message is no record, whatever its bytes say. */
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  !(value instanceof ArrayBuffer);

function isDeep(value: unknown, levelsLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levelsLeft === 0 || Object.values(value).some((inner) => isDeep(inner, levelsLeft - 1));
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Also a nesting so deep that the parser gives up.
    return undefined;
  }
}

const refuse = (code: 'invalid_json' | 'validation_failed', message: string, id?: string): ReadFrame => ({
  ok: false,
  error: new AppError(code, message),
  id,
});

/**
 * @param message text of the frame, or what the framework made of it already
 */
export function readFrame(message: unknown): ReadFrame {
  const value = isRecord(message) ? message : parse(message);
  if (!isRecord(value)) return refuse('invalid_json', 'A frame is a JSON object in a text message');
  const given = Object.hasOwn(value, 'id') ? value['id'] : undefined;
  const id = typeof given === 'string' && given.length <= FRAME_ID_MAX ? given : undefined;
  if (isDeep(value, DEPTH_MAX)) return refuse('validation_failed', 'The frame is nested too deeply', id);
  const type = Object.hasOwn(value, 'type') ? value['type'] : undefined;
  const check = typeof type === 'string' ? checks.get(type) : undefined;
  if (check === undefined)
    return refuse('validation_failed', `/type: must be one of ${[...checks.keys()].join(', ')}`, id);
  if (check.Check(value)) return { ok: true, frame: value as ClientFrame };
  const fault = check.Errors(value).First();
  return refuse(
    'validation_failed',
    fault === undefined ? 'The frame is not valid' : `${fault.path}: ${fault.message}`,
    id,
  );
}
