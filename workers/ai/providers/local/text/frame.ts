/**
 * The frame of a message: salutation, small talk, headings, purposes and sign-off, which say nothing of the edit. Only fixed
 * phrases go; a sentence that is not one of them stays and is asked about, so no instruction can be dropped as politeness.
 */

/** Words that would make the "name" of a sign-off an instruction ("Thanks, mute"). */
const INSTRUCTION =
  /^(?:add|apply|blur|boost|brighten|convert|crop|cut|darken|delete|drop|export|fade|flip|keep|louder|make|mute|put|quieter|redo|remove|render|reset|resize|reverse|rotate|scale|sepia|sharpen|shorten|skip|slow|speed|stop|text|title|trim|turn|undo|unmute|vintage|write|not|no|wait|only)$/i;
const SIGN_OFF =
  /(^|[.!?\n]|»)\s*(?:(?:with )?(?:kind|best|warm|warmest|many|friendly)(?:est)? (?:regards|wishes|greetings)|regards|best|all the best|sincerely|yours(?: truly| sincerely)?|cheers|many thanks|thanks(?: in advance| again| a lot| so much)?|thank you(?: in advance| again| very much| so much)?|love|xoxo|xx)[,.! \n-]*(?:(?:dr|mr|mrs|ms|prof)\.? |\p{L}\. )?(\p{L}+(?: \p{L}+)?)?[.!\s]*$/iu;

const SALUTATION =
  /^\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))(?: (?:mr|mrs|ms|dr)\.?)? (\p{L}+(?: \p{L}+)?)(?=\s*[,!\n])/iu;

/** Takes "Hi Sam" away; `text` as written. */
export function withoutSalutation(text: string): string {
  const match = SALUTATION.exec(text);
  const words = (match?.[1] ?? '').split(' ');
  const isName = match !== null && words.every((word) => /^\p{Lu}/u.test(word) && !INSTRUCTION.test(word));
  const rest = isName ? text.slice(match[0].length) : text;
  return /[\p{L}\p{N}«]/u.test(rest) ? rest.replace(/^\s*[,!]\s*/, '') : text;
}

/** Takes the sign-off with its name away; `text` as written, since a name is told by its capital. */
export function withoutSignOff(text: string): string {
  const match = SIGN_OFF.exec(text);
  if (match === null) return text;
  const name = match[2] ?? '';
  const isName = name.split(' ').every((word) => /^\p{Lu}/u.test(word) && !INSTRUCTION.test(word));
  const rest = `${text.slice(0, match.index)}${match[1] ?? ''}`;
  const isAll = !/[\p{L}\p{N}«]/u.test(rest);
  return isAll || (name !== '' && !isName) ? text : rest;
}

type Rewrite = readonly [RegExp, string];

const OPEN = '(^|[.!?\\n] ?)';
const PLACES =
  '(?:(?:the |my |our |a |an )?(?:feed|story|channel|page|website|web ?site|web|blog|presentation|meeting|slides?|report|newsletter|printing|printing purposes|print|e-?mail|work|school|class|homework|boss|team|client|customers?|mum|mom|dad|grandma|friends?|family|social media|socials|facebook|linkedin|whatsapp|twitter|youtube|yt))';

const FRAME: readonly Rewrite[] = [
  [
    new RegExp(
      `${OPEN}(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day))(?: (?:all|team|everyone|everybody|there|folks|guys|editors?|sirs?|madam|sir or madam|support|again))*(?=[,.!\\n])`,
    ),
    '$1',
  ],
  [
    /(^|[.!?\n,] ?)(?:i )?(?:hope|trust)(?: that)? (?:you are|you're|all is|everything is|everyone is|this (?:message |mail |e-?mail )?finds you)(?: (?:all|doing|keeping))* (?:well|good|fine|ok|okay|great)\b/g,
    '$1',
  ],
  [
    /\b(?:thank you|thanks)(?: (?:very|so|really) much| a lot)? for (?:(?:all |your |the |of )*(?:great |quick |kind )?(?:help|work|patience|time|support|reply|video)|(?:your )?helping(?: me| us)?)(?: so far| today| again)?\b/g,
    ' ',
  ],
  [
    /(^|[.!?\n] ?)(?:(?:please )?(?:find )?(?:below|here|these|following)(?: (?:is|are))?|(?:the )?(?:following|below))?[ ]*(?:my |our |the |some )?(?:changes?|edits?|wishes|wish ?list|requests?|notes?|feedback|corrections|to[ -]?dos?|to do list|tasks?|revisions?)(?: (?:i|we) (?:need|want|would like|have))?(?: (?:needed|please|list|required|requested|for (?:the|this|my) (?:video|clip)|to make|below))*\s*:/g,
    '$1',
  ],
  [
    /(^|[.!?\n,] ?)(?:just )?(?:a |one )?(?:quick|small|last|final|little|more) (?:one|thing|request|favou?r|ask|change|edit)(?: please| for you)?\s*:/g,
    '$1',
  ],
  [
    /\bas (?:discussed|agreed|mentioned|promised|requested|said)(?: (?:before|earlier|yesterday|today|on the phone|by (?:mail|phone)|in (?:the|our) (?:call|meeting|mail|chat)))*\s*[:,]/g,
    ' ',
  ],
  [
    /\b(?:would|will|could) you (?:please )?be (?:so |very )?(?:kind|good|nice|lovely)(?: enough)?(?: as)? to\b/g,
    ' ',
  ],
  [
    /\b(?:i|we) (?:was|were|am|are|have been) (?:just )?wondering (?:if|whether) (?:(?:it (?:might|would|could|is) be possible|there (?:is|was|might be) (?:a|any) way) (?:for you )?to(?: have)?|(?:you|we|i) (?:could|can|might|would)(?: be able to)?)/g,
    ' ',
  ],
  [
    /\b(?:i|we) (?:would|will|'d) (?:be|really appreciate it|appreciate it)(?: (?:very|so|most|really|extremely))*(?: (?:grateful|thankful|glad|happy|obliged|pleased|delighted))? if (?:you|someone|we) (?:could|would|can)\b/g,
    ' ',
  ],
  [
    /\b(?:if|unless) it is(?: not)? (?:too much (?:trouble|work|to ask|hassle)|possible|ok(?:ay)?(?: with you)?|not too late),?/g,
    ' ',
  ],
  [/\b(?:could|can|would|will) (?:somebody|someone|anyone|anybody) (?:please )?(?:here )?/g, ' '],
  [
    /\b(?:so|so that|such that) (?:it|i|we|they|people) (?:can|could|may) (?:be )?(?:e-?mail(?:ed)?|mail(?:ed)?|send|sent|share[d]?|post(?:ed)?|upload(?:ed)?|print(?:ed)?|watch(?:ed)?|show(?:n)?)(?: it| this)?(?: (?:easily|online|around|later|to (?:my|the|our) [a-z]+))?(?= ?(?:[.,!?;\n]|$))/g,
    ' ',
  ],
  [new RegExp(`\\bfor ${PLACES}(?= ?(?:[.,!?;\\n]|$| (?:and|then)\\b))`, 'g'), ' '],
  [
    /\b(?:the |its )?(?:sound|audio|music|volume|picture|image|colou?rs?) (?:is|are|looks?|sounds?) (?:so |really |just |pretty |kinda |total )*(?:trash|awful|terrible|horrible|bad|garbage|crap|crappy|ugly|annoying)(?:,? so| so|,)? (?:please |just |pls )*(?=(?:mute|cut|remove|delete|make|turn|drop|kill|fade|blur|set|lower|raise)\b)/g,
    ' ',
  ],
  [
    /\b(too (?:dark|bright|loud|quiet|fast|slow|warm|cold|dull))[ ,.]+(?:please |so |can you |and )*fix (?:it|that|this)\b/g,
    '$1',
  ],
  [
    /\b(?:bruh|bruv|fam|ngl|tbh|omg|omfg|wtf|lmao|rofl|fr|imo|imho|btw|fyi|ugh|welp|innit|haha+|hehe+|pretty please|wee bit please)\b/g,
    ' ',
  ],
];

/** Drops the fixed phrases around the request; `text` in lower case. A message that is nothing else stays as it is. */
export function withoutFrame(text: string): string {
  const short = FRAME.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text);
  return /[a-z0-9«⟨]/.test(short) ? short : text;
}
