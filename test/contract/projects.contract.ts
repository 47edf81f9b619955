import { describe, expect, test } from 'bun:test';
import { newId } from '../../src/contracts/ids.ts';
import { createRepository } from '../../src/modules/projects/repository.ts';
import { createRenderRepository } from '../../src/modules/renders/repository.ts';
import { buildProbe } from '../fixtures/probe-builder.ts';
import { rejectionOf } from '../fixtures/rejection.ts';
import { type Engine, outcomesOf } from './engine.ts';

export function projectsContract(engine: Engine): void {
  const projects = () => createRepository(engine.db.models);
  const renders = () => createRenderRepository(engine.db.models);
  const create = async () => projects().create({ userId: newId('user'), name: 'Film' });

  describe('projects', () => {
    test('are written by one of many who read the same version', async () => {
      const project = await create();
      const written = await Promise.all(
        Array.from({ length: 20 }, async (_, n) => projects().change(project, { name: `Film ${n}` })),
      );
      const winners = written.filter((row) => row !== undefined);
      expect(winners).toHaveLength(1);
      expect(winners[0]?.version).toBe(project.version + 1);
      expect(await projects().find(project.userId, project._id)).toEqual(winners[0]);
    });

    test('keep lists, empty ones too', async () => {
      const project = await create();
      const changed = await projects().change(project, { redo: [3, 2], head: 1, lastRevision: 3 });
      expect([project.redo, changed?.redo]).toEqual([[], [3, 2]]);
      expect(
        changed === undefined ? undefined : (await projects().change(changed, { redo: [] }))?.redo,
      ).toEqual([]);
    });

    test('are listed by last change, by cursor and status', async () => {
      const userId = newId('user');
      const made = [];
      for (const name of ['a', 'b', 'c', 'd']) made.push(await projects().create({ userId, name }));
      const [first] = made;
      if (first !== undefined) await projects().change(first, { status: 'archived' });
      const rows = await projects().list(userId, { limit: 10 });
      expect(rows.map((row) => row.updatedAt.getTime())).toEqual(
        rows.map((row) => row.updatedAt.getTime()).toSorted((a, b) => b - a),
      );
      const seen = rows[1];
      const cursor = { at: seen?.updatedAt.toISOString() ?? '', id: seen?._id ?? '' };
      expect((await projects().list(userId, { limit: 10, cursor })).map((row) => row._id)).toEqual(
        rows.slice(2).map((row) => row._id),
      );
      expect(
        (await projects().list(userId, { limit: 10, status: 'archived' })).map((row) => row._id),
      ).toEqual(made.slice(0, 1).map((row) => row._id));
      expect(await projects().count(userId, 'active')).toBe(3);
    });

    test('have one revision of a number, with its operations as they were', async () => {
      const project = await create();
      const operations = [
        { op: 'text', content: '50% „quoted“ $set.a.b 🎬', position: { x: 1, y: 0.5 } },
        { op: 'color', brightness: -0.5, nested: { '$weird.key': null, list: [1, [2]] } },
      ];
      await projects().addRevision(project, { number: 0, operations: [], cause: 'create' });
      await projects().addRevision(project, { number: 1, parent: 0, operations, cause: 'edit' });
      const again = { number: 1, parent: 0, operations: [], cause: 'chat' } as const;
      const error = await rejectionOf(projects().addRevision(project, again));
      expect(Reflect.get(error as Error, 'code')).toBe(11_000);
      expect((await projects().revision(project._id, 1))?.operations).toEqual(operations);
      expect((await projects().revision(project._id, 0))?.operations).toEqual([]);
      expect((await projects().revisions(project._id, { limit: 5 })).map((row) => row.number)).toEqual([
        1, 0,
      ]);
      expect(
        (await projects().revisions(project._id, { limit: 5, before: 1 })).map((row) => row.number),
      ).toEqual([0]);
    });

    test('give their heads, each its own', async () => {
      const rows = [await create(), await create()];
      for (const [at, row] of rows.entries())
        for (const number of [0, 1, 2])
          await projects().addRevision(row, {
            number,
            operations: [{ op: `${at}-${number}` }],
            cause: 'edit',
          });
      const heads = rows.map((row, at) => ({ ...row, head: at + 1 }));
      const found = await projects().heads(heads);
      expect(rows.map((row) => found.get(row._id)?.operations[0]?.op)).toEqual(['0-1', '1-2']);
    });

    test('and their revisions change together or not at all', async () => {
      const project = await create();
      const failing = engine.db.transaction(async () => {
        await projects().change(project, { head: 1, lastRevision: 1 });
        await projects().addRevision(project, { number: 1, operations: [], cause: 'edit' });
        throw new Error('the last step failed');
      });
      expect(await rejectionOf(failing)).toMatchObject({ message: 'the last step failed' });
      expect(await projects().find(project.userId, project._id)).toEqual(project);
      expect(await projects().revision(project._id, 1)).toBeUndefined();
    });

    test('take 12 appends at once, none lost, on two connections', async () => {
      const project = await create();
      const second = await engine.connectAgain();
      const append = async (db: typeof second, name: string) =>
        db.transaction(async () => {
          const rows = createRepository(db.models);
          const read = await rows.find(project.userId, project._id);
          if (read === undefined) throw new Error('it is gone');
          const number = read.lastRevision + 1;
          if ((await rows.change(read, { head: number, lastRevision: number })) === undefined)
            throw new Error('another writer got in between');
          await rows.addRevision(read, { number, operations: [{ op: name }], cause: 'edit' });
        });
      const done = await outcomesOf(
        Array.from({ length: 12 }, async (_, n) => append(n % 2 === 0 ? engine.db : second, `op ${n}`)),
      );
      await second.close();
      expect(done).toEqual({ resolved: 12, codes: [] });
      const revisions = await projects().revisions(project._id, { limit: 50 });
      expect(revisions.map((row) => row.number)).toEqual(Array.from({ length: 12 }, (_, n) => 12 - n));
      expect(new Set(revisions.map((row) => row.operations[0]?.op)).size).toBe(12);
      expect(await projects().find(project.userId, project._id)).toMatchObject({ head: 12, version: 12 });
    });

    test('are removed with their revisions', async () => {
      const project = await create();
      await projects().addRevision(project, { number: 0, operations: [], cause: 'create' });
      await engine.db.transaction(async () => projects().remove(project));
      expect(await projects().find(project.userId, project._id)).toBeUndefined();
      expect(await projects().revisions(project._id, { limit: 5 })).toEqual([]);
    });
  });

  describe('renders', () => {
    test('get their file once', async () => {
      const row = {
        _id: newId('render'),
        userId: newId('user'),
        projectId: newId('project'),
        revision: 1,
        jobId: newId('job'),
        output: { format: 'mp4', quality: 'draft' } as const,
      };
      await renders().create(row);
      const file = {
        outputKey: 'renders/out.mp4',
        contentType: 'video/mp4',
        sizeBytes: 123,
        sha256: 'b'.repeat(64),
        probe: buildProbe(),
        renderSeconds: 1.5,
      };
      const finished = await Promise.all(Array.from({ length: 5 }, async () => renders().finish(row, file)));
      expect(finished.filter(Boolean)).toHaveLength(1);
      expect(await renders().find(row.userId, row._id)).toMatchObject({ ...row, ...file });
      expect((await renders().ofProject(row.userId, row.projectId)).map(({ _id }) => _id)).toEqual([row._id]);
    });
  });
}
