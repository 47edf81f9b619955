import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../src/contracts/errors.ts';
import { newId, type UserId } from '../../../src/contracts/ids.ts';
import type { JobKind, JobResults } from '../../../src/contracts/jobs.ts';
import type { JobRecord } from '../../../src/platform/db/models/job.ts';
import { buildProbe } from '../../fixtures/probe-builder.ts';
import { type ProjectWorld, projectWorld } from '../../fixtures/project-world.ts';

const sepia = { op: 'filter', name: 'sepia' };

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error.code;
  throw error ?? new Error('it was not refused');
}

/** A user with a project of two revisions over a ready video, and a render of its head. */
async function startRender(world: ProjectWorld) {
  const userId = newId('user');
  const videoId = await world.addVideo(userId);
  const project = await world.projects.create(userId, { name: 'Holiday', videoId });
  await world.projects.edit({ userId, projectId: project.id, operations: [sepia] });
  const job = await world.projects.startRender({
    userId,
    projectId: project.id,
    output: { quality: 'draft' },
    requestId: 'request-1',
  });
  if (job.renderId === undefined) throw new Error('the job names no render');
  return { userId, project, job, renderId: job.renderId };
}

const outcomeOf = (renderId: string): JobResults['video.render'] => ({
  outputKey: `renders/${renderId}/abc.mp4`,
  sizeBytes: 1234,
  sha256: 'abc',
  probe: buildProbe({ durationSeconds: 12 }),
  contentType: 'video/mp4',
  renderSeconds: 1.5,
});

/** Ends the job as the jobs module does: row first, then the owner's outcome, in one transaction. */
async function complete(world: ProjectWorld, jobId: string, result: JobResults['video.render']) {
  const { Job } = world.db.models;
  return world.db.transaction(async () => {
    const { _id } = await world.job(jobId);
    await Job.updateOne({ _id }, { $set: { state: 'completed', result, finishedAt: new Date() } });
    return world.outcomes.completed(await world.job(jobId), result);
  });
}

const begin = async (world: ProjectWorld, jobId: string): Promise<void> => {
  const { _id } = await world.job(jobId);
  await world.db.models.Job.updateOne({ _id }, { $set: { state: 'active', startedAt: new Date() } });
};

const jobsOfKind = async <K extends JobKind>(world: ProjectWorld, userId: UserId, kind: K) =>
  (await world.db.models.Job.find({ userId, kind }).lean()) as unknown as JobRecord<K>[];

const cleanedPrefixes = async (world: ProjectWorld, userId: UserId) =>
  (await jobsOfKind(world, userId, 'cleanup.objects')).flatMap((job) => job.payload.prefixes);

describe('a render', () => {
  test('is a row, a job and a dispatch that is owed, with all that a worker needs', async () => {
    await using world = await projectWorld();
    const { userId, project, job, renderId } = await startRender(world);
    expect(job).toMatchObject({ kind: 'video.render', state: 'queued', progress: 0, projectId: project.id });
    const [record] = await jobsOfKind(world, userId, 'video.render');
    expect(record?.payload).toMatchObject({
      renderId,
      projectId: project.id,
      revision: 1,
      plan: { operations: [sepia], output: { format: 'mp4', quality: 'draft' } },
      outputPrefix: `renders/${renderId}/`,
      sourceProbe: { width: 640 },
    });
    expect(await world.db.models.Outbox.countDocuments({ jobId: record?._id ?? newId('job') })).toBe(1);
    const view = await world.renders.get(userId, renderId);
    expect(view).toMatchObject({
      id: renderId,
      revision: 1,
      status: 'queued',
      progress: 0,
      stage: 'waiting',
    });
    expect(view.file).toBeUndefined();
    expect(await refusal(world.renders.finished(userId, renderId))).toBe('render_not_ready');
  });

  test('of an untouched project converts the video as it is', async () => {
    await using world = await projectWorld();
    const { userId, project } = await startRender(world);
    const job = await world.projects.startRender({
      userId,
      projectId: project.id,
      output: { format: 'webm' },
      revision: 0,
      requestId: 'request-2',
    });
    const record = await world.job(job.id);
    expect(record.payload).toMatchObject({
      plan: { operations: [], output: { format: 'webm', quality: 'standard' } },
    });
  });

  test('needs a ready video, a revision that exists, and edits that fit', async () => {
    await using world = await projectWorld();
    const { userId, project } = await startRender(world);
    const order = { userId, projectId: project.id, output: {}, requestId: 'r' };
    expect(await refusal(world.projects.startRender({ ...order, revision: 9 }))).toBe('not_found');
    const bare = await world.projects.create(userId, { name: 'Bare' });
    expect(await refusal(world.projects.startRender({ ...order, projectId: bare.id }))).toBe(
      'video_not_ready',
    );
  });

  test('has its file once its job has completed, and the job shows it to its owner', async () => {
    await using world = await projectWorld();
    const { userId, job, renderId } = await startRender(world);
    await begin(world, job.id);
    await complete(world, job.id, outcomeOf(renderId));
    const { file, status } = await world.renders.get(userId, renderId);
    expect(status).toBe('completed');
    const shown = {
      downloadUrl: expect.stringMatching(
        new RegExp(`^/api/v1/renders/${renderId}/download\\?user=${userId}&expires=`),
      ),
      contentType: 'video/mp4',
      sizeBytes: 1234,
      sha256: 'abc',
      durationSeconds: 12,
      width: 640,
      height: 360,
      fps: 30,
      hasAudio: true,
      renderSeconds: 1.5,
    };
    expect(file).toEqual(shown);
    expect((await world.jobs.get(userId, job.id)).result).toEqual({ renderId, ...shown });
    expect((await world.renders.finished(userId, renderId)).outputKey).toBe(`renders/${renderId}/abc.mp4`);
    expect(await cleanedPrefixes(world, userId)).toEqual([]);
  });

  test('keeps its first file when its job is reported a second time', async () => {
    await using world = await projectWorld();
    const { userId, job, renderId } = await startRender(world);
    await complete(world, job.id, outcomeOf(renderId));
    await complete(world, job.id, outcomeOf(renderId));
    expect((await world.renders.get(userId, renderId)).file?.sha256).toBe('abc');
    expect(await cleanedPrefixes(world, userId)).toEqual([]);
  });

  test('takes no file from a job that is not its own; what that job stored is cleaned away', async () => {
    await using world = await projectWorld();
    const { userId, job, renderId } = await startRender(world);
    await world.db.models.Render.updateOne({ userId }, { $set: { jobId: newId('job') } });
    await complete(world, job.id, outcomeOf(renderId));
    const row = await world.db.models.Render.findOne({ userId }).lean();
    expect(row?.outputKey).toBeUndefined();
    expect(await cleanedPrefixes(world, userId)).toEqual([`renders/${renderId}/`]);
  });

  test('that fails says why, and leaves nothing in storage', async () => {
    await using world = await projectWorld();
    const { userId, job, renderId } = await startRender(world);
    await begin(world, job.id);
    const failure = { code: 'render_failed', message: 'No.', isRetryable: false } as const;
    await world.db.models.Job.updateOne(
      { userId, kind: 'video.render' },
      { $set: { state: 'failed', failure } },
    );
    await world.outcomes.failed(await world.job(job.id), failure);
    expect(await world.renders.get(userId, renderId)).toMatchObject({
      status: 'failed',
      error: { code: 'render_failed', message: 'No.' },
    });
    expect(await cleanedPrefixes(world, userId)).toEqual([`renders/${renderId}/`]);
    expect(await refusal(world.renders.finished(userId, renderId))).toBe('render_not_ready');
  });

  test('cancelled before a worker had it leaves nothing to clean, afterwards it does', async () => {
    await using world = await projectWorld();
    const early = await startRender(world);
    await world.jobs.cancel(early.userId, early.job.id, 'r');
    expect(await cleanedPrefixes(world, early.userId)).toEqual([]);
    const late = await startRender(world);
    await begin(world, late.job.id);
    await world.jobs.cancel(late.userId, late.job.id, 'r');
    expect(await cleanedPrefixes(world, late.userId)).toEqual([`renders/${late.renderId}/`]);
  });

  test('is out of reach for everyone but its owner', async () => {
    await using world = await projectWorld();
    const { renderId } = await startRender(world);
    const stranger = newId('user');
    expect(await refusal(world.renders.get(stranger, renderId))).toBe('not_found');
    expect(await refusal(world.renders.finished(stranger, renderId))).toBe('not_found');
    expect(await refusal(world.renders.remove(stranger, renderId, 'r'))).toBe('not_found');
  });
});

describe('removal', () => {
  test('of a finished render cleans its file away', async () => {
    await using world = await projectWorld();
    const { userId, job, renderId } = await startRender(world);
    await complete(world, job.id, outcomeOf(renderId));
    await world.renders.remove(userId, renderId, 'r');
    expect(await refusal(world.renders.get(userId, renderId))).toBe('not_found');
    expect(await cleanedPrefixes(world, userId)).toEqual([`renders/${renderId}/`]);
  });

  test('of a running render cancels its job', async () => {
    await using world = await projectWorld();
    const { userId, job, renderId } = await startRender(world);
    await begin(world, job.id);
    await world.renders.remove(userId, renderId, 'r');
    expect((await world.jobs.get(userId, job.id)).state).toBe('cancelled');
    expect(await cleanedPrefixes(world, userId)).toEqual([`renders/${renderId}/`]);
  });

  test('of a project takes its revisions and renders along and nothing else', async () => {
    await using world = await projectWorld();
    const { userId, project, job, renderId } = await startRender(world);
    const finished = await world.projects.startRender({
      userId,
      projectId: project.id,
      output: {},
      requestId: 'r',
    });
    await complete(world, finished.id, outcomeOf(finished.renderId ?? ''));
    const other = await world.projects.create(userId, { name: 'Other' });
    await begin(world, job.id);
    await world.projects.remove(userId, project.id, 'r');
    const { Project, Revision, Render, Video } = world.db.models;
    expect(await Project.countDocuments({ userId })).toBe(1);
    expect(await Revision.countDocuments({ userId })).toBe(1);
    expect(await Render.countDocuments({ userId })).toBe(0);
    expect(await Video.countDocuments({ userId })).toBe(1);
    expect((await world.projects.get(userId, other.id)).revision).toBe(0);
    expect((await world.jobs.get(userId, job.id)).state).toBe('cancelled');
    expect((await cleanedPrefixes(world, userId)).toSorted()).toEqual(
      [`renders/${renderId}/`, `renders/${finished.renderId}/`].toSorted(),
    );
    expect(await refusal(world.projects.remove(userId, project.id, 'r'))).toBe('not_found');
  });
});

describe('what chat gets of a project', () => {
  test('is its name, plan and probe once the video is ready', async () => {
    await using world = await projectWorld();
    const { userId, project } = await startRender(world);
    expect(await world.projects.chatContext(userId, project.id)).toMatchObject({
      projectId: project.id,
      name: 'Holiday',
      revision: 1,
      operations: [sepia],
      sourceProbe: { durationSeconds: 12 },
      canUndo: true,
      canRedo: false,
    });
    const bare = await world.projects.create(userId, { name: 'Bare' });
    expect(await world.projects.chatContext(userId, bare.id)).toBeUndefined();
  });

  test('a plan it applies is a revision of its message, in the caller’s transaction', async () => {
    await using world = await projectWorld();
    const { userId, project } = await startRender(world);
    const messageId = newId('message');
    const change = {
      userId,
      projectId: project.id,
      operations: [sepia, { op: 'volume', gain: 0.5 }],
      cause: 'chat' as const,
      messageId,
    };
    const rolledBack = world.db.transaction(async () => {
      await world.projects.applyPlan({ ...change, baseRevision: 1 });
      throw new AppError('planner_failed');
    });
    expect(await refusal(rolledBack)).toBe('planner_failed');
    expect((await world.projects.get(userId, project.id)).revision).toBe(1);
    const applied = await world.projects.applyPlan({ ...change, baseRevision: 1 });
    expect(applied.revision).toBe(2);
    expect(await world.projects.revision(userId, project.id, 2)).toMatchObject({ cause: 'chat', messageId });
    expect(await refusal(world.projects.applyPlan({ ...change, baseRevision: 1 }))).toBe('revision_conflict');
    const invalid = { ...change, operations: [{ op: 'trim', start: 5, end: 99 }], baseRevision: 2 };
    expect(await refusal(world.projects.applyPlan(invalid))).toBe('invalid_operation');
  });

  test('a move is announced after the commit only', async () => {
    await using world = await projectWorld();
    const { userId, project } = await startRender(world);
    const told = () => world.frames.filter((frame) => frame.type === 'project.revision');
    await world.db.transaction(async () => {
      world.projects.announce(userId, await world.projects.undo(userId, project.id));
      expect(told()).toEqual([]);
    });
    expect(told()).toMatchObject([
      { userId, data: { projectId: project.id, revision: 0, operations: [], canRedo: true } },
    ]);
  });
});
