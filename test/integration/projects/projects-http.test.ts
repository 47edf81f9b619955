/** Projects as a client sees them: real processes, every answer held against the OpenAPI document. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { newId } from '../../../src/contracts/ids.ts';
import { EditingSession, type JobAnswer, type ProjectAnswer } from '../../fixtures/editing-session.ts';
import { Footage } from '../../fixtures/footage.ts';
import { signedInSocket } from '../../fixtures/socket-client.ts';
import { type Stack, startStack } from '../../fixtures/stack.ts';
import { until } from '../../fixtures/until.ts';

let stack: Stack;
let footage: Footage;
let owner: EditingSession;
let stranger: EditingSession;
let project: ProjectAnswer & { readonly videoId: string };

beforeAll(async () => {
  footage = await Footage.create();
  stack = await startStack({ workers: 1 });
  owner = await EditingSession.open(stack.apiUrl, footage.folder);
  stranger = await EditingSession.open(stack.apiUrl, footage.folder);
  project = (await owner.projectOver(await footage.clip('standard'))) as typeof project;
}, 60_000);

afterAll(async () => {
  await stack?.stop();
  await footage?.remove();
}, 30_000);

const sepia = { op: 'filter', name: 'sepia' };
const path = (rest = '') => `/projects/${project.id}${rest}`;
/** A new project over the same video. */
const fresh = async (): Promise<ProjectAnswer> =>
  owner.api.json<ProjectAnswer>('POST', '/projects', { json: { name: 'Fresh', videoId: project.videoId } });

describe('the contract', () => {
  test('a project is created, listed, read, changed and removed', async () => {
    const made = await fresh();
    const ids = async (query: string) =>
      (await owner.api.json<ProjectAnswer[]>('GET', `/projects${query}`)).map(({ id }) => id);
    expect((await ids(''))[0]).toBe(made.id);
    const changed = await owner.api.json<{ name: string }>('PATCH', `/projects/${made.id}`, {
      json: { name: '  Rome ', status: 'archived' },
    });
    expect(changed).toMatchObject({ name: 'Rome', status: 'archived', revision: 0 });
    expect(await ids('?status=archived')).toEqual([made.id]);
    expect(await ids('?status=active&page=1&limit=1')).toEqual([project.id]);
    expect((await owner.api.request('DELETE', `/projects/${made.id}`)).status).toBe(204);
    expect((await owner.api.problem('GET', `/projects/${made.id}`)).code).toBe('not_found');
    expect((await owner.api.problem('DELETE', `/projects/${made.id}`)).code).toBe('not_found');
  });

  test('a copy that is still right is not sent again', async () => {
    const first = await owner.api.request('GET', path());
    const etag = first.headers.get('etag') ?? '';
    const second = await owner.api.request('GET', path(), { headers: { 'if-none-match': etag } });
    expect([second.status, second.bytes.length]).toEqual([304, 0]);
    await owner.api.json('PATCH', path(), { json: { name: 'Renamed' } });
    const third = await owner.api.request('GET', path(), { headers: { 'if-none-match': etag } });
    expect(third.status).toBe(200);
  });

  test('an edit made from a copy that is out of date is refused with 412, one from a right copy taken', async () => {
    const made = await fresh();
    const target = `/projects/${made.id}`;
    const etag = (await owner.api.request('GET', target)).headers.get('etag') ?? '';
    const edit = { json: { operations: [sepia] }, headers: { 'if-match': etag } };
    const taken = await owner.api.request('POST', `${target}/edits`, edit);
    expect(taken.status).toBe(201);
    expect((await owner.api.problem('POST', `${target}/edits`, edit)).code).toBe('precondition_failed');
    const next = { ...edit, headers: { 'if-match': taken.headers.get('etag') ?? '' } };
    expect((await owner.api.request('POST', `${target}/edits`, next)).status).toBe(201);
  });

  test('undo and redo take a body, an empty one, or none', async () => {
    const made = await owner.edit(await owner.edit(await fresh(), [sepia]), [{ op: 'volume', gain: 0.5 }]);
    const move = async (way: string, options: object) =>
      (await owner.api.json<ProjectAnswer>('POST', `/projects/${made.id}/${way}`, options)).revision;
    expect(await move('undo', {})).toBe(1);
    expect(await move('undo', { json: {} })).toBe(0);
    expect(await move('redo', { json: { steps: 2 } })).toBe(2);
    expect((await owner.api.problem('POST', `/projects/${made.id}/redo`)).code).toBe('nothing_to_redo');
    expect((await owner.api.problem('POST', `/projects/${made.id}/undo`, { json: { steps: 3 } })).code).toBe(
      'nothing_to_undo',
    );
  });

  test('revisions tell in words what they hold', async () => {
    const made = await owner.edit(await fresh(), [{ op: 'trim', start: 1, end: 3 }, sepia]);
    const [head] = await owner.api.json<object[]>('GET', `/projects/${made.id}/revisions?limit=1`);
    expect(head).toMatchObject({
      number: 1,
      parent: 0,
      isHead: true,
      summary: 'trim to 0:01–0:03 and sepia',
    });
    const first = await owner.api.json<object>('GET', `/projects/${made.id}/revisions/0`);
    expect(first).toMatchObject({ number: 0, isHead: false, cause: 'create', operations: [] });
    expect((await owner.api.problem('GET', `/projects/${made.id}/revisions/2`)).code).toBe('not_found');
  });
});

describe('a render', () => {
  test('needs no settings, and stays of the revision it was asked for', async () => {
    const made = await owner.edit(await fresh(), [{ op: 'trim', start: 0, end: 1 }, sepia]);
    const job = await owner.api.json<JobAnswer>('POST', `/projects/${made.id}/renders`);
    await owner.edit(made, [{ op: 'trim', start: 0, end: 0.5 }]);
    expect((await owner.ended(job.id)).state).toBe('completed');
    const render = await owner.api.json<object>('GET', `/renders/${job.renderId}`);
    expect(render).toMatchObject({
      revision: 1,
      status: 'completed',
      output: { format: 'mp4', quality: 'standard' },
      file: { durationSeconds: 1, width: 320, height: 180 },
    });
    const first = await owner.startRender(made, { revision: 0, quality: 'draft' });
    expect((await owner.ended(first.id)).result).toMatchObject({ durationSeconds: 4 });
    const unknown = await owner.api.problem('POST', `/projects/${made.id}/renders`, {
      json: { revision: 9 },
    });
    expect(unknown.code).toBe('not_found');
  });

  test('takes no setting it does not know, and names the one it refused', async () => {
    const made = await fresh();
    const refused = await owner.api.problem('POST', `/projects/${made.id}/renders`, {
      json: { quality: 'draft', preset: 'instagram' },
    });
    expect([refused.status, refused.code]).toEqual([422, 'validation_failed']);
    const { errors, detail } = refused.problem;
    expect(errors).toEqual([{ path: '/preset', message: 'Unexpected property' }]);
    expect(detail).toContain('/preset');
    expect(await owner.api.json<object[]>('GET', `/projects/${made.id}/renders`)).toEqual([]);
  });

  test('that is deleted is gone, with its file', async () => {
    const made = await owner.edit(await fresh(), [{ op: 'trim', start: 0, end: 1 }]);
    const { render } = await owner.render(made, { quality: 'draft' });
    const stored = () => [...new Bun.Glob(`storage/renders/${render.id}/*`).scanSync({ cwd: stack.dataDir })];
    expect(stored()).toHaveLength(1);
    expect((await owner.api.request('DELETE', `/renders/${render.id}`)).status).toBe(204);
    expect((await owner.api.problem('GET', `/renders/${render.id}`)).code).toBe('not_found');
    expect((await fetch(stack.apiUrl + render.file?.downloadUrl)).status).toBe(404);
    await until('the file to be gone', () => stored().length === 0);
    expect(await owner.api.json('GET', `/projects/${made.id}/renders`)).toEqual([]);
  });
});

describe('repeats', () => {
  test('of a POST with the same Idempotency-Key have one effect and one answer', async () => {
    const made = await fresh();
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const edit = { json: { operations: [sepia] }, headers };
    const target = `/projects/${made.id}/edits`;
    const first = await owner.api.request('POST', target, edit);
    const again = await owner.api.request('POST', target, edit);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = { json: { operations: [{ op: 'volume', gain: 2 }] }, headers };
    expect((await owner.api.problem('POST', target, other)).code).toBe('idempotency_mismatch');
    expect((await owner.api.json<ProjectAnswer>('GET', `/projects/${made.id}`)).revision).toBe(1);
  });

  test('of a render give the same job, also ten at once', async () => {
    const made = await owner.edit(await fresh(), [{ op: 'trim', start: 0, end: 1 }]);
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const options = { json: { quality: 'draft' }, headers };
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () =>
        owner.api.request('POST', `/projects/${made.id}/renders`, options),
      ),
    );
    const codes = new Set(answers.map(({ status }) => status));
    expect([...codes].every((status) => status === 202 || status === 409)).toBe(true);
    const jobs = await owner.api.json<JobAnswer[]>('GET', `/projects/${made.id}/renders`);
    expect(jobs).toHaveLength(1);
  });
});

describe('at once', () => {
  test('20 edits without a base all land; 20 from the same base land once', async () => {
    const made = await fresh();
    const post = async (json: object) =>
      owner.api.request('POST', `/projects/${made.id}/edits`, { json: { operations: [sepia], ...json } });
    const free = await Promise.all(Array.from({ length: 20 }, async () => post({})));
    expect(free.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    const numbers = free.map(({ body }) => (body as { data: ProjectAnswer }).data.revision);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const bound = await Promise.all(Array.from({ length: 20 }, async () => post({ baseRevision: 20 })));
    expect(bound.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 19 }, () => 409),
    ]);
  });
});

describe('the sockets of the owner', () => {
  test('hear of each move of the plan, once, and of no refused one', async () => {
    const made = await fresh();
    const socket = await signedInSocket(stack.wsUrl, owner.api.token ?? '');

    const headers = { 'idempotency-key': crypto.randomUUID() };
    const edits = `/projects/${made.id}/edits`;
    await owner.api.json('POST', edits, { json: { operations: [sepia] }, headers });
    await owner.api.json('POST', edits, { json: { operations: [sepia] }, headers });
    await owner.api.problem('POST', edits, { json: { operations: [{ op: 'trim', start: 9 }] } });
    await owner.api.json('POST', `/projects/${made.id}/undo`);
    await owner.api.json('POST', `/projects/${made.id}/redo`);
    const moves = () => socket.frames.filter(({ type }) => type === 'project.revision');
    await until('three moves', () => moves().length >= 3);
    await socket.close();
    expect(moves().map(({ data }) => [data['projectId'], data['revision'], data['canRedo']])).toEqual([
      [made.id, 1, false],
      [made.id, 0, true],
      [made.id, 1, false],
    ]);
    expect(moves()[0]?.data['operations']).toEqual([sepia]);
  });
});

describe('bad input', () => {
  const edits = (operations: unknown, rest: object = {}) => ({ json: { operations, ...rest } });

  test.each([
    [edits([sepia, { op: 'trim', start: 0, end: 99 }]), '/operations/1/end'],
    [edits([{ op: 'crop', x: 0, y: 0, width: 5_000, height: 100 }]), '/operations/0/width'],
    [edits([{ op: 'blur' }]), '/operations/0/op'],
    [edits([{ op: 'trim', start: 1, end: 2, fade: true }]), '/operations/0/fade'],
    [edits([{ op: 'volume', gain: '1' }]), '/operations/0/gain'],
    [edits([]), '/operations'],
    [edits(['trim']), '/operations/0'],
  ])('%j is refused by its place in the request', async (options, place) => {
    const { code, problem } = await owner.api.problem('POST', path('/edits'), options);
    expect(code).toBe('invalid_operation');
    expect(problem['errors']).toMatchObject([{ path: place }]);
  });

  test.each([
    ['POST', '/projects', { name: '' }],
    ['POST', '/projects', { name: '   ' }],
    ['POST', '/projects', { name: 'x'.repeat(201) }],
    ['POST', '/projects', { name: 'x', userId: newId('user') }],
    ['POST', '/projects', { name: 'x', videoId: 'vid_1' }],
    ['POST', '/projects', { name: { $ne: null } }],
    ['POST', '/edits', { operations: 'all' }],
    ['POST', '/edits', { operations: [sepia], mode: 'insert' }],
    ['POST', '/edits', { operations: [sepia], baseRevision: -1 }],
    ['POST', '/undo', { steps: 0 }],
    ['POST', '/renders', { format: 'gif' }],
    ['POST', '/renders', { outputKey: '../../x' }],
    ['PATCH', '', {}],
    ['PATCH', '', { head: 7 }],
    ['PATCH', '', { status: 'deleted' }],
  ])('%s %s %j is refused as a whole', async (method, target, json) => {
    const at = target === '/projects' ? target : path(target);
    expect((await owner.api.problem(method, at, { json })).code).toBe('validation_failed');
  });

  test.each([
    ['?limit=0'],
    ['?limit=101'],
    ['?cursor=abc'],
    ['?page=1e9'],
    ['?status=gone'],
    ['?sort=password'],
  ])('the list query %s is refused', async (query) => {
    expect((await owner.api.problem('GET', `/projects${query}`)).code).toBe('validation_failed');
  });

  test('a cursor of another list is refused', async () => {
    const { body } = await owner.api.request('GET', '/projects?limit=1');
    const { nextCursor } = (body as { pagination: { nextCursor: string } }).pagination;
    const { code } = await owner.api.problem('GET', path(`/revisions?cursor=${nextCursor}`));
    expect(code).toBe('validation_failed');
  });
});

describe('someone else', () => {
  test('finds nothing of it, whatever they ask', async () => {
    const job = await owner.startRender(project, { quality: 'draft' });
    const asked: readonly (readonly [string, string, object?])[] = [
      ['GET', path()],
      ['PATCH', path(), { name: 'Mine' }],
      ['DELETE', path()],
      ['POST', path('/edits'), { operations: [sepia] }],
      ['POST', path('/undo')],
      ['POST', path('/redo')],
      ['GET', path('/revisions')],
      ['GET', path('/revisions/0')],
      ['POST', path('/renders'), {}],
      ['GET', path('/renders')],
      ['GET', `/renders/${job.renderId}`],
      ['GET', `/renders/${job.renderId}/download`],
      ['DELETE', `/renders/${job.renderId}`],
      ['POST', '/projects', { name: 'Mine', videoId: project.videoId }],
    ];
    for (const [method, target, json] of asked) {
      const options = json === undefined ? {} : { json };
      const theirs = await stranger.api.problem(method, target, options);
      expect([method, target, theirs.status, theirs.code]).toEqual([method, target, 404, 'not_found']);
      const nobody = await stranger.api.problem(method, target, { ...options, token: null });
      expect([method, target, nobody.status]).toEqual([method, target, 401]);
    }
    const own = await stranger.api.json<ProjectAnswer>('POST', '/projects', { json: { name: 'Own' } });
    const grab = await stranger.api.problem('PATCH', `/projects/${own.id}`, {
      json: { videoId: project.videoId },
    });
    expect(grab.status).toBe(404);
    expect((await owner.api.json<ProjectAnswer>('GET', path())).id).toBe(project.id);
  });
});
