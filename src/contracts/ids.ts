/**
 * Identifiers: a prefix that names the kind, then a UUIDv7, so that ids sort by creation time.
 * The brand keeps a video's id from being passed where a project's is wanted.
 */
const PREFIXES = {
  user: 'usr',
  session: 'ses',
  video: 'vid',
  project: 'prj',
  revision: 'rev',
  conversation: 'cnv',
  message: 'msg',
  job: 'job',
  render: 'rnd',
} as const;

export type IdKind = keyof typeof PREFIXES;
export type Id<K extends IdKind> = string & { readonly __kind: K };

export type UserId = Id<'user'>;
export type SessionId = Id<'session'>;
export type VideoId = Id<'video'>;
export type ProjectId = Id<'project'>;
export type RevisionId = Id<'revision'>;
export type ConversationId = Id<'conversation'>;
export type MessageId = Id<'message'>;
export type JobId = Id<'job'>;
export type RenderId = Id<'render'>;

/** A new id of the kind: `vid_0193b5c0-…`. `uuid` must be a UUIDv7 for ids to sort by time. */
export function newId<K extends IdKind>(kind: K, uuid: string = Bun.randomUUIDv7()): Id<K> {
  return `${PREFIXES[kind]}_${uuid}` as Id<K>;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

/** The pattern an id of the kind matches, for schemas. */
export function idPattern(kind: IdKind): string {
  return `^${PREFIXES[kind]}_${UUID}$`;
}

/** True when the text has the form of an id of the kind (not that it exists). */
export function isId<K extends IdKind>(kind: K, text: string): text is Id<K> {
  return new RegExp(idPattern(kind)).test(text);
}
