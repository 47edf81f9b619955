/** Amounts in words: "a bit", "slightly", "much", "20%", and nothing at all. */
import type { Span } from './text/span.ts';

export type Degree = 'little' | 'plain' | 'much';

const LITTLE =
  /\b(?:just )?(?:(?:a|by a) )?(?:tiny |wee |little |small |slight )?(?:little bit|bit|little|touch|tad|smidge|hair|notch|slightly|somewhat|gently|subtly|subtle|lightly|mildly|slight|tiny bit|small amount)(?: bit)?(?: of)?\b/;
const MUCH =
  /\b(?:(?:a|by a) )?(?:whole )?(?:lot|lots|ton|much|way|far|very|really|super|strongly|strong|heavily|heavy|significantly|considerably|greatly|hugely|massively|extremely|so much|drastically|dramatically|intensely|intense|good deal|great deal|hella)(?: of)?(?: much)?\b/;

/** Takes the words of degree out of the span. */
export function takeDegree(span: Span): Degree {
  if (span.take(LITTLE) !== undefined) return 'little';
  return span.take(MUCH) === undefined ? 'plain' : 'much';
}

/** Takes "20%" or "by 20%" out, as a share. */
export function takePercent(
  span: Span,
): { readonly share: number; readonly isAbsolute: boolean } | undefined {
  const match = span.take(/\b(to |at |by )?(?:about |around |roughly )?(\d+(?:\.\d+)?)%/);
  if (match === undefined) return undefined;
  return { share: Number(match[2]) / 100, isAbsolute: match[1] === 'to ' || match[1] === 'at ' };
}
