/**
 * What a file is, from its first bytes; names and content types are only claims. Pure. It keeps out what is plainly something
 * else, with a message that says what; whether a video can be decoded is found out by the ingest job.
 */
export interface MediaKind {
  readonly contentType: string;
  /** With its dot, for a download's name. */
  readonly extension: string;
}

/** How many bytes are looked at; a file may have fewer. */
export const SNIFFED_BYTES = 4096;

const MP4: MediaKind = { contentType: 'video/mp4', extension: '.mp4' };
const QUICKTIME: MediaKind = { contentType: 'video/quicktime', extension: '.mov' };
const AVI: MediaKind = { contentType: 'video/x-msvideo', extension: '.avi' };
const WEBM: MediaKind = { contentType: 'video/webm', extension: '.webm' };
const MATROSKA: MediaKind = { contentType: 'video/x-matroska', extension: '.mkv' };

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.subarray(start, end)).toString('latin1');

/** Atoms with which a QuickTime file of the years before `ftyp` begins. */
const OLD_QUICKTIME_ATOMS = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);
/** Brands of the same container that hold no video. */
const IMAGE_BRANDS = /^(?:hei[cfmsx]|hev[cx]|mif1|msf1|avif|avis|crx |jp2 |jpx )/;

function isoKind(bytes: Uint8Array): MediaKind | undefined {
  const boxType = latin1(bytes, 4, 8);
  if (boxType !== 'ftyp') {
    const isAtom = OLD_QUICKTIME_ATOMS.has(boxType) && new DataView(toBuffer(bytes)).getUint32(0) !== 0;
    return isAtom ? QUICKTIME : undefined;
  }
  const brand = latin1(bytes, 8, 12);
  if (IMAGE_BRANDS.test(brand)) return undefined;
  return brand === 'qt  ' ? QUICKTIME : MP4;
}

const toBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes.subarray(0, 4)).buffer;

/** Reads the DocType element (id 0x4282) of an EBML header; its length is a one-byte size in any sane file. */
function ebmlKind(bytes: Uint8Array): MediaKind | undefined {
  const header = latin1(bytes, 0, 256);
  const at = header.indexOf('\x42\x82');
  if (at === -1) return undefined;
  const length = (bytes[at + 2] ?? 0) & 0x7f;
  const docType = header.slice(at + 3, at + 3 + length).replace(/\0+$/, '');
  if (docType === 'webm') return WEBM;
  return docType === 'matroska' ? MATROSKA : undefined;
}

/** The video container the file begins like; `undefined` when it is none that we take. */
export function mediaKind(head: Uint8Array): MediaKind | undefined {
  if (head.byteLength < 12) return undefined;
  const start = latin1(head, 0, 4);
  if (start === '\x1a\x45\xdf\xa3') return ebmlKind(head);
  if (start === 'RIFF') return latin1(head, 8, 12) === 'AVI ' ? AVI : undefined;
  return isoKind(head);
}

/** What else a file may be: how it begins (from the byte at `at`), and what to call it. */
const OTHERS: readonly { readonly at?: number; readonly magic: string; readonly name: string }[] = [
  { magic: '\x89PNG', name: 'a PNG picture' },
  { magic: '\xff\xd8\xff', name: 'a JPEG picture' },
  { magic: 'GIF8', name: 'a GIF picture' },
  { magic: 'BM', name: 'a bitmap picture' },
  { magic: 'II*\0', name: 'a TIFF picture' },
  { magic: 'MM\0*', name: 'a TIFF picture' },
  { at: 8, magic: 'WEBP', name: 'a WebP picture' },
  { at: 4, magic: 'ftyp', name: 'a HEIF or AVIF picture' },
  { at: 8, magic: 'WAVE', name: 'a WAV sound' },
  { magic: 'ID3', name: 'an MP3 sound' },
  { magic: '\xff\xfb', name: 'an MP3 sound' },
  { magic: '\xff\xf1', name: 'an AAC sound' },
  { magic: 'OggS', name: 'an Ogg file' },
  { magic: 'fLaC', name: 'a FLAC sound' },
  { magic: 'FLV', name: 'a Flash video' },
  { magic: '\x30\x26\xb2\x75', name: 'a Windows Media file' },
  { magic: '\0\0\x01\xba', name: 'an MPEG program stream' },
  { at: 188, magic: 'G', name: 'an MPEG transport stream' },
  { magic: '%PDF', name: 'a PDF document' },
  { magic: 'PK\x03\x04', name: 'a ZIP archive' },
  { magic: 'PK\x05\x06', name: 'a ZIP archive' },
  { magic: '\x1f\x8b', name: 'a gzip archive' },
  { magic: '7z\xbc\xaf', name: 'a 7-Zip archive' },
  { magic: 'Rar!', name: 'a RAR archive' },
  { magic: '\x7fELF', name: 'a program' },
  { magic: 'MZ', name: 'a program' },
  { magic: '#EXTM3U', name: 'an HLS playlist' },
  { magic: 'ffconcat', name: 'an ffconcat playlist' },
  { magic: '#!', name: 'a script' },
  { magic: '{', name: 'JSON text' },
  { magic: '[', name: 'JSON text' },
];

function looksLike(head: Uint8Array): string {
  const text = latin1(head, 0, SNIFFED_BYTES);
  if (text.startsWith('\x1a\x45\xdf\xa3')) return 'a Matroska-like file that is neither WebM nor MKV';
  // A transport stream repeats its sync byte each 188 bytes: one "G" alone is a letter.
  const other = OTHERS.find(
    ({ at = 0, magic }) => text.startsWith(magic, at) && (at !== 188 || text.startsWith('G')),
  );
  if (other !== undefined) return other.name;
  const trimmed = text.replace(/^(?:\xef\xbb\xbf)?\s+/, '').toLowerCase();
  if (/^<(?:!doctype html|html|head|script|body)/.test(trimmed)) return 'an HTML page';
  if (/^<(?:\?xml|svg|mpd|smil)/.test(trimmed)) return 'an XML or SVG document';
  return isText(head) ? 'plain text' : 'no format that is known here';
}

function isText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}

/** One sentence for the sender of a file that `mediaKind` does not know. */
export function describeOther(head: Uint8Array): string {
  return `This is not a video that can be used: it looks like ${looksLike(head)}. Send MP4, MOV, AVI, WebM or MKV.`;
}
