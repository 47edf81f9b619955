/** Where renders keep their files in storage. */
export const RENDERS_PREFIX = 'renders/';

/** Storage prefix of everything a render's jobs publish. */
export const outputPrefix = (renderId: string): string => `${RENDERS_PREFIX}${renderId}/`;
