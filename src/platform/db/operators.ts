/**
 * Query operators that our own code puts into a filter. `sanitizeFilter` takes every `$…` in a filter for an attack unless it is
 * marked as trusted, so a repository builds its comparisons with these and never writes an operator itself.
 */
import { trusted } from 'mongoose';

/** Matches any of the values. */
export const anyOf = <T>(values: readonly T[]) => trusted({ $in: [...values] });

/** Matches what is less than the value. */
export const lessThan = <T>(value: T) => trusted({ $lt: value });

/** Matches documents that have (`true`) or lack (`false`) the field. */
export const exists = (isThere: boolean) => trusted({ $exists: isThere });

/** Matches what is greater than the value. */
export const greaterThan = <T>(value: T) => trusted({ $gt: value });
