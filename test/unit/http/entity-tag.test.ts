import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../src/contracts/errors.ts';
import { checkIfMatch, entityTag, okOrNotModified } from '../../../src/platform/http/entity-tag.ts';

const project = { id: 'prj_1', revision: 3 };
const tag = entityTag(project);

const exchange = (headers: Record<string, string>) => {
  const set: { headers: Record<string, string> } = { headers: {} };
  return { request: new Request('http://localhost/', { headers }), set };
};

describe('conditional answers', () => {
  test('equal values have equal tags, others have others', () => {
    expect(entityTag({ ...project })).toBe(tag);
    expect(entityTag({ ...project, revision: 4 })).not.toBe(tag);
  });

  test('the full answer carries its tag and may be kept, but not used unasked', () => {
    const { request, set } = exchange({});
    expect(okOrNotModified({ request, set }, project)).toEqual({ success: true, data: project });
    expect(set.headers).toEqual({ etag: tag, 'cache-control': 'private, no-cache' });
  });

  test.each([[tag], [`W/${tag}`], [`"other", ${tag}`], ['*']])(
    '%s gets 304 without a body',
    async (header) => {
      const answer: unknown = okOrNotModified(exchange({ 'if-none-match': header }), project);
      if (!(answer instanceof Response)) throw new Error('no Response');
      expect(answer.status).toBe(304);
      expect(answer.headers.get('etag')).toBe(tag);
      expect(await answer.text()).toBe('');
    },
  );

  test.each([['"other"'], [''], [tag.slice(0, -1)]])('%p gets the full answer', (header) => {
    expect(okOrNotModified(exchange({ 'if-none-match': header }), project).data).toEqual(project);
  });

  test('If-Match lets through what it names, and refuses another state with 412', async () => {
    const read = async () => Promise.resolve(project);
    expect(await checkIfMatch(exchange({}).request, read)).toBeUndefined();
    expect(await checkIfMatch(exchange({ 'if-match': tag }).request, read)).toEqual(project);
    const refused = await checkIfMatch(exchange({ 'if-match': '"old"' }).request, read).catch(
      (error: unknown) => error,
    );
    if (!(refused instanceof AppError)) throw new Error('not refused');
    expect([refused.code, refused.status]).toEqual(['precondition_failed', 412]);
  });
});
