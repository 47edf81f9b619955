/** Export: "export it", "render in high quality as webm", "I'm done". */
import { OUTPUT_FORMATS, type OutputSettings } from '../../../../../src/contracts/edit-plan.ts';
import { type Intent, type Reading, ask, command, steps } from '../scene.ts';
import type { Span } from '../text/span.ts';

const VERB =
  /\b(?:export|render|download|save|output|produce|finali[sz]e|publish|finish(?: (?:it|the video))?(?: up)?|generate|encode|i am (?:done|finished|happy(?: with (?:it|this|that))?)|(?:that is|this is) (?:it|all|good|perfect)|looks (?:good|great|perfect)|give me the (?:file|result|final video|video|final)|make the (?:file|final video)|ready to (?:export|render|download))\b/;
const FORMAT = /\b(?:as |in |to |into )?(?:an? )?\.?(mp4|webm|mov|quicktime)(?: (?:file|format|video))?\b/;
const OTHER_FORMAT =
  /\b(?:as |in |to |into )?(?:an? )?\.?(gif|avi|mkv|wmv|flv|mp3|wav|h265|hevc|prores|png)\b/;
const QUALITY: readonly (readonly [RegExp, OutputSettings['quality']])[] = [
  [
    /\b(?:in |at |with )?(?:the )?(?:high|highest|best|top|maximum|max|great|hi|better|full)(?: possible)?[- ]?(?:quality|res)\b|\bhq\b/,
    'high',
  ],
  [
    /\b(?:in |at |with |as )?(?:the |a )?(?:low|lowest|draft|preview|quick|fast|rough|small)(?: possible)?(?: quality| version| preview)?\b|\bdraft\b/,
    'draft',
  ],
  [/\b(?:in |at |with )?(?:the )?(?:standard|normal|medium|default|regular)(?: quality)?\b/, 'standard'],
];

/** Container and quality as the user named them. */
function takeOutput(span: Span, format: string | undefined): Partial<OutputSettings> {
  const quality = QUALITY.find(([pattern]) => span.take(pattern) !== undefined)?.[1];
  const container = format === 'quicktime' ? 'mov' : OUTPUT_FORMATS.find((known) => known === format);
  return {
    ...(container === undefined ? {} : { format: container }),
    ...(quality === undefined ? {} : { quality }),
  };
}

function readRender(span: Span): Reading | undefined {
  if (/«/.test(span.text)) return undefined;
  const verb = span.take(VERB);
  const format = span.take(FORMAT)?.[1];
  const converts =
    format !== undefined && span.take(/\b(?:convert|turn|make|change|want|need)\b/) !== undefined;
  if (verb === undefined && !converts) return undefined;
  const other = span.take(OTHER_FORMAT)?.[1];
  if (other !== undefined) {
    const reply = 'I start the export as mp4.';
    return ask(`I can export mp4, mov or webm, not ${other}. Should I export an mp4?`, {
      proposal: [() => command({ action: 'render', output: { format: 'mp4' }, reply })],
    });
  }
  const output = takeOutput(span, format);
  span.takeAll(
    /\b(?:final|result|now|file|project|out|export|download|can|finished|it|quality|format|render)\b/,
  );
  const as = output.format === undefined ? '' : ` as ${output.format}`;
  const quality = output.quality === undefined ? '' : ` in ${output.quality} quality`;
  const reply = `I start the export${as}${quality}. You can follow it and download the file when it is done.`;
  return steps(() => command({ action: 'render', output, reply }));
}

export const render: Intent = { name: 'render', read: readRender };
