/** A user's message, normalised once: quotes lifted out, lower case, digits, one spelling for each quantity, no politeness. */
import { withoutFrame, withoutSalutation, withoutSignOff } from './frame.ts';
import { digitsForWords } from './numbers.ts';
import { liftQuotes } from './quotes.ts';
import { correctWord } from './spelling.ts';
import { withMarks } from './mood.ts';
import { inUsualOrder } from './word-order.ts';
import { literalsForUnits } from './units.ts';
import { liftUnquoted } from './unquoted.ts';

export interface Message {
  readonly raw: string;
  /** Normalised; a quoted piece is `«n»`, a time `⟨seconds⟩`. */
  readonly text: string;
  readonly quotes: readonly string[];
  /** A quote was opened and not closed. */
  readonly hasOpenQuote: boolean;
  /** Words that were read as another word (typing errors). */
  readonly correctedWords: number;
  /** Texts that were lifted without quotes around them. */
  readonly guessedQuotes: number;
}

type Rewrite = readonly [RegExp, string];

const SPELLINGS: readonly Rewrite[] = [
  [/[’‘´ʼ]/g, "'"],
  [/[–—−]/g, '-'],
  [/…/g, ' '],
  [/×/g, 'x'],
  [/½/g, ' half'],
  [/¼/g, ' quarter'],
  [/\b(?:don't|dont|do n't|don t|don not|dnt)\b/g, 'do not'],
  [/\b(?:doesn't|doesnt)\b/g, 'does not'],
  [/\b(?:didn't|didnt)\b/g, 'did not'],
  [/\b(?:shouldn't|mustn't|shouldnt|must not|should not)\b/g, 'do not'],
  [/\b(?:can't|cant|cannot)\b/g, 'can not'],
  [/\b(?:won't|wont)\b/g, 'will not'],
  [/\bit's\b|\bits (?=too |way too |a bit |so |sideways|upside)/g, 'it is '],
  [/\b(that|there|what|who|where|how|let|here)'s\b/g, '$1 is'],
  [/\b(i|you|we|they)'(?:d|ll)\b/g, '$1 would'],
  [/\b(i|you|we|they)'ve\b/g, '$1 have'],
  [/\bi'?m\b/g, 'i am'],
  [/\b(?:you|we|they)'re\b/g, 'you are'],
  [/\bwanna\b/g, 'want to'],
  [/\bgonna\b/g, 'going to'],
  [/\bgotta\b/g, 'have to'],
  [/\bgimme\b/g, 'give me'],
  [/\blil\b/g, 'little'],
  [/\b(?:sec's|secz)\b/g, 'secs'],
  [/\b(?:teh|hte)\b/g, 'the'],
  [/\bti\b/g, 'it'],
  [/\bsped\b/g, 'speed'],
  [/\b(?:trun|tunr)\b/g, 'turn'],
  [/\b(?:velocity)\b/g, 'speed'],
  [/\b(?:the|this|my|our) (?:recording|footage|file)\b/g, 'the video'],
  [/\b(?:adn|nad|n'|'n'|'n)\b/g, 'and'],
  [/\bctu\b|\bcutt\b|\bcuut\b/g, 'cut'],
  [/\bur\b/g, 'your'],
  [/\bwit\b|\bw\/(?=\s|\d|«)/g, 'with '],
  [/\bw\/o\b/g, 'without'],
  [/\bcolour(s|ful|ed|less|ing)?\b/g, 'color$1'],
  [/\bcentre\b/g, 'center'],
  [/\bgrey/g, 'gray'],
  [/\b(?:vol)\b/g, 'volume'],
  [/\b(?:bg)\b/g, 'background'],
  [/\b(?:vid|vids|vidoe|viedo|vedio)\b/g, 'video'],
  [/\bblck\b/g, 'black'],
  [/\btxt\b/g, 'text'],
  [/\b(?:making|makin)\b/g, 'make'],
  [/\bcutting\b/g, 'cut'],
  [/\bputting\b/g, 'put'],
  [/\btrimming\b/g, 'trim'],
  [/\bcropping\b/g, 'crop'],
  [/\b(remov|rotat|mut|chang|resiz|scal)ing\b/g, '$1e'],
  [/\b(add|turn|export|render|slow|speed)ing\b/g, '$1'],
];

/** One name for what people call black and white, before "and" may split it. */
const BLACK_AND_WHITE: Rewrite = [
  /\b(?:black[\s-]*(?:and|&|n|\+|\/|-)?[\s-]*white|b ?(?:&|\/|n|and|\+) ?w|bnw|bw)\b/g,
  'black_white',
];

const POLITENESS: readonly Rewrite[] = [
  [
    /(^|\n|[.,!?] ?|\band )(?:it |this |that |the (?:video|clip|picture|image|whole thing) )?(?:could|should|can|might|must|has to|needs to) (?:be|look|use|do with)\b/g,
    '$1',
  ],
  [
    /\b(?:do|make|apply) (?:all |all of )?(?:the following|these|this)(?: (?:things|edits|changes|steps))?\s*:/g,
    ' ',
  ],
  [
    /\b(?:i|we) (?:only|just) (?:want|need)(?: to (?:keep|have|see))?\b|\b(?:i|we) (?:want|need) (?:only|just)\b/g,
    'keep only',
  ],
  [
    /(?<!\b(?:the|a|an|this|that|my|our|his|her|every|each|these|those|both|two|no|old|young) )\b(?:dude|bro|man|mate|buddy|guys|pal|boss|chief)\b/g,
    ' ',
  ],
  [
    /\b(?:(?:would|could|can|will|are|might) you (?:be|possibly be)? ?able to|(?:may|can|could|might) (?:i|we) (?:please )?(?:kindly )?ask you to|(?:may|might|can|could) i (?:kindly )?(?:ask|request)(?: that you| you to| for)?)\b/g,
    ' ',
  ],
  [
    /\b(?:that|it|this) would be (?:really |so |just )?(?:great|nice|awesome|lovely|cool|perfect|wonderful|amazing|fantastic|good|appreciated)\b/g,
    ' ',
  ],
  [
    /\b(?:i am )?(?:so )?(?:sorry|apologies|excuse me|pardon)(?: me)?(?: to (?:bother|trouble|disturb) you(?: again)?| for the trouble| for bothering you)?(?:,? but\b)?/g,
    ' ',
  ],
  [/\b(?:would|do) you mind(?: to)?\b/g, ' '],
  [
    /\b(?:i think )?it (?:would|might|could) (?:look|be|feel) (?:a lot |much )?(?:better|nicer|good|great|nice|cool|cooler) (?=in |as |with )/g,
    ' ',
  ],
  [/(^|\n|[.,!?] ?)(?:want|need|like) to\b/g, '$1'],
  [
    /\b(?:could|can|would|will) (?:you|u|we|i|ya)(?: please| pls| maybe| possibly| perhaps| just| also| kindly| go ahead and)*\b(?! (?:do|tell|say|handle|help)\b(?! it| that| this| the))/g,
    ' ',
  ],
  [
    /\b(?:i|we) (?:(?:would|do|just|really|also|kinda|now|still|only|think)? ?(?:want|need|require|wish|prefer)|would (?:really |also |just |still )?(?:like|love)|(?:really )?(?:like|love)(?= to\b))(?: you)?(?: to)?(?: see| have)?\b(?! only)/g,
    ' ',
  ],
  [/\b(?:i|we) (?:would (?:love|like)|want) (?:it|this|that|the video)(?: to be)?\b/g, ' '],
  [/\b(?:i|we) (?:have|had) to\b/g, ' '],
  [/\bi (?:think|guess|suppose|believe)(?: that)?\b/g, ' '],
  [/\b(?:would it be possible|is it possible|is there (?:any|a) way)(?: for you)? to\b/g, ' '],
  [/\b(?:would|do) you mind(?: to)?\b/g, ' '],
  [
    /\b(?:i was wondering if|i wonder if|if possible|if you can|if you could|if you do not mind|if it is not too much trouble|when you get a chance|if that is ok(?:ay)?)(?: you (?:could|can))?\b/g,
    ' ',
  ],
  [
    /\b(?:let us|lets|let is|go ahead and|feel free to|be so kind (?:as )?to|be a dear and|try to|try and|make sure (?:to|that)|help me(?: to)?|i am going to|we are going to)\b/g,
    ' ',
  ],
  [
    /\b(?:please|pls|plz|plss|pleease|kindly|maybe|perhaps|possibly|simply|basically|literally|honestly|quickly|real quick|rq|for me|for us|thank you so much|thank you very much|thank you|thanks a lot|many thanks|thanks|thx|ty|cheers|asap|kinda|sorta|kind of|sort of|ok so|okay so|alright|umm*|uhh*|hmm*|er|erm|lol|haha|yo|y'?all|tho|though|ya know|you know|like,)\b/g,
    ' ',
  ],
];

/** Leaves a message that is nothing but politeness alone: it is answered as such. */
function dropPoliteness(text: string): string {
  const short = POLITENESS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text)
    .replace(
      /(^|\n|[.!?])\s*(?:hi|hey|hello|hallo|ok|okay|so|well|(?:right|great|cool|nice|perfect|sweet|good)(?= ?[,.!])|now|next|also|and|then next|first of all|firstly|secondly|thirdly|finally|lastly|sure)(?: there)?(?:[\s,.!]+)(?=\S)/g,
      '$1 ',
    )
    .replace(/(^|\n|[.!?])\s*(?:first|second|third)\s*[,:]\s*/g, '$1 ')
    .replace(
      /(^|\n|[.!?])\s*first (?=(?:make|cut|trim|crop|remove|add|put|rotate|mute|speed|slow|turn|set|scale)\b)/g,
      '$1 ',
    );
  return /[a-z0-9«⟨]/.test(short) ? short : text;
}

const squeeze = (text: string): string =>
  text
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .trim();

/** Normalises what the user wrote. Pure; never throws, whatever the text. */
export function readMessage(raw: string): Message {
  const lifted = liftUnquoted(liftQuotes(raw));
  let correctedWords = 0;
  const spelled = [...SPELLINGS, BLACK_AND_WHITE]
    .reduce(
      (rest, [pattern, by]) => rest.replace(pattern, by),
      withoutSalutation(withoutSignOff(lifted.text.normalize('NFKC'))).toLowerCase(),
    )
    .replace(/^\s*1\)[^\n]*$/, (row) => row.replace(/\s\d{1,2}\)\s+/g, '\n'))
    .replace(/(^|\n)\s*(?:[-*•·>]|\d{1,2}[.)]|[a-z]\))\s+/g, '$1')
    .replace(/[^\p{L}\p{N}\s«»⟨⟩.,;:!?%#&/+'°_*-]/gu, ' ')
    .replace(/[a-z]+/g, (word) => {
      const corrected = correctWord(word);
      if (corrected !== word) correctedWords += 1;
      return corrected;
    });
  const [pattern, by] = BLACK_AND_WHITE;
  const counted = digitsForWords(squeeze(spelled.replace(pattern, by)));
  const text = squeeze(
    literalsForUnits(
      dropPoliteness(squeeze(literalsForUnits(inUsualOrder(withoutFrame(withMarks(counted)))))),
    ),
  );
  return {
    raw,
    text: text
      .replace(/\bfrom ((?:the )?\S+) and ((?:the )?\S+)/g, 'from $1 and $2')
      .replace(/\bbetween ((?:the )?(?:second )?\S+) (?:and|to|-|&) /g, 'from $1 to '),
    quotes: lifted.quotes,
    hasOpenQuote: lifted.isOpen,
    correctedWords,
    guessedQuotes: lifted.count,
  };
}
