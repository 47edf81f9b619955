/**
 * Names that users give files, made fit to show. They are never part of a path: a stored file's name is the id of its video. Pure.
 */
const MAX_LENGTH = 200;
/** Control characters, line and paragraph separators, and marks that turn the direction of text around (to fake an extension). */
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu;

const shortened = (text: string): string => Array.from(text).slice(0, MAX_LENGTH).join('').trim();

/** The text in one line, in composed form, at most 200 characters; may end up empty. */
export function shownText(text: string): string {
  return shortened(text.toWellFormed().normalize('NFC').replace(UNSHOWABLE, ' ').replace(/\s+/g, ' ').trim());
}

/**
 * A file's name without folders, fit to show and to save under; keeps its extension when it must be shortened.
 * @param fallback for a name of which nothing is left
 */
export function shownFileName(name: string | undefined, fallback: string): string {
  const base = (name ?? '').split(/[/\\]/).at(-1) ?? '';
  const clean = base
    .toWellFormed()
    .normalize('NFC')
    .replace(UNSHOWABLE, '')
    .replace(/[<>:"|?*]/g, '_')
    .trim();
  if (/^\.*$/.test(clean)) return fallback;
  if (Array.from(clean).length <= MAX_LENGTH) return clean;
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(clean)?.[0] ?? '';
  return (
    Array.from(clean)
      .slice(0, MAX_LENGTH - extension.length)
      .join('') + extension
  );
}

/** A title from a file's name: without the extension, underscores as spaces. */
export function titleFromFileName(fileName: string): string {
  const title = shownText(fileName.replace(/\.[A-Za-z0-9]{1,8}$/, '').replaceAll('_', ' '));
  return title === '' ? fileName : title;
}
