/** What a user deletes is on record: who, what, by which request; and nothing is on record that did not happen. */
import { expect, test } from 'bun:test';
import { newId } from '../../../src/contracts/ids.ts';
import { type ProjectWorld, projectWorld } from '../../fixtures/project-world.ts';

async function entries({ db }: ProjectWorld): Promise<string[]> {
  const rows = await db.models.AuditEntry.find({}).sort({ _id: 1 }).lean();
  return rows
    .slice(1)
    .map(({ actor, action, subject, requestId }) => [actor, action, subject, requestId].join(' '));
}

async function projectWithRenders(world: ProjectWorld, count: number) {
  const userId = newId('user');
  const project = await world.projects.create(userId, { name: 'Cut', videoId: await world.addVideo(userId) });
  const renderIds: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { renderId = '' } = await world.projects.startRender({
      ...{ userId, projectId: project.id, output: {}, requestId: 'r' },
    });
    renderIds.push(renderId);
  }
  return { userId, projectId: project.id, renderIds };
}

test('a deleted render, once', async () => {
  await using world = await projectWorld();
  const { userId, renderIds } = await projectWithRenders(world, 1);
  const [renderId = ''] = renderIds;
  await world.renders.remove(userId, renderId, 'request-7');
  expect(world.renders.remove(userId, renderId, 'request-8')).rejects.toThrow('There is no such render');
  expect(await entries(world)).toEqual([`${userId} render.deleted ${renderId} request-7`]);
  expect(await world.audit.verify()).toEqual({ isIntact: true, entryCount: 1 });
});

test('a deleted project with each of its renders', async () => {
  await using world = await projectWorld();
  const { userId, projectId, renderIds } = await projectWithRenders(world, 3);
  await world.projects.remove(userId, projectId, 'request-7');
  const recorded = await entries(world);
  expect(recorded.slice(0, 3).toSorted()).toEqual(
    renderIds.map((renderId) => `${userId} render.deleted ${renderId} request-7`).toSorted(),
  );
  expect(recorded.slice(3)).toEqual([`${userId} project.deleted ${projectId} request-7`]);
  expect(await world.audit.verify()).toEqual({ isIntact: true, entryCount: 4 });
});

test('no deletion that was refused or undone', async () => {
  await using world = await projectWorld();
  const { userId, projectId, renderIds } = await projectWithRenders(world, 1);
  expect(world.projects.remove(newId('user'), projectId, 'r')).rejects.toThrow('There is no such project');
  const undone = world.db.transaction(async () => {
    await world.projects.remove(userId, projectId, 'r');
    throw new Error('rolled back');
  });
  expect(undone).rejects.toThrow('rolled back');
  await undone.catch(() => undefined);
  expect((await world.renders.get(userId, renderIds[0] ?? '')).status).toBe('queued');
  expect(await world.audit.verify()).toEqual({ isIntact: true, entryCount: 0 });
});

test('ten projects deleted at once over two connections, each by one of two requests', async () => {
  await using world = await projectWorld();
  await using second = await projectWorld(world.databaseUrl);
  const made = await Promise.all(Array.from({ length: 10 }, async () => projectWithRenders(world, 1)));
  const removals = made.flatMap(({ userId, projectId }) =>
    [world, second].map(async ({ projects }) => projects.remove(userId, projectId, 'r')),
  );
  const settled = await Promise.allSettled(removals);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  const recorded = await entries(world);
  expect(recorded.map((entry) => entry.split(' ')[1] ?? '').toSorted()).toEqual([
    ...Array.from({ length: 10 }, () => 'project.deleted'),
    ...Array.from({ length: 10 }, () => 'render.deleted'),
  ]);
  expect(await world.audit.verify()).toEqual({ isIntact: true, entryCount: 20 });
});
