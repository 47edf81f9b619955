/** Follows a thread over several turns: a question that is open, and the message that answers it. */
import type { ChatTurn } from '../../../../src/contracts/jobs.ts';
import { type Line, readLines } from './clauses.ts';
import { contradiction } from './contradiction.ts';
import { readCorrection } from './correction.ts';
import { type Reading, type Scene, ask, steps } from './scene.ts';
import { type Settlement, settle } from './settle.ts';
import { type Message, readMessage } from './text/message.ts';

const YES =
  /^(?:(?:yes|yep|yeah|yup|ya|yea|sure|ok|okay|okey|please|do|it|that|go|ahead|for|sounds|good|right|correct|exactly|of|course|fine|absolutely|definitely|y|perfect|great|i|mean|both|is|thats|just|the|then|confirm|confirmed|why|not|so|alright|affirmative|agreed|proceed)[ ,.!]*)+$/;
const YES_CORE =
  /\b(?:yes|yep|yeah|yup|ya|yea|sure|ok|okay|okey|do|go|good|right|correct|exactly|course|fine|absolutely|definitely|y|perfect|great|confirm|confirmed|why not|alright|affirmative|agreed|proceed|please)\b/;
const NO =
  /^(?:no|nope|nah|n|do not|never ?mind|forget it|cancel|leave it|rather not|no thanks|no thank you|not really|skip)(?: (?:that|it|thanks|do not|leave it|that is fine|as it is|thank you))*[ ,.!]*$/;
const SKIP =
  /^(?:(?:just |only )?(?:do|apply|make) (?:the )?(?:rest|others?|remaining)(?: (?:ones|edits|then))?|(?:skip|leave out|ignore|drop|forget) (?:that|it|this|the last one|that one|that part)(?: (?:part|one))?(?:,? (?:and )?do the (?:rest|others))?|without (?:that|it)|leave (?:that|it) out)[ .!]*$/;
const LEADING =
  /^(?:(?:no|yes|nope|yeah|ok|okay|well|hm+|oh|sorry|i mean|i meant|actually|rather|just|let us say)[ ,.!]+)+/;

/** The user's messages since the last turn that was not a question, oldest first. */
export function openThread(history: readonly ChatTurn[]): readonly string[] {
  const messages: string[] = [];
  for (let at = history.length - 1; at > 0; at -= 1) {
    const turn = history[at];
    if (turn?.role !== 'assistant' || turn.outcome !== 'question') break;
    let user = at - 1;
    while (user >= 0 && history[user]?.role !== 'user') user -= 1;
    const message = history[user];
    if (message === undefined || user !== at - 1) break;
    messages.unshift(message.content);
    at = user;
  }
  return messages;
}

interface Turn {
  readonly lines: readonly Line[];
  readonly settlement: Settlement;
  readonly correctedWords: number;
}

const settled = (lines: readonly Line[], scene: Scene, correctedWords: number): Turn => ({
  lines,
  settlement: settle(lines, scene, correctedWords),
  correctedWords,
});

function fresh(message: Message, scene: Scene): Turn {
  if (message.hasOpenQuote) {
    const reply = 'I see an opening quote but no closing one. Where does your text end?';
    return {
      lines: [],
      correctedWords: 0,
      settlement: { outcome: { reply, action: 'question', confidence: 0.9 } },
    };
  }
  const opposite = contradiction(message.text);
  if (opposite !== undefined) {
    const reading: Reading = { kind: 'ask', ask: opposite };
    return settled([{ source: message.text, shown: message.raw, isAfter: false, reading }], scene, 0);
  }
  const lines = readCorrection(message, scene) ?? readLines(message);
  return settled(lines, scene, message.correctedWords);
}

const changedNothing = (turn: Turn): Turn => ({
  ...turn,
  lines: [],
  settlement: { outcome: { reply: 'OK, I changed nothing.', action: 'answer', confidence: 0.95 } },
});

const withReading = (turn: Turn, index: number, reading: Reading): Line[] =>
  turn.lines.map((line, at) => (at === index ? { ...line, reading } : line));

/** Yes, no, or "do the rest"; undefined when the message says something else. */
function decide(
  turn: Turn,
  open: NonNullable<Settlement['open']>,
  said: string,
): readonly Line[] | undefined {
  const { line, ask } = open;
  const others = turn.lines.filter((_, at) => at !== line);
  if (ask.proposal !== undefined && YES.test(said) && YES_CORE.test(said)) {
    return ask.proposal.length === 0 ? others : withReading(turn, line, steps(ask.proposal, 0.9));
  }
  if (SKIP.test(said)) return others;
  if (NO.test(said)) return ask.isImpossible === true ? [] : others;
  return undefined;
}

const SAYS = /^(?:it|let it|make it|the text|that) (?:should )?(?:says?|reads?|is)\b/i;

/** The reading of an answer whose words could be anything; a request among them is asked about before it becomes a text. */
function freeText(filled: Reading, message: Message, scene: Scene): Reading {
  if (filled.kind !== 'steps' || message.quotes.length > 0 || SAYS.test(message.raw.trim())) return filled;
  const { action } = fresh(message, scene).settlement.outcome;
  if (action === 'question' || action === 'answer') return filled;
  return ask(`Should the text say “${message.raw.trim()}”, or is that something I should do?`, {
    proposal: filled.steps,
  });
}

/** The thread with one more message of the user: an answer to its open question, or a request of its own. */
function next(turn: Turn, message: Message, scene: Scene): Turn {
  const { open } = turn.settlement;
  if (open === undefined || message.hasOpenQuote) return fresh(message, scene);
  const said = message.text.trim();
  const decided = decide(turn, open, said);
  if (decided !== undefined) return decided.length === 0 ? changedNothing(turn) : settled(decided, scene, 0);
  const answer: Message = { ...message, text: said.replace(LEADING, '') };
  const filled = open.ask.fill?.(answer);
  if (filled !== undefined) {
    const reading = open.ask.isFreeText === true ? freeText(filled, answer, scene) : filled;
    return settled(withReading(turn, open.line, reading), scene, 0);
  }
  return restated(turn, { message: answer, open }, scene);
}

/** "blur the faces" said differently takes its place among the other requests; anything else stands alone. */
function restated(
  turn: Turn,
  { message, open }: { message: Message; open: NonNullable<Settlement['open']> },
  scene: Scene,
): Turn {
  const own = fresh(message, scene);
  const isClear = own.settlement.open === undefined && own.settlement.outcome.action === 'edit';
  if (!isClear || turn.lines.length < 2 || open.ask.isImpossible !== true) return own;
  return settled(
    [...turn.lines.slice(0, open.line), ...own.lines, ...turn.lines.slice(open.line + 1)],
    scene,
    0,
  );
}

/** Plans the newest message in the light of the messages whose question it may answer. */
export function planThread(earlier: readonly string[], content: string, scene: Scene): Settlement {
  const [first, ...rest] = [...earlier, content].map(readMessage);
  if (first === undefined) throw new TypeError('a thread has at least one message');
  return rest.reduce((turn, message) => next(turn, message, scene), fresh(first, scene)).settlement;
}
