/** Stored files that belong to no render go, and no others. */
import { expect, test } from 'bun:test';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type JobId, newId, type RenderId, type UserId } from '../../../src/contracts/ids.ts';
import type { JobState } from '../../../src/contracts/jobs.ts';
import { type ProjectWorld, projectWorld } from '../../fixtures/project-world.ts';
import { piecesOf } from '../../fixtures/storage-contract.ts';

const HOUR_MS = 3_600_000;

async function store(world: ProjectWorld, key: string, ageMs = 2 * HOUR_MS): Promise<string> {
  await world.storage.write(key, piecesOf('left behind'));
  const at = new Date(Date.now() - ageMs);
  utimesSync(join(world.storageRoot, key), at, at);
  return key;
}

async function startRender(
  world: ProjectWorld,
): Promise<{ userId: UserId; jobId: JobId; renderId: RenderId }> {
  const userId = newId('user');
  const project = await world.projects.create(userId, { name: 'Cut', videoId: await world.addVideo(userId) });
  const { id } = await world.projects.startRender({
    ...{ userId, projectId: project.id, output: {}, requestId: 'r' },
  });
  const row = await world.db.models.Render.findOne({ userId }).lean();
  if (row === null) throw new Error('the render has no row');
  return { userId, jobId: id as JobId, renderId: row._id };
}

const setState = async ({ db }: ProjectWorld, _id: JobId, state: JobState) =>
  db.models.Job.updateOne({ _id }, { $set: { state } });

const keysOf = async ({ storage }: ProjectWorld): Promise<string[]> =>
  (await Array.fromAsync(storage.list('renders/'))).map(({ key }) => key).toSorted();

test('of a render that is gone everything old goes, and what is young stays', async () => {
  await using world = await projectWorld();
  const gone = newId('render');
  const old = await store(world, `renders/${gone}/a.mp4`);
  const young = await store(world, `renders/${gone}/b.mp4`, HOUR_MS / 2);
  expect(await world.renders.sweepOrphans({ dryRun: true })).toMatchObject({
    ...{ ownerCount: 1, orphans: [gone], deletedCount: 0, isRefused: false },
  });
  expect(await keysOf(world)).toEqual([old, young]);
  expect(await world.renders.sweepOrphans()).toMatchObject({ orphans: [gone], deletedCount: 1 });
  expect(await keysOf(world)).toEqual([young]);
  expect(await world.renders.sweepOrphans({ now: Date.now() + HOUR_MS })).toMatchObject({ deletedCount: 1 });
  expect(await keysOf(world)).toEqual([]);
});

test('of a finished render its file stays, and what a lost attempt left goes', async () => {
  await using world = await projectWorld();
  const { jobId, renderId } = await startRender(world);
  const file = await store(world, `renders/${renderId}/file.mp4`);
  await store(world, `renders/${renderId}/other.mp4`);
  await setState(world, jobId, 'completed');
  await world.db.models.Render.updateOne({ _id: renderId }, { $set: { outputKey: file } });
  expect(await world.renders.sweepOrphans()).toMatchObject({ orphans: [renderId], deletedCount: 1 });
  expect(await keysOf(world)).toEqual([file]);
  expect(await world.renders.sweepOrphans()).toMatchObject({ orphans: [], deletedCount: 0 });
});

for (const state of ['queued', 'active', 'retrying'] as const)
  test(`of a render whose job is ${state} nothing goes: it may become its file`, async () => {
    await using world = await projectWorld();
    const { jobId, renderId } = await startRender(world);
    const key = await store(world, `renders/${renderId}/file.mp4`, 48 * HOUR_MS);
    await setState(world, jobId, state);
    expect(await world.renders.sweepOrphans()).toMatchObject({ orphans: [], deletedCount: 0 });
    expect(await keysOf(world)).toEqual([key]);
  });

for (const state of ['failed', 'cancelled'] as const)
  test(`of a render whose job has ${state} everything goes`, async () => {
    await using world = await projectWorld();
    const { jobId, renderId } = await startRender(world);
    await store(world, `renders/${renderId}/file.mp4`);
    await setState(world, jobId, state);
    expect(await world.renders.sweepOrphans()).toMatchObject({ orphans: [renderId], deletedCount: 1 });
    expect(await keysOf(world)).toEqual([]);
  });

test('of a render whose job nobody knows nothing goes', async () => {
  await using world = await projectWorld();
  const { jobId, renderId } = await startRender(world);
  const key = await store(world, `renders/${renderId}/file.mp4`);
  await world.db.models.Job.deleteOne({ _id: jobId });
  expect(await world.renders.sweepOrphans()).toMatchObject({ orphans: [], deletedCount: 0 });
  expect(await keysOf(world)).toEqual([key]);
});

test('what is stored elsewhere, or under no id, is none of its business', async () => {
  await using world = await projectWorld();
  await store(world, `videos/${newId('video')}/source`);
  const key = await store(world, 'renders/kept-by-hand/file.mp4');
  expect(await world.renders.sweepOrphans()).toMatchObject({ ownerCount: 0, deletedCount: 0 });
  expect(await keysOf(world)).toEqual([key]);
  expect(await Array.fromAsync(world.storage.list('videos/'))).toHaveLength(1);
});

test('nothing goes when most files look orphaned: then the database is the wrong one', async () => {
  await using world = await projectWorld();
  for (let count = 0; count < 25; count += 1) await store(world, `renders/${newId('render')}/file.mp4`);
  expect(await world.renders.sweepOrphans()).toMatchObject({ isRefused: true, deletedCount: 0 });
  expect(await keysOf(world)).toHaveLength(25);
});
