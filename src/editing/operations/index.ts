/** Every edit operation there is. A new one is a file beside this one and a line here. */
import type { OperationDefinition } from '../operation.ts';
import { color } from './color.ts';
import { crop } from './crop.ts';
import { cut } from './cut.ts';
import { fade } from './fade.ts';
import { filter } from './filter.ts';
import { mute } from './mute.ts';
import { rotate } from './rotate.ts';
import { scale } from './scale.ts';
import { speed } from './speed.ts';
import { text } from './text.ts';
import { trim } from './trim.ts';
import { volume } from './volume.ts';

export const OPERATIONS: readonly OperationDefinition[] = [
  trim,
  cut,
  crop,
  scale,
  rotate,
  color,
  filter,
  speed,
  text,
  volume,
  mute,
  fade,
];

const byName = new Map(OPERATIONS.map((definition) => [definition.name, definition]));

/** `undefined` when there is no such operation. */
export function findOperation(name: string): OperationDefinition | undefined {
  return byName.get(name);
}

/** The definition of an operation that was validated before. @throws RangeError when there is none: a bug. */
export function definitionOf(name: string): OperationDefinition {
  const definition = byName.get(name);
  if (definition === undefined) throw new RangeError(`not a validated operation: ${name}`);
  return definition;
}
