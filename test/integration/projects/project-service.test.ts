import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../src/contracts/errors.ts';
import { newId, type UserId } from '../../../src/contracts/ids.ts';
import type { ProjectView } from '../../../src/modules/projects/service.ts';
import { connectDatabase } from '../../../src/platform/db/database.ts';
import { createRepository } from '../../../src/modules/projects/repository.ts';
import { type ProjectWorld, projectWorld } from '../../fixtures/project-world.ts';

const sepia = { op: 'filter', name: 'sepia' };
const trim = (start: number, end: number) => ({ op: 'trim', start, end });

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw error ?? new Error('it was not refused');
}

/** A user with a ready video of 12 s and a project over it. */
async function startProject(world: ProjectWorld) {
  const userId = newId('user');
  const videoId = await world.addVideo(userId);
  const project = await world.projects.create(userId, { name: ' Holiday ', videoId });
  return { userId, videoId, project };
}

type EditRest = { readonly baseRevision?: number; readonly mode?: 'append' | 'replace' };

/** Edits as the project's owner. */
const edit = async (
  world: ProjectWorld,
  { userId, project, ...rest }: { userId: UserId; project: ProjectView } & EditRest,
  operations: readonly { op: string }[],
): Promise<ProjectView> => {
  const { baseRevision, mode } = rest;
  return world.projects.edit({
    userId,
    projectId: project.id,
    operations: [...operations],
    ...(baseRevision === undefined ? {} : { baseRevision }),
    ...(mode === undefined ? {} : { mode }),
  });
};

describe('a project', () => {
  test('begins at revision 0, untouched, with the timeline of its video', async () => {
    await using world = await projectWorld();
    const { project, videoId } = await startProject(world);
    expect(project).toMatchObject({
      name: 'Holiday',
      videoId,
      status: 'active',
      revision: 0,
      operations: [],
    });
    expect(project).toMatchObject({ canUndo: false, canRedo: false });
    expect(project.timeline).toEqual({
      durationSeconds: 12,
      width: 640,
      height: 360,
      fps: 30,
      hasAudio: true,
    });
  });

  test('has no timeline while its video is not ready, and takes no edit', async () => {
    await using world = await projectWorld();
    const userId = newId('user');
    const videoId = await world.addVideo(userId, { status: 'processing' });
    const project = await world.projects.create(userId, { name: 'Early', videoId });
    expect(project.timeline).toBeUndefined();
    expect((await refusal(edit(world, { userId, project }, [sepia]))).code).toBe('video_not_ready');
    const bare = await world.projects.create(userId, { name: 'Bare' });
    expect((await refusal(edit(world, { userId, project: bare }, [sepia]))).code).toBe('video_not_ready');
  });

  test('cannot stand on a video of someone else, which looks as if there were none', async () => {
    await using world = await projectWorld();
    const theirs = await world.addVideo(newId('user'));
    const userId = newId('user');
    const error = await refusal(world.projects.create(userId, { name: 'Mine', videoId: theirs }));
    const missing = await refusal(world.projects.create(userId, { name: 'Mine', videoId: newId('video') }));
    expect([error.code, error.message]).toEqual([missing.code, missing.message]);
    expect(error.code).toBe('not_found');
    expect((await world.projects.list(userId, {})).items).toEqual([]);
  });

  test('is out of reach for everyone but its owner', async () => {
    await using world = await projectWorld();
    const { project } = await startProject(world);
    const stranger = newId('user');
    const { projects } = world;
    const attempts: (() => Promise<unknown>)[] = [
      async () => projects.get(stranger, project.id),
      async () => projects.change(stranger, project.id, { name: 'Stolen' }),
      async () => projects.remove(stranger, project.id, 'request'),
      async () => edit(world, { userId: stranger, project }, [sepia]),
      async () => projects.undo(stranger, project.id),
      async () => projects.redo(stranger, project.id),
      async () => projects.revisions(stranger, project.id, {}),
      async () => projects.revision(stranger, project.id, 0),
      async () => projects.renders(stranger, project.id, {}),
      async () =>
        projects.startRender({ userId: stranger, projectId: project.id, output: {}, requestId: 'r' }),
    ];
    for (const attempt of attempts) expect((await refusal(attempt())).code).toBe('not_found');
    expect(await projects.chatContext(stranger, project.id)).toBeUndefined();
  });

  test.each(['prj_', 'nonsense', '', '__proto__', '../../etc/passwd'])(
    'with the id %p is not there',
    async (id) => {
      await using world = await projectWorld();
      expect((await refusal(world.projects.get(newId('user'), id))).code).toBe('not_found');
    },
  );

  test('takes another video only if the edits fit it', async () => {
    await using world = await projectWorld();
    const { userId, project } = await startProject(world);
    await edit(world, { userId, project }, [trim(5, 11)]);
    const short = await world.addVideo(userId, {}, { durationSeconds: 3 });
    const long = await world.addVideo(userId, {}, { durationSeconds: 60 });
    const early = await world.addVideo(userId, { status: 'processing' });
    const change = async (videoId: string) => world.projects.change(userId, project.id, { videoId });
    expect((await refusal(change(short))).code).toBe('conflict');
    expect((await refusal(change(early))).code).toBe('video_not_ready');
    expect((await change(long)).videoId).toBe(long);
  });
});

describe('edits', () => {
  test('follow one another, each measured on what the ones before leave', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    await edit(world, start, [trim(2, 8)]);
    const project = await edit(world, start, [sepia, trim(0, 3)]);
    expect(project.revision).toBe(2);
    expect(project.operations).toEqual([trim(2, 8), sepia, trim(0, 3)]);
    expect(project.timeline?.durationSeconds).toBe(3);
    const error = await refusal(edit(world, start, [sepia, sepia, trim(0, 4)]));
    expect(error.code).toBe('invalid_operation');
    expect(error.issues.map((issue) => issue.path)).toEqual(['/operations/2/end']);
    expect((await world.projects.get(start.userId, project.id)).revision).toBe(2);
  });

  test('may replace the whole plan, also by nothing', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    await edit(world, start, [trim(2, 8)]);
    expect((await edit(world, { ...start, mode: 'replace' }, [sepia])).operations).toEqual([sepia]);
    const reset = await edit(world, { ...start, mode: 'replace' }, []);
    expect([reset.revision, reset.operations]).toEqual([3, []]);
    expect((await world.projects.revision(start.userId, reset.id, 3)).cause).toBe('reset');
    expect((await refusal(edit(world, start, []))).code).toBe('invalid_operation');
  });

  test('of 20 at once all land, one after another, with numbers without a gap', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    const edits = Array.from({ length: 20 }, (_, index) =>
      edit(world, start, [{ op: 'text', content: `n${index}`, position: 'center' } as { op: string }]),
    );
    const revisions = (await Promise.all(edits)).map((project) => project.revision);
    expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const project = await world.projects.get(start.userId, start.project.id);
    expect(new Set(project.operations.map((operation) => operation['content'])).size).toBe(20);
    expect(project.operations).toHaveLength(20);
  });

  test('through two connections at once all land, too, and from one revision only one does', async () => {
    await using world = await projectWorld();
    await using other = await projectWorld(world.databaseUrl);
    const start = await startProject(world);
    const worlds = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? world : other));
    const landed = await Promise.all(worlds.map(async (each) => edit(each, start, [sepia])));
    const numbers = landed.map((project) => project.revision);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const bound = await Promise.allSettled(
      worlds.map(async (each) => edit(each, { ...start, baseRevision: 20 }, [sepia])),
    );
    expect(bound.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const after = await other.projects.get(start.userId, start.project.id);
    expect([after.revision, after.operations.length]).toEqual([21, 21]);
  });

  test('of 20 at once from the same revision exactly one wins', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, async () => edit(world, { ...start, baseRevision: 0 }, [sepia])),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const codes = results.flatMap((result) =>
      result.status === 'rejected' && result.reason instanceof AppError ? [result.reason.code] : [],
    );
    expect(codes).toEqual(Array.from({ length: 19 }, () => 'revision_conflict'));
    expect((await world.projects.get(start.userId, start.project.id)).operations).toEqual([sepia]);
  });

  test('that lose against a write between their read and their own start over', async () => {
    await using world = await projectWorld();
    const { userId, project } = await startProject(world);
    const rows = createRepository(world.db.models);
    const stale = await rows.find(userId, project.id);
    if (stale === undefined) throw new Error('no project');
    await world.projects.change(userId, project.id, { name: 'Meanwhile' });
    expect(await rows.change(stale, { name: 'Too late' })).toBeUndefined();
    expect((await world.projects.get(userId, project.id)).name).toBe('Meanwhile');
  });

  test('survive the end of the process', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    await edit(world, start, [trim(2, 8)]);
    const other = await connectDatabase(world.databaseUrl);
    const row = await createRepository(other.models).revision(
      (await other.models.Project.findOne({ userId: start.userId }).lean())?._id ?? newId('project'),
      1,
    );
    expect(row?.operations).toEqual([trim(2, 8)]);
    await other.close();
  });
});

describe('undo and redo', () => {
  test('walk the revisions; an edit after an undo begins a branch and forgets redo', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    const { projects } = world;
    const { userId, project } = start;
    await edit(world, start, [trim(0, 10)]);
    await edit(world, start, [sepia]);
    const undone = await projects.undo(userId, project.id);
    expect(undone).toMatchObject({ revision: 1, operations: [trim(0, 10)], canUndo: true, canRedo: true });
    expect((await projects.redo(userId, project.id)).revision).toBe(2);
    const back = await projects.undo(userId, project.id, 2);
    expect(back).toMatchObject({ revision: 0, operations: [], canUndo: false, canRedo: true });
    expect((await projects.redo(userId, project.id, 2)).revision).toBe(2);
    await projects.undo(userId, project.id, 2);
    const branch = await edit(world, start, [trim(1, 2)]);
    expect(branch).toMatchObject({ revision: 3, operations: [trim(1, 2)], canRedo: false });
    expect((await refusal(projects.redo(userId, project.id))).code).toBe('nothing_to_redo');
    expect((await projects.undo(userId, project.id)).revision).toBe(0);
    const { items } = await projects.revisions(userId, project.id, {});
    expect(items.map(({ number, parent }) => [number, parent])).toEqual([
      [3, 0],
      [2, 1],
      [1, 0],
      [0, undefined],
    ]);
  });

  test('of more steps than there are change nothing', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    const { projects } = world;
    const { userId, project } = start;
    expect((await refusal(projects.undo(userId, project.id))).code).toBe('nothing_to_undo');
    await edit(world, start, [sepia]);
    const error = await refusal(projects.undo(userId, project.id, 2));
    expect([error.code, error.message]).toEqual(['nothing_to_undo', 'Only 1 step can be undone']);
    expect((await projects.get(userId, project.id)).revision).toBe(1);
  });

  test('at once, ten of each way, end in a state that the history knows', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    const { userId, project } = start;
    for (let count = 0; count < 5; count++) await edit(world, start, [sepia]);
    const moves = Array.from({ length: 20 }, async (_, index) =>
      index % 2 === 0 ? world.projects.undo(userId, project.id) : world.projects.redo(userId, project.id),
    );
    const codes = (await Promise.allSettled(moves)).flatMap((result) =>
      result.status === 'rejected' ? [result.reason instanceof AppError ? result.reason.code : 'bug'] : [],
    );
    expect(codes.every((code) => code === 'nothing_to_redo' || code === 'nothing_to_undo')).toBe(true);
    const after = await world.projects.get(userId, project.id);
    expect(after.operations).toHaveLength(after.revision);
  });
});

describe('lists', () => {
  test('of revisions page without a gap, newest first, with words', async () => {
    await using world = await projectWorld();
    const start = await startProject(world);
    const { userId, project } = start;
    for (let count = 0; count < 6; count++) await edit(world, start, [sepia]);
    const numbers: number[] = [];
    let cursor: string | undefined;
    do {
      const { items, pagination } = await world.projects.revisions(userId, project.id, {
        limit: 3,
        ...(cursor === undefined ? {} : { cursor }),
      });
      numbers.push(...items.map((item) => item.number));
      cursor = pagination.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(numbers).toEqual([6, 5, 4, 3, 2, 1, 0]);
    const second = await world.projects.revisions(userId, project.id, { limit: 3, page: 2 });
    expect(second.items.map((item) => item.number)).toEqual([3, 2, 1]);
    expect(second.pagination).toMatchObject({ page: 2, total: 7, pages: 3 });
    const first = await world.projects.revision(userId, project.id, 1);
    expect(first.summary).toBe('sepia');
    expect((await world.projects.revision(userId, project.id, 0)).summary).toBe('no edits');
    expect((await refusal(world.projects.revision(userId, project.id, 7))).code).toBe('not_found');
  });

  test('of projects hold only the own ones, the one changed last first, and filter by status', async () => {
    await using world = await projectWorld();
    const userId = newId('user');
    const { projects } = world;
    const made = [];
    for (const name of ['a', 'b', 'c']) made.push(await projects.create(userId, { name }));
    await projects.create(newId('user'), { name: 'theirs' });
    const [a] = made;
    if (a === undefined) throw new Error('no project');
    await projects.change(userId, a.id, { status: 'archived' });
    const names = async (query: Parameters<typeof projects.list>[1]) =>
      (await projects.list(userId, query)).items.map((project) => project.name);
    expect(await names({})).toEqual(['a', 'c', 'b']);
    expect(await names({ status: 'active' })).toEqual(['c', 'b']);
    expect(await names({ page: 2, limit: 2 })).toEqual(['b']);
    const { pagination } = await projects.list(userId, { limit: 2 });
    expect(await names({ limit: 2, cursor: pagination.nextCursor ?? '' })).toEqual(['b']);
  });
});
