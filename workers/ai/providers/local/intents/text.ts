/** Text on the picture: "put 'Acme' at the top left in red from 2s to 5s, bigger"; and changes to a text that is there. */
import { type Intent, type Reading, type Step, EXACT, LIKELY, ask, lastOf, steps } from '../scene.ts';
import type { Message } from '../text/message.ts';
import { Span } from '../text/span.ts';
import { addText, changeText, contentOf } from '../text-edits.ts';
import { hasLook, takeLook } from '../text-look.ts';

const ADD =
  /\b(?:put|write|add|place|show|display|insert|overlay|print|type|stamp|flash|tag|slap|stick|throw|have|get|give|superimpose|include|draw|burn|caption|title|create|use|need|want)\b/;
const NOUN =
  /\b(?:the |a |an |some |our |my )*(?:company |brand |channel )?(?:(?:end|title|intro) card|text|texts|title|titles|caption|captions|words?|heading|headline|header|label|subtitle|message|sentence|phrase|banner|name|handle|user ?name|watermark|lettering|line|writing|font|letters|tagline|slogan|call to action|lower third)(?: (?:card|overlay|called|on screen))?\b/;
const SAYS =
  /\b(?:that |which |it should |it |should )*(?:says?|saying|reads?|reading|with|of|is|called|content|to say|to read|instead)\b|:/;

function readAdd(span: Span, message: Message): Reading | undefined {
  const marks = [...span.text.matchAll(/«(\d+)»/g)];
  const mark = marks[0];
  if (marks.length !== 1 || mark === undefined) return undefined;
  const content = message.quotes[Number(mark[1])];
  if (content === undefined) return undefined;
  span.take(/«\d+»/);
  const noun = span.take(NOUN);
  const verb = span.take(ADD);
  span.take(NOUN);
  const look = takeLook(span);
  span.takeAll(SAYS);
  span.takeAll(
    /\b(?:text|font|letters|colou?r|size|there|screen|on screen|starting|appear(?:s|ing)?|visible|shown|bold)\b/,
  );
  if (verb === undefined && noun === undefined && look.position === undefined) return undefined;
  return steps(addText(content, look), message.guessedQuotes > 0 ? LIKELY : EXACT);
}

/** "add a title at the top": what should it say? */
function readAskContent(span: Span): Reading | undefined {
  if (span.take(ADD) === undefined) return undefined;
  if (span.take(NOUN) === undefined) return undefined;
  const look = takeLook(span);
  span.takeAll(/\b(?:here|there|in|with|of|something|nice|cool)\b/);
  return ask('What should the text say?', {
    isFreeText: true,
    fill: (answer) => contentOf(answer, look),
  });
}

const CHANGE =
  /\b(?:change|make|move|set|edit|update|put|rename|replace|turn|color|colour|shift|place|have|show|align|resize|let|want|position|recolor|use|display|keep)\b/;
const THE_TEXT =
  /\b(?:the |that |this |our |my )?(?:last )?(?:text|title|caption|words?|heading|headline|label|name|watermark|lettering|font|font size|text size|letters|writing)(?:'s)?(?: (?:color|colour|size|position|content))?\b/;

/** "make the text bigger", "move 'Acme' to the top", "change the text to 'Hi'". */
const quoteAt = ({ quotes }: Message, index: string | undefined): string | undefined =>
  index === undefined ? undefined : quotes[Number(index)];

/** "change 'Acme' to 'Globex'". */
function readRename(span: Span, message: Message): Reading | undefined {
  const pairs = span.take(/«(\d+)» (?:to|with|into|by) «(\d+)»/);
  if (pairs === undefined || span.take(CHANGE) === undefined) return undefined;
  span.take(THE_TEXT);
  const [old, fresh] = [message.quotes[Number(pairs[1])], message.quotes[Number(pairs[2])]];
  return old === undefined || fresh === undefined ? undefined : steps(changeText(old, { content: fresh }));
}

const NEW_CONTENT = /\b(?:to|should|with|by|say|says|read|it|instead|now|be|saying| )* ?«(\d+)»/;

/** "put our name at the bottom" adds a text; "put the text at the bottom" moves the one that is there. */
function addsText(verb: string | undefined, noun: string | undefined, isQuoted: boolean): boolean {
  const isNew = isQuoted || /\b(?:name|watermark|our|my)\b/.test(noun ?? '');
  return isNew && /^(?:|put|have|show|use|display|place)$/.test(verb ?? '');
}

function readChange(span: Span, message: Message): Reading | undefined {
  if (/\b(?:caption|title|label) (?:it|this|the video)\b/.test(span.text)) return undefined;
  const noun = span.take(THE_TEXT)?.[0];
  const verb = span.take(CHANGE)?.[0];
  const said = noun === undefined ? undefined : span.take(NEW_CONTENT)?.[1];
  const named = said === undefined ? span.take(/«(\d+)»/)?.[1] : undefined;
  if ((noun ?? named) === undefined || addsText(verb, noun, named !== undefined)) return undefined;
  const look = takeLook(span);
  span.takeAll(
    /\b(?:to|should|be|say|in|only|a bit|appear|visible|color|instead|now|is|size|from|show|text)\b/,
  );
  const content = quoteAt(message, said);
  if (content === undefined && !hasLook(look)) return undefined;
  const pick = quoteAt(message, named);
  return steps(changeText(pick, content === undefined ? look : { ...look, content }));
}

/** "make it bigger", "move it to the top", "in red": only when a text is what was spoken of last. */
function readChangeIt(span: Span): Reading | undefined {
  const verb = span.take(/\b(?:make|move|put|turn|change|set|shift|place|color|show|align)\b/)?.[0];
  const isText = span.take(/\b(?:it|that|this)\b/) !== undefined;
  const look = takeLook(span);
  const isOnlyTime = Object.keys(look).every((key) => key === 'range');
  if (!hasLook(look) || (isOnlyTime && !isText) || (verb !== undefined && !isText)) return undefined;
  if (verb === undefined && !span.isWhole && look.size === undefined) return undefined;
  span.takeAll(/\b(?:to|in|color|instead|only|a bit)\b/);
  const change: Step = (scene) => {
    const isRecent = scene.recent.some(({ op }) => op === 'text') && lastOf(scene, 'text') !== undefined;
    const isMoved =
      isText &&
      /move|shift|align|place|put/.test(verb ?? '') &&
      scene.operations.filter(({ op }) => op === 'text').length === 1;
    if (isRecent || isMoved) return changeText(undefined, look)(scene);
    if (lastOf(scene, 'text') !== undefined)
      return ask('Do you mean the text?', { proposal: [changeText(undefined, look)] });
    if (look.size !== undefined)
      return ask('What should I change in size: the picture (say for example 720p), a text, or the volume?');
    return ask('What does that refer to? There is no text on the video yet.');
  };
  return steps(change, LIKELY);
}

function readText(span: Span, message: Message): Reading | undefined {
  const attempts = [readRename, readChange, readAdd, readAskContent, readChangeIt];
  for (const attempt of attempts) {
    const trial = new Span(span.source, span.isWhole);
    const reading = attempt(trial, message);
    if (reading === undefined || trial.leftover().length > 0) continue;
    span.take(/^.*$/);
    return reading;
  }
  return undefined;
}

export const text: Intent = {
  name: 'text',
  read: readText,
};
