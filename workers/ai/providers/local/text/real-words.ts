/** Real words a slip or two away from a keyword, which must not be "corrected" into an instruction ("blur the faces", "into", "large"). */
export const REAL_WORDS: ReadonlySet<string> = new Set(
  (
    'removed deleted changed moved started raised reduced increased decreased lowered slowed doubled rendered starts form forms hall halt quantity quicker recover recovery biggest cobbler sped seconded rightly ' +
    'against alone alter animation aspects audit auditor back background bake battle beep begin being best better bitter ' +
    'blank blight block blogger blouse blow blue blues blunt blurb blurs blurt boast bold booster boot boots border bore ' +
    'boring bottle bound bread brim bring broad brought bugger butter button cake came canter cap captain captive cartoon ' +
    'cast caster cats caution central century chance chances channel charge charged charger charges chart chop chroma clean ' +
    'cleaner clear clearer clip clips cloud clue cold colder color colour column contact contest contract contracts contrary ' +
    'cooker coop cooper cops cornea coroner cotton could counter courier cover crap cream crisp crispy crops crow crowd crown ' +
    'cute cuts dancing danger dawn decease deceased december decree deep degrades degree delegate deplete depress digger ' +
    'digress disaster dogs doubted downy dream drop drown easter eight emoji enduring ensuing enter eroding ever excerpt ' +
    'expert experts exploit explore extort face faced faces facing fact faded fader fades fads failing fainter fairest fake ' +
    'faking falling falter fame fare farmer farther fasten fate faze fearing feast feed feeding fester fiddle fight fighter ' +
    'file files fill filled filler film filters filthier final finale finding finger firm firms firstly fist fitter flame ' +
    'flatter flawing flip flow flower folder folding foreground former foster found frame frames framing freeze frog funding ' +
    'game glow glue gold grammar great greed greens greet grey grim ground hale halo head heads heighten hell here high ' +
    'higher hight hold holder horse house hover hunter image images import incense insert into intros keel keen kelp lack ' +
    'lager lake large largely lash lass lasts later layer least legs lens lent lest lets life lift light like line lines list ' +
    'live lives loader loft logo lone longer loop loser loss lost loud loudly love lover lumber lung lust mace made maker ' +
    'male mane mare mark mask master mate matter maze meddle member mere merge might mike mire mirror mite mode mole mope ' +
    'morn most mound mouse mover movie muck muddle muddled mulch mule munch muse mush musical must muted mutes mutt named ' +
    'names nape need never next night noise nude number oily older oranges order originally originate origins outgrow outros ' +
    'over overlay pack paper part parts party past pasture peep people perfect perplex person pervert phone plaster player ' +
    'playing pleasure portent portray portrays poster posture power present prevent prim printer prop protract proud puddle ' +
    'puncture purpose qualify quarrel quartet quick quiet quietly quit quite quitter rack radio ration rations reader readers ' +
    'record reindeer reminder remodel remorse remote remotes renders replace report reprove resent resets reside residue ' +
    'resolve respect respite rest revere reverie reverse revolution revolve riddle rights rise rotated round rude running ' +
    'sacking sailing sale same sapling saving savings scald scaled scales scaling scalp scare scaring scarlet scary scene ' +
    'scenes science scream screen sealing secondly seed sender september shade shades shaking shape shaping shard share ' +
    'sharing shark sharks shatter shift shirt shoot shopper short shorten shortened shorter shorts shot shots should show ' +
    'shower showers side sides sight singer singing situated situation size sized slack sleep slew slide slides slob slog ' +
    'slop slot smart smarter smooth smoother snow soft soften softer solvent sounder space spacing speech spend spice spied ' +
    'spire split spying squire stabilize stale star stare staring stark stars starter startle stating staying steed sticker ' +
    'stitch stone stow styling subtitle subtitles suite super swap swim swimming sword take talk talking tame tanks taper ' +
    'teen tell temperate tend tens tent test texts than thank that their them then there these thinks thirds thirsty this ' +
    'thistle those three thrifty thunder tight tile time times titles told tower tram transition trap treat tree trees trick ' +
    'trimmed trims trio trip trite true twine txt under unicorn untie unto upper vendor vest village voltage wake walk ' +
    'walking want ward warms warn warp wars wart wary water watermark weather weep weight went were west wheat when where ' +
    'whet whether while whistle whites whole wide wider winter with within word words work works world worm would wound ' +
    'writer writers wrote zoom'
  ).split(' '),
);
