/** Questions about the video and the work so far, greetings and thanks: answered, never edited. */
import { describeOperation } from '../../../../../src/editing/plan.ts';
import { type Intent, type Reading, type Scene, ask, command, steps } from '../scene.ts';
import type { Span } from '../text/span.ts';
import { lengthText } from '../wording.ts';

export const ABILITIES =
  'I can trim and cut, crop, scale and rotate the picture, change colors and speed, apply black and white, sepia, vintage, blur or sharpen, put text on it, change or mute the sound, fade, undo and redo, and export the result. For example: “cut the first 10 seconds, make it black and white and put "Acme" at the bottom”.';

const editsText = ({ operations }: Scene): string =>
  operations.length === 0
    ? 'Nothing yet: the video is as you uploaded it.'
    : `So far: ${operations.map((operation, index) => `${index + 1}. ${describeOperation(operation)}`).join('; ')}.`;

function lengthAnswer({ timeline, probe }: Scene): string {
  const now = `The video is ${lengthText(timeline.durationSeconds)} long`;
  const before =
    Math.abs(probe.durationSeconds - timeline.durationSeconds) < 0.1
      ? ''
      : ` now; the original is ${lengthText(probe.durationSeconds)}`;
  return `${now}${before}.`;
}

type Topic = readonly [RegExp, (scene: Scene) => string];

const TOPICS: readonly Topic[] = [
  [
    /\b(?:what|which)(?: (?:all|else|exactly))? (?:have|did|has) (?:you|we|i)(?: (?:done|do|change|changed|edit|edited|apply|applied|made|make))?(?: (?:so far|until now|to (?:it|the video|my video)|up to now|already))*|\b(?:what|which) (?:edits|changes|operations)\b.*|\b(?:list|show|tell|summari[sz]e|recap)(?: me)?(?: all)?(?: of)?(?: the| my| your)?(?: (?:list|history|summary) of)?(?: the| my| your| all)? (?:edits|changes|operations|steps|what you (?:did|have done|have changed)|history|summary)(?: so far)?|\bwhat is (?:the )?(?:current )?(?:state|status|been done)(?: so far)?|\b(?:history|summary|recap|status)\b/,
    editsText,
  ],
  [
    /\bhow long (?:the |my |this )?(?:video|clip|it) (?:is|will be)(?: now)?|\b(?:how long|what) (?:is|will|would)(?: (?:the|my|this))? ?(?:total |current |new |final )?(?:video|clip|it|length|duration|running time|runtime)?(?: (?:of|for) (?:the |my |this )?(?:video|clip|it))?(?: (?:be|long|now|at the moment|currently|last|right now))*\b|\b(?:video |clip )?(?:length|duration|runtime)\b/,
    lengthAnswer,
  ],
  [
    /\bwhat(?: is| are)(?: the| my| its)? ?(?:video'?s? )?(?:current )?(?:resolution|size|dimensions|aspect ratio|format|width|height|frame size)(?: (?:of|is) (?:the |my |this )?(?:video|clip|it))?(?: now)?|\b(?:how (?:big|large|wide|tall|high)|what size|what resolution|which resolution) is (?:the |my |this )?(?:video|picture|it|clip|image)(?: now)?|\bwhat(?: is)? (?:resolution|size)(?: is)?(?: it| the video)?/,
    ({ timeline }) =>
      `The picture is ${timeline.width}×${timeline.height} at ${Number(timeline.fps.toFixed(2))} frames per second.`,
  ],
  [
    /\b(?:what|how many)(?: is| are)?(?: the| its)? ?(?:fps|frame ?rate|frames per second)(?: (?:of|is|does|has|have) .*)?|\bfps\b/,
    ({ timeline }) => `The video has ${Number(timeline.fps.toFixed(2))} frames per second.`,
  ],
  [
    /\b(?:does|has|is there)(?: the| my| this)?(?: video| clip| it)?(?: have| got)?(?: any| a)? ?(?:sound|audio|music)(?: (?:in|on) (?:it|the video))?/,
    (scene) => (scene.timeline.hasAudio ? 'Yes, the video has sound.' : 'No, the video has no sound.'),
  ],
];

const HELP =
  /\b(?:what|which)(?: all| else| things| edits| effects| filters)? (?:can|could|do|are|would) (?:you|i)(?: (?:do|edit|change|help(?: me)?(?: with)?|say|ask|support|able to do|ask you(?: to do)?|tell you|capable of|make|apply|use|offer|know))*(?: (?:here|for me|with (?:it|this|my video|the video|a video)|to (?:it|my video|the video)))?|\b(?:which|what) (?:filters|effects|formats|commands|operations|features)(?: (?:do|can|are) (?:you|there|i))?(?: (?:have|support|use|apply|offer|available|know))*|\bhow (?:does|do) (?:this|it|that|you|i)(?: (?:work|use (?:this|it|you)|start))?|\b(?:i need |need |some )?help(?: me)?\b|\b(?:commands|options|features|capabilities)\b|\bwho are you\b|\bwhat are you\b/;
const YES_NO = /^ (?:(?:is|are|did|has|was|were|does) (?:it|the|you|that|we|this|my|i)|have (?:you|we|i))\b/;
const GREETING =
  /^ (?:hi|hello|hey|hallo|good (?:morning|evening|afternoon|day)|greetings|howdy|sup|hiya|whats up|what is up)(?: (?:there|everyone|bot|assistant|again|friend|all|planner|vfxb))*[ !.,]*(?:how are you(?: doing| today)*)?[ !.?]*$|^ how are you(?: doing| today)* ?$/;
const THANKS =
  /^ (?:(?:ok|okay|oh|great|perfect|cool|nice|super|wow|awesome|very|so|really|good|well|much|many|it|looks|look|is|great|amazing|wonderful|fantastic|brilliant|excellent|lovely|beautiful|sweet|job|work|done|that|this|thats|like|love|i|thank|thanks|thx|ty|cheers|you|a|lot|appreciated|appreciate|all|good|for|now|fine|got|yes|yep|yeah|sure|no|nope|right)[ ,.!]*)+$/;
const BYE = /^ (?:bye|goodbye|good bye|see you|see ya|later|good night|cya)(?: [a-z]+)?[ !.]*$/;
const NEVER_MIND =
  /^ (?:never ?mind|nvm|forget (?:it|that|about it)|leave it(?: (?:as it is|like that|alone))?|no(?:thing)?(?: thanks)?|do nothing|cancel|stop|not now|leave it be|keep it (?:as it is|like that|as is|that way|this way))[ !.]*$/;

const answering = (reply: (scene: Scene) => string): Reading =>
  steps((scene) => command({ action: 'answer', reply: reply(scene) }));

function readSmallTalk(span: Span): Reading | undefined {
  if (!span.isWhole) return undefined;
  if (span.take(NEVER_MIND) !== undefined) return answering(() => 'OK, I changed nothing.');
  if (span.take(GREETING) !== undefined) return answering(() => `Hello! ${ABILITIES}`);
  if (span.take(BYE) !== undefined) return answering(() => 'Goodbye! Your project stays as it is.');
  if (span.take(THANKS) !== undefined) {
    return answering(() =>
      /thank|thx|\bty\b|cheers|appreciate/.test(span.source)
        ? "You're welcome! Tell me if anything else should change."
        : 'OK. Tell me if anything else should change, or say “export” when you are done.',
    );
  }
  return undefined;
}

function readQuestion(span: Span): Reading | undefined {
  if (/«/.test(span.text)) return undefined;
  if (
    span.has(
      /^ (?:can you |could you )?(?:tell me|let me know|do you know) (?:whether|if) (?:the|it|you|my) /,
    )
  )
    return readState(span);
  const small = readSmallTalk(span);
  if (small !== undefined) return small;
  span.take(/^ (?:can|could|would|will|do) you (?:know )?(?=tell|show|say|explain|what|how|which)/);
  span.take(/^ (?:tell|show|say|explain|let) (?:me )?(?:know )?(?=what|how|which|does)/);
  const asked =
    /\b(?:what|how|which|does|has|is there|help|list|tell|show|who|summary|recap|status|history|commands|options|features)\b/.test(
      span.text,
    ) ||
    (span.isWhole && /\b(?:length|duration|fps)\b/.test(span.text));
  if (!asked) return readYesNo(span);
  for (const [pattern, reply] of TOPICS) {
    if (span.take(pattern) === undefined) continue;
    span.takeAll(
      /\b(?:so far|now|exactly|current|currently|the|long|is|will|you|did|already|have|edits?|made|applied|done)\b|\?/,
    );
    return answering(reply);
  }
  if (span.take(HELP) === undefined) return readYesNo(span);
  span.takeAll(/\b(?:can|do|you|exactly|all|available|edit|videos?|actually|there|are|support)\b|\?/);
  return answering(() => ABILITIES);
}

/** "is it black and white already?": told by the list of edits. */
function readYesNo(span: Span): Reading | undefined {
  return YES_NO.test(span.text) ? readState(span) : undefined;
}

function readState(span: Span): Reading {
  span.take(/^.*$/);
  return answering((scene) => `${editsText(scene)} ${lengthAnswer(scene)}`);
}

/** Requests that are clear but not possible here: an honest answer beats a wrong edit. */
const UNABLE: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:better|nicer|cooler looking|prettier|awesome|amazing|professional|cinematic|good|great|pop|epic|fun|funny|interesting|perfect|viral|dope|sick|nice|beautiful)\b/,
    'How should it look: for example brighter, more contrast, black and white, sharper, or shorter?',
  ],
  [
    /^ (?:fix|improve|enhance|edit|change|do something (?:with|to|about)|work on|polish|clean up|process|optimi[sz]e|beautify|spice up)(?: (?:it|this|that|the|my|video|clip|up|a bit|colors?|picture|image|sound|audio|look|quality))* $/,
    'What should change: the length, the colors, the size, the sound, or a text on it?',
  ],
];

function readUnable(span: Span): Reading | undefined {
  if (/«|⟨/.test(span.text)) return undefined;
  for (const [pattern, question] of UNABLE) {
    if (
      !/\b(?:make|look|looks|looking|give|fix|improve|enhance|edit|change|do|work|polish|clean|process|optimi[sz]e|beautify|spice|something|more)\b/.test(
        span.text,
      ) ||
      span.take(pattern) === undefined
    )
      continue;
    span.takeAll(/\b(?:something|more|work|do|quality|a bit)\b/);
    return ask(question);
  }
  return undefined;
}

export const questions: Intent = {
  name: 'questions',
  read: readQuestion,
};
export const vague: Intent = { name: 'vague', read: readUnable };
