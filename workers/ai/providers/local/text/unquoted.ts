/**
 * Finds text to be shown that was written without quotes ("add a title saying Hello World at the top") and lifts it like a
 * quote. It ends where a position, a color, a time, or the next request begins; quotes are the sure way, so this one
 * lowers the confidence.
 */
import type { Lifted } from './quotes.ts';

const VERB =
  '(?:make|put|add|write|cut|trim|crop|rotate|turn|mute|fade|speed|slow|set|remove|delete|change|move|export|render|keep|resize|scale|apply|undo|blur|sharpen|give|place|drop|convert|boost|lower|raise|increase|decrease|reduce)';
const PLACE =
  '(?:top|bottom|left|right|center|centre|middle|upper|lower|corner|start|beginning|end|intro|screen|foot|first|last|second half|whole|entire)';
const COLOR =
  '(?:red|white|black|yellow|green|blue|orange|purple|pink|gr[ae]y|cyan|magenta|gold|silver|brown|lime|navy|teal|bold|big|small|large|huge|tiny|#[0-9a-f]{3,6}\\b)';
const END = [
  '\\s*$',
  '\\s*\\n',
  '[.!?;](?=\\s|$)',
  `\\s*,\\s*(?:and\\s+|then\\s+|also\\s+|please\\s+)?(?:${VERB}|it|in|at|on|from|for|bigger|smaller)\\b`,
  `\\s+(?:and|then|also|but)\\s+(?:then\\s+|also\\s+|please\\s+)?${VERB}\\b`,
  `\\s+(?:at|in|on|to|near|across|along|for)\\s+(?:the\\s+|its\\s+)?(?:very\\s+|dead\\s+)?${PLACE}\\b`,
  `\\s+in\\s+(?:a\\s+|bright\\s+|dark\\s+|light\\s+|big\\s+|large\\s+|small\\s+)*${COLOR}\\b`,
  '\\s+(?:from|at|for|until|till|after|between|starting|during|to)\\s+(?:(?:the|at|from|second)\\s+)*(?:\\d|one\\b|two\\b|three\\b|four\\b|five\\b|six\\b|ten\\b|half\\b)',
  '\\s+(?:please|pls|thanks)\\b',
].join('|');

const NOUN =
  '(?:text|title|caption|words?|heading|headline|header|label|subtitle|message|sentence|phrase|banner)';
const CONTENT = `(?![«\\s])(.+?)(?=${END})`;
const PROPERTY = `(?:the\\s+)?(?:very\\s+)?(?:${PLACE}|${COLOR}|bigger|smaller|\\d)\\b`;
const NOT_CONTENT = `(?!(?:the|a|an|some|our|my|your|this|that|it|in|on|at|to|text|title|caption|something|words?|here|over)\\b|${PROPERTY}|«)`;

/** Words that go on with the request and do not begin a content. */
const FUNCTION_WORD =
  '(?:from|for|please|overlay|and|then|with|of|that|which|saying|again|below|above|underneath|only|just|during|until|till|when|between|every|card|so|but|as|by|like|after|before|while|where|now|too|also|again|near|across)\\b';
const PATTERNS = [
  `\\b${NOUN}\\s*(?:(?:that|which)\\s+(?:says?|reads?)|saying|reading|says|reads|to\\s+say|should\\s+(?:say|read))\\s*:?\\s+${CONTENT}`,
  `\\b${NOUN}\\s*:\\s*${CONTENT}`,
  `\\b(?:change|rename|replace|edit|update|set)\\s+(?:the\\s+|that\\s+|my\\s+)?${NOUN}\\s+(?:to|with)\\s+(?!${PROPERTY})${CONTENT}`,
  `\\b(?:write|type)\\s+(?:out\\s+)?${NOT_CONTENT}${CONTENT}`,
  `\\b(?:put|add|place|show|display|insert|write)\\s+(?:our|my|the|a)\\s+(?:company\\s+|brand\\s+|channel\\s+)?name,?\\s+(?:is\\s+)?(?!at\\b|in\\b|on\\b|to\\b|here\\b|as\\b|from\\b|and\\b|please\\b|«)${CONTENT}`,
  `\\b(?:add|put|insert)\\s+(?:a\\s+|an\\s+|some\\s+)?(?:text|title|caption|words?|heading|headline)\\s+${NOT_CONTENT}(?!${FUNCTION_WORD})${CONTENT}`,
].map((source) => new RegExp(source, 'iu'));

/** "add the text Hello": after "the text" only capitalised words are surely the content. */
const NAMED_TEXT =
  /\b(?:[Pp]ut|[Aa]dd|[Ii]nsert|[Ww]rite)\s+the\s+(?:text|title|caption|words?|heading|headline)\s+(\p{Lu}[\p{L}\p{N}'&.-]*(?:\s+[\p{Lu}\p{N}&][\p{L}\p{N}'&.-]*)*)/u;

/** Capitalised words after "put" need no noun ("put Acme Corp at the bottom"); lower-case ones would be a guess. */
const CAPITALISED =
  /\b(?:[Pp]ut|[Aa]dd|[Pp]lace|[Ss]how|[Dd]isplay)\s+((?!The\b|A\b|An\b|Our\b|My\b|It\b|Text\b|Title\b)\p{Lu}[\p{L}\p{N}'&.-]*(?:\s+[\p{Lu}\p{N}&][\p{L}\p{N}'&.-]*)*)(?=\s+(?:at|in|on|across)\s+(?:the\s+)?(?:very\s+)?(?:top|bottom|left|right|center|centre|middle|upper|lower|corner|screen))/u;

/** Lifts unquoted text contents too; `count` says how many were found. */
export function liftUnquoted(lifted: Lifted): Lifted & { readonly count: number } {
  const quotes = [...lifted.quotes];
  let { text } = lifted;
  let count = 0;
  for (const pattern of [...PATTERNS, NAMED_TEXT, CAPITALISED]) {
    const match = pattern.exec(text);
    const content = match?.[1];
    if (match === null || content === undefined || content.includes('«')) continue;
    const rest = text.slice(match.index + match[0].length);
    // "title: Cut, Mute and Export": a capital after the border may be content or the next request, so it is asked about.
    if (/\p{Lu}/u.test(content) && /^[\s,]*(?:(?:and|then)\s+)?\p{Lu}/u.test(rest)) continue;
    const start = match.index + match[0].length - content.length;
    text = `${text.slice(0, start)} «${quotes.length}» ${text.slice(start + content.length)}`;
    quotes.push(content.trim());
    count += 1;
  }
  return { text, quotes, isOpen: lifted.isOpen, count };
}
