/**
 * Marks sentences that state or ask instead of wishing. What is left of "do I have to mute it?" or "it is so slow" without its
 * small words would read as a request; the mark is a word that no grammar takes, so that the sentence becomes a question.
 */

/** The mark. It never reaches the user. */
export const ASKED = 'asked_about';

const SUBJECT =
  '(?:it|this|that|the (?:video|clip|picture|image|whole thing|sound|audio|volume|music|speed|brightness|contrast|camera|screen))';
const STATE =
  'slow|fast|dark|bright|loud|quiet|warm|cool|cold|sharp|slower|faster|darker|brighter|lighter|louder|quieter|warmer|cooler|colder|sharper|muted|silent|blurry|blurred|cropped|rotated|faded|sepia|black_white|gray|vertical|square|landscape|vintage|up|down|on|off|low|lower|high|higher|half|double|\\d+(?:\\.\\d+)?x';
const ADVERBS = '(?: (?:so|very|really|quite|pretty|rather|already|now|still|much|kinda))';
const OPEN = '(?:^|[.,!?\\n] ?|\\b(?:and|but|because|since|as|cause|cuz|when|while) )';

const STATEMENTS: readonly RegExp[] = [
  new RegExp(
    `(${OPEN}${SUBJECT} (?:is|was|looks|seems|feels|sounds|used to be|stays)${ADVERBS}*|\\b(?:it is|its|this is|that is)${ADVERBS}+) (?=(?:${STATE})\\b(?! enough))`,
    'g',
  ),
  new RegExp(`(${OPEN}${SUBJECT} (?:has|had|contains)) (?!to\\b)`, 'g'),
  // "the video starts at 5 s", but not "so that it starts at 5 s".
  new RegExp(
    `(${OPEN}${SUBJECT}) (?=(?:starts|begins|ends|stops|finishes|rotates|turns|fades|speeds|slows|zooms|plays|cuts|blurs)\\b)`,
    'g',
  ),
];

const ASKS_FOR_IT =
  /\b(?:can|could|would|will|may|might|please|pls|plz|mind|possible|possibly|want|like|need|able|let|way to|wondering|wonder|how about|what about|why not)\b/;
const ASKS_A_FACT =
  /^(?:ok(?:ay)? |so |and |but |hey |hi |hello |well )*(?:what|how|which|who|where|did|does|are|have|has|was|were|any|(?:is|was) (?:it|the|that|this|my|there)|help|tell|show|list|length|duration|fps|right|really|done|ready|undo|redo)\b/;
const ASKS_WHETHER =
  /^(?:and |so |but |well,? |hmm,? )*(?:do|should|shall|must|why|when) (?:i|we|they|you have|you need|it|this|the|does|do|did|is|are|will|would)\b/;

/** True for a question that is no wish in a question's clothes ("can you mute it?") and no question of fact. */
const isDoubt = (sentence: string): boolean =>
  ASKS_WHETHER.test(sentence) || !(ASKS_FOR_IT.test(sentence) || ASKS_A_FACT.test(sentence));

/** Puts the mark into sentences that are no requests. `text` in lower case. */
export function withMarks(text: string): string {
  const asked = text.replace(/(^|[.!?\n])([^.!?\n]*)(?=\?)/g, (whole, open: string, sentence: string) =>
    /[a-z0-9]/.test(sentence) && isDoubt(sentence.trim()) ? `${open}${sentence} ${ASKED}` : whole,
  );
  return STATEMENTS.reduce((rest, pattern) => rest.replace(pattern, `$1 ${ASKED} `), asked);
}
