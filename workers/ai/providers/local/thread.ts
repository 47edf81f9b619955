/** Follows a thread over several turns: a question that is open, and the message that answers it. */
import type { ChatTurn } from '../../../../src/contracts/jobs.ts';
import { type Line, readLines } from './clauses.ts';
import { readCorrection } from './correction.ts';
import { type Scene, type Step, steps } from './scene.ts';
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
  const lines = readCorrection(message, scene) ?? readLines(message);
  return settled(lines, scene, message.correctedWords);
}

const withLine = (turn: Turn, index: number, list: readonly Step[]): Line[] =>
  turn.lines.map((line, at) => (at === index ? { ...line, reading: steps(list, 0.9) } : line));

const changedNothing = (turn: Turn): Turn => ({
  ...turn,
  lines: [],
  settlement: { outcome: { reply: 'OK, I changed nothing.', action: 'answer', confidence: 0.95 } },
});

/** The thread with one more message of the user: an answer to its open question, or a request of its own. */
function next(turn: Turn, message: Message, scene: Scene): Turn {
  const { open } = turn.settlement;
  if (open === undefined) return fresh(message, scene);
  const { line, ask } = open;
  const said = message.text.trim();
  const others = turn.lines.filter((_, at) => at !== line);
  const goOn = (lines: readonly Line[]): Turn =>
    lines.length === 0 ? changedNothing(turn) : settled(lines, scene, 0);
  if (ask.proposal !== undefined && YES.test(said) && YES_CORE.test(said)) {
    return goOn(ask.proposal.length === 0 ? others : withLine(turn, line, ask.proposal));
  }
  if (SKIP.test(said)) return goOn(others);
  if (NO.test(said))
    return others.length > 0 && ask.isImpossible !== true ? goOn(others) : changedNothing(turn);
  const answer: Message = { ...message, text: said.replace(LEADING, '') };
  const filled = message.hasOpenQuote ? undefined : ask.fill?.(answer);
  if (filled !== undefined) {
    return settled(
      turn.lines.map((old, at) => (at === line ? { ...old, reading: filled } : old)),
      scene,
      0,
    );
  }
  const own = fresh(answer, scene);
  const isClear = own.settlement.open === undefined && own.settlement.outcome.action === 'edit';
  if (!isClear || others.length === 0 || ask.isImpossible !== true) return own;
  return settled([...turn.lines.slice(0, line), ...own.lines, ...turn.lines.slice(line + 1)], scene, 0);
}

/** Plans the newest message in the light of the messages whose question it may answer. */
export function planThread(earlier: readonly string[], content: string, scene: Scene): Settlement {
  const [first, ...rest] = [...earlier, content].map(readMessage);
  if (first === undefined) throw new TypeError('a thread has at least one message');
  return rest.reduce((turn, message) => next(turn, message, scene), fresh(first, scene)).settlement;
}
