/** Sound: "mute the first 3 seconds", "no sound", "a little louder", "20% quieter", "-6 dB". */
import { type Degree, takeDegree, takePercent } from '../amount.ts';
import {
  type Intent,
  type Reading,
  type Step,
  type StepResult,
  EXACT,
  LIKELY,
  append,
  ask,
  lastOf,
  note,
  removeOperations,
  replace,
  steps,
} from '../scene.ts';
import type { Span } from '../text/span.ts';
import { type TimeRange, takeRange } from '../time-range.ts';
import { placeNow } from '../place-range.ts';

const LOUDER: Readonly<Record<Degree, number>> = { little: 1.25, plain: 1.5, much: 2 };
const QUIETER: Readonly<Record<Degree, number>> = { little: 0.8, plain: 0.65, much: 0.5 };
const MAXIMUM = 10;
const round = (value: number): number => Math.round(value * 1_000) / 1_000;

const ANY_SOUND =
  /\b(?:the |its |all )?(?:sound|audio|volume|soundtrack|audio track|sound track|sounds|music|loudness|sound level|audio level)(?: level| volume)?\b/;

const silent = (scene: { readonly timeline: { readonly hasAudio: boolean } }): StepResult | undefined =>
  scene.timeline.hasAudio ? undefined : note('The video has no sound, so there is nothing to change in it.');

/** Multiplies the loudness, or sets it to a share of the original. */
export const changeVolume =
  (amount: { readonly by: number } | { readonly to: number }): Step =>
  (scene): StepResult => {
    const none = silent(scene);
    if (none !== undefined) return none;
    const muted = scene.operations.find(
      ({ op, start, end }) => op === 'mute' && start === undefined && end === undefined,
    );
    if (muted !== undefined) {
      return ask('The sound is muted. Should I turn it on again?', {
        proposal: [
          (scene) => ({
            kind: 'done',
            scene: removeOperations(
              scene,
              scene.operations.filter(({ op }) => op === 'mute'),
            ),
            phrase: 'turned the sound on again',
          }),
        ],
      });
    }
    const last = lastOf(scene, 'volume');
    const current = typeof last?.['gain'] === 'number' ? last['gain'] : 1;
    const wanted = 'to' in amount ? amount.to : current * amount.by;
    const gain = round('to' in amount ? wanted : Math.min(MAXIMUM, wanted));
    if (gain > MAXIMUM)
      return ask(`The loudest I can make it is ${MAXIMUM} times the original. How loud should it be?`);
    if (gain === current) return note(`The volume is at ${Math.round(current * 100)}% already.`);
    const operation = { op: 'volume', gain };
    const phrase = `${'to' in amount ? 'set the volume' : gain > current ? 'made the sound louder' : 'made the sound quieter'} (${Math.round(gain * 100)}%)`;
    return {
      kind: 'done',
      scene: last === undefined ? append(scene, operation) : replace(scene, last, operation),
      phrase: phrase.replace('set the volume (', 'set the volume to (').replace(/to \((\d+%)\)/, 'to $1'),
    };
  };

const COMPLAINTS: readonly (readonly [RegExp, number])[] = [
  [/\btoo loud\b/, QUIETER.little],
  [/\btoo (?:quiet|soft|silent|low)\b|\bnot loud enough\b/, LOUDER.little],
];

function readVolume(span: Span): Reading | undefined {
  if (
    /«|⟨|\b(?:text|title|brightness|contrast|saturation|bass|treble|voices?|speech|noise|quality)\b/.test(
      span.text,
    )
  )
    return undefined;
  const mentions = span.take(ANY_SOUND) !== undefined;
  const tidy = (): void =>
    void span.takeAll(
      /\b(?:turn|set|make|change|cut|increase|decrease|reduce|raise|boost|lower|drop|crank|bring|put|adjust|pump|bump|push|turned|get|play|is|down|up|more|volume|needs?|come|about|than (?:it is )?now|original|by|to)\b/,
    );
  const decibels = span.take(/(?:\b(?:by|of|to) )?([+-])?(\d+(?:\.\d+)?)db\b/);
  if (decibels !== undefined) {
    const isDown =
      decibels[1] === '-' ||
      (decibels[1] === undefined &&
        /\b(?:lower|reduce|decrease|down|quieter|softer|drop|cut|less)\b/.test(span.text));
    const gain = 10 ** ((Number(decibels[2]) * (isDown ? -1 : 1)) / 20);
    span.takeAll(/\b(?:louder|quieter|softer|less|cut|gain)\b/);
    tidy();
    return steps(changeVolume({ by: gain }));
  }
  for (const [pattern, by] of COMPLAINTS) {
    if (span.take(pattern) === undefined) continue;
    takeDegree(span);
    tidy();
    return steps(changeVolume({ by }), mentions || by !== 1 ? LIKELY : EXACT);
  }
  const amount = readLoudness(span, mentions);
  if (amount === undefined) return undefined;
  tidy();
  return steps(changeVolume(amount));
}

type Loudness = { readonly by: number } | { readonly to: number };

const UP = /\b(?:up|louder|increase|raise|boost|higher|crank|pump|bump|push|lift|more|amplify)\b/;
const DOWN = /\b(?:down|quieter|softer|decrease|reduce|lower|less|drop|soften)\b/;
/** Without a word for the sound, "up" and "down" could mean anything. */
const UP_ALONE =
  /\b(?:louder|amplify|turn (?:it|this|that) up|crank (?:it|this|that) up|pump (?:it|this|that) up)\b/;
const DOWN_ALONE = /\b(?:quieter|less loud|turn (?:it|this|that) down|not so loud)\b/;

function takeMultiple(span: Span, mentions: boolean): Loudness | undefined {
  if (
    mentions &&
    span.take(/\b(?:to |at |by |in )?half(?: of)?(?: (?:as loud|the))?\b|\bhalve\b/) !== undefined
  )
    return { by: 0.5 };
  if (mentions && span.take(/\b(?:back to |to )?(?:normal|original|full)\b/) !== undefined) return { to: 1 };
  if (span.take(/\bhalf as loud\b|\bhalf (?:the )?volume\b/) !== undefined) return { by: 0.5 };
  const times = /\b(?:(\d+(?:\.\d+)?)x|double)(?: (?:as )?(?:loud|louder))?\b/;
  const isLoud = mentions || /loud/.test(times.exec(span.text)?.[0] ?? '');
  const loud = isLoud ? span.take(times) : undefined;
  return loud === undefined ? undefined : { by: loud[1] === undefined ? 2 : Number(loud[1]) };
}

const shareOf = (share: number, isUp: boolean): Loudness => ({ by: isUp ? 1 + share : 1 - share });

function readLoudness(span: Span, mentions: boolean): Loudness | undefined {
  const multiple = takeMultiple(span, mentions);
  if (multiple !== undefined) return multiple;
  const isDown = span.take(mentions ? DOWN : DOWN_ALONE) !== undefined;
  const isUp = span.take(mentions ? UP : UP_ALONE) !== undefined;
  if (isDown && isUp) return undefined;
  const percent = takePercent(span);
  if (percent !== undefined) {
    const isChange = isUp !== isDown && !percent.isAbsolute;
    return isChange ? shareOf(percent.share, isUp) : mentions ? { to: percent.share } : undefined;
  }
  if (mentions && span.take(/\b(?:to |at )0\b/) !== undefined) return { to: 0 };
  if (isUp === isDown) return undefined;
  return { by: (isUp ? LOUDER : QUIETER)[takeDegree(span)] };
}

const muteAll: Step = (scene): StepResult => {
  const none = silent(scene);
  if (none !== undefined) return none;
  if (
    scene.operations.some(({ op, start, end }) => op === 'mute' && start === undefined && end === undefined)
  )
    return note('The sound is muted already.');
  return { kind: 'done', scene: append(scene, { op: 'mute' }), phrase: 'muted the sound' };
};

const muteRange =
  (range: TimeRange): Step =>
  (scene): StepResult => {
    const none = silent(scene);
    if (none !== undefined) return none;
    const placed = placeNow(range, scene, muteRange);
    if ('question' in placed) return { kind: 'ask', ask: placed };
    const { now, said } = placed;
    const isEnd = now.to >= scene.timeline.durationSeconds - 1e-3;
    if (now.from <= 0 && isEnd) return muteAll(scene);
    const operation = {
      op: 'mute',
      ...(now.from <= 0 ? {} : { start: now.from }),
      ...(isEnd ? {} : { end: now.to }),
    };
    return { kind: 'done', scene: append(scene, operation), phrase: `muted ${said}` };
  };

const unmute: Step = (scene): StepResult => {
  const gone = scene.operations.filter(({ op, gain }) => op === 'mute' || (op === 'volume' && gain === 0));
  if (gone.length === 0) return note('The sound is not muted.');
  return { kind: 'done', scene: removeOperations(scene, gone), phrase: 'turned the sound on again' };
};

const MUTE =
  /\b(?:mute(?:d)?|silence(?: it| the| this| that)?|make (?:it|the video|this) (?:completely |totally )?(?:silent|mute|soundless))\b|\b(?:no|without(?: any| the)?|zero|kill|remove|delete|drop(?!(?: the| its| my)? (?:volume|(?:sound|audio) level))|strip|lose|cut(?!(?: the| its| my)? (?:volume|(?:sound|audio) level))|take out|get rid of|turn off|switch off|shut off|disable|ditch|erase|discard|take away)(?: (?:out|off|all|any|of))*(?: (?:the|its|my))?(?: original)? (?:sound|audio|volume|soundtrack|audio track|sound track)(?: track)?\b(?: (?:off|out|completely|entirely|altogether))*|\b(?:sound|audio|volume) (?:off|out|muted|away)\b|\b(?:turn|switch|shut) the (?:sound|audio|volume) (?:all the way )?off\b|\b(?:take|leave) (?:the |all (?:the )?)?(?:sound|audio) (?:out|off|away)\b|\bsilent\b/;
const UNMUTE =
  /\b(?:unmute|un mute)\b|\b(?:turn|switch|bring|put|give|get)(?: me)?(?: back)? (?:the )?(?:sound|audio|volume)(?: back)?(?: on| in)?(?: again)?\b(?=.*| )|\b(?:sound|audio) (?:back )?on(?: again)?\b/;
const MUSIC =
  /\b(?:no|without|kill|remove|delete|drop|strip|lose|cut|mute|take out|get rid of|turn off)(?: (?:out|off|all|any|of))*(?: (?:the|its|my|that))? (?:background )?(?:music|song|voices?|speech|talking|vocals?)\b/;

function readMute(span: Span): Reading | undefined {
  if (/«/.test(span.text) || /\bunmute|un mute\b/.test(span.text)) return readUnmute(span);
  if (span.has(/\b(?:fade|without|but keep)\b/) && !span.has(/\bwithout (?:any |the )?(?:sound|audio)\b/))
    return undefined;
  if (span.take(MUSIC) !== undefined) {
    span.take(/\b(?:track|playing|in the background)\b/);
    return ask(
      'Music and voices are one sound track that I cannot take apart. Should I mute all of the sound?',
      { proposal: [muteAll] },
    );
  }
  if (span.take(MUTE) === undefined) return readUnmute(span);
  span.takeAll(ANY_SOUND);
  const range = takeRange(span);
  span.take(/\b(?:during|part|only)\b/);
  span.take(/\b(?:from|on) (?:the |this |my |our )(?:video|clip)\b/);
  return steps(range === undefined ? muteAll : muteRange(range));
}

function readUnmute(span: Span): Reading | undefined {
  if (span.take(/\b(?:unmute|un mute)\b/) === undefined) {
    if (!/\b(?:on|back)\b/.test(span.text) || span.take(UNMUTE) === undefined) return undefined;
    span.takeAll(/\b(?:on|back|in)\b/);
  }
  span.take(ANY_SOUND);
  return steps(unmute);
}

export const mute: Intent = { name: 'mute', read: readMute };
export const volume: Intent = { name: 'volume', read: readVolume };
