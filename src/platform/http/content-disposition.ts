/** The name under which a browser saves a file. */

/** What would end or escape a quoted header text, or is no printable ASCII. */
const NOT_PLAIN = /[^\x20-\x7e]|["\\%]/g;

/** RFC 8187's attr-char is narrower than what encodeURIComponent leaves. */
const encoded = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replace(
    /['()*!~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * `attachment; filename="plain.mp4"; filename*=UTF-8''…` (RFC 6266): any text is safe in it. The second form is only there
 * when the plain one says less.
 */
export function contentDisposition(kind: 'inline' | 'attachment', fileName: string): string {
  const plain = fileName.replace(NOT_PLAIN, '_');
  const extended = plain === fileName ? '' : `; filename*=UTF-8''${encoded(fileName)}`;
  return `${kind}; filename="${plain}"${extended}`;
}
