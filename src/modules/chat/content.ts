/** The text of a message as it is stored. Pure. */
import { AppError } from '../../contracts/errors.ts';
import { CHAT_CONTENT_MAX } from '../../contracts/realtime.ts';

const TITLE_MAX = 80;

const refuse = (message: string): AppError =>
  new AppError('validation_failed', `/content: ${message}`, { issues: [{ path: '/content', message }] });

/**
 * The trimmed text, in composed form, so that what looks the same is the same.
 * @throws AppError `validation_failed` when it is empty, too long, or cannot be stored as text everywhere
 */
export function readContent(text: string): string {
  if (!text.isWellFormed()) throw refuse('holds half of a surrogate pair');
  if (text.includes('\0')) throw refuse('holds a NUL character');
  const content = text.normalize('NFC').trim();
  if (content === '') throw refuse('is empty');
  if (content.length > CHAT_CONTENT_MAX) throw refuse(`has more than ${CHAT_CONTENT_MAX} characters`);
  return content;
}

/** A conversation's title from its first message: its first line, cut at a character. */
export function titleFrom(content: string): string {
  const line = (content.split('\n', 1)[0] ?? '').trim();
  const characters = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);
  return characters.length > TITLE_MAX ? `${characters.slice(0, TITLE_MAX - 1).join('')}…` : line;
}
