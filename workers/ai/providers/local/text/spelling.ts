/** Tolerates typing errors in the planner's own keywords. Words it does not know stay as they are. */
const KEYWORDS = new Set(
  (
    'video first last second seconds minute minutes half third quarter percent between until from before after start beginning middle ending everything except only keep remove delete ' +
    'trim crop scale resize rotate brightness brighter brighten bright darker darken contrast saturation saturated desaturate gamma temperature warmer cooler warm filter black white ' +
    'grayscale greyscale monochrome sepia vintage blur blurry blurred sharpen sharper sharp speed faster slower fast slow double twice quarter text title caption saying bottom left right center centre corner ' +
    'yellow orange purple green bigger smaller larger volume louder quieter sound audio music mute unmute silent silence fade fading undo redo reset revert export render download ' +
    'quality degrees clockwise counterclockwise square vertical portrait landscape horizontal make please change move write again instead little much slightly more less colors colorful picture without ' +
    'intro outro upside down original pixels width height aspect ratio increase decrease reduce lower raise boost hello thanks name what long resolution ten twenty thirty fifteen'
  ).split(' '),
);

/** Real words one slip away from a keyword, which must not be "corrected" into an instruction. */
const REAL_WORDS = new Set(
  (
    'thank past fact cast face faces faced fake fate made male mare mate lost list least best test rest next west vest whit while whole write trite quite suite shape sharp share shard speech spend sleep slot show ' +
    'sharks steed slew snow flow glow blow left lift right night light might sight fight tight bright bring being begin than that then them this there these those their here where were when what want went ' +
    'tile title little battle bottle button cotton would could should sound found round bound ground mound wound second seconds record make take bake lake male cake wake mask mark more move mode most movie love ' +
    'lower flower tower power never ever over under cover hover upper super paper taper trip trick trap tram brim grim prim crop drop prop chop crow crowd crown cops keep deep beep weep peep keen keel need seed feed ' +
    'text next test tent texts bold cold gold told hold black block slack back pack rack lack blank green greet greed grey great treat bread broad blue blur blurs blues clue glue true image images music musical muse mutes cute mate mule must nude ' +
    'rude made fame frame frames flame name game same tame came fades faded fader shade shades head heads person people start star stars stare smart chart part party parts line lines like life live lives time times clip clips ' +
    'color colour colors size sized side sides slide slides scene scenes screen scream cream dream quick quiet quite quit fast last past loud cloud could proud speed reset rest resets export expert report import ' +
    'reader render renders sender vendor center enter winter printer matter master faster easter poster disaster plaster cast caster later water layer player longer larger charger danger singer finger bigger digger ' +
    'warmer farmer former cooler color colder holder folder older order border middle riddle fiddle muddle puddle whether weather filters filled files file fill film final finale volume column degree degrees three tree ' +
    'trees under thunder hunter number lumber member december september cap cats dogs word words world work works sword logo zoom loop flip mirror stabilize subtitle subtitles transition background foreground noise green screen replace ' +
    'reverse freeze split merge stitch emoji sticker animation logo watermark chroma overlay insert shift shirt short shorts shorter shot shots shoot swap scare scales scaled scary space spice spire wider wide with width within ' +
    'high higher hight height weight eight light crispy crisp soft softer soften smooth smoother clear clearer cleaner clean better bitter butter later boring bring bore intros outros trims trimmed cuts crops muted rotated'
  ).split(' '),
);

const MINIMUM_LENGTH = 4;
const LONG_LENGTH = 7;

/** Edits between two words, a swap of neighbours counting as one; `limit + 1` when more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit + 1;
}

const cache = new Map<string, string | undefined>();
const CACHE_LIMIT = 5_000;

function nearestKeyword(word: string): string | undefined {
  const limit = word.length >= LONG_LENGTH ? 2 : 1;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const keyword of KEYWORDS) {
    if (keyword.charAt(0) !== word.charAt(0)) continue;
    const edits = distance(word, keyword, limit);
    if (edits < bestDistance) [best, bestDistance] = [keyword, edits];
  }
  return best;
}

/** The keyword that a mistyped word most likely is, or the word itself. `word` in lower case. */
export function correctWord(word: string): string {
  if (word.length < MINIMUM_LENGTH || KEYWORDS.has(word) || REAL_WORDS.has(word)) return word;
  if (!cache.has(word)) {
    if (cache.size >= CACHE_LIMIT) cache.clear();
    cache.set(word, nearestKeyword(word));
  }
  return cache.get(word) ?? word;
}
