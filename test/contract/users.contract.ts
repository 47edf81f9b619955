import { describe, expect, test } from 'bun:test';
import { newId } from '../../src/contracts/ids.ts';
import { createAuthRepository, duplicateField, type NewUser } from '../../src/modules/auth/repository.ts';
import { rejectionOf } from '../fixtures/rejection.ts';
import { type Engine, outcomesOf } from './engine.ts';

function newUser(changes: Partial<NewUser> = {}): NewUser {
  const _id = newId('user');
  return { _id, email: `${_id}@example.org`, name: 'Ada', passwordHash: 'hash', role: 'user', ...changes };
}

export function usersContract(engine: Engine): void {
  const auth = () => createAuthRepository(engine.db.models);

  describe('users', () => {
    test('are found by id, e-mail and username, as they were stored', async () => {
      const user = newUser({ username: `ada_${Date.now()}` });
      const created = await auth().createUser({ ...user, email: user.email.toUpperCase() });
      expect(created).toMatchObject(user);
      for (const found of [
        await auth().userById(user._id),
        await auth().userByEmail(user.email),
        await auth().userByUsername(user.username ?? ''),
      ])
        expect(found).toEqual(created);
      expect(created.createdAt).toBeInstanceOf(Date);
    });

    test('of one e-mail there is one, and the error names the field', async () => {
      const { email } = await auth().createUser(newUser());
      const error = await rejectionOf(auth().createUser(newUser({ email })));
      expect(duplicateField(error)).toBe('email');
      const raced = newUser().email;
      const race = await outcomesOf(
        Array.from({ length: 10 }, async () => auth().createUser(newUser({ email: raced }))),
      );
      expect(race).toEqual({ resolved: 1, codes: Array.from({ length: 9 }, () => 11_000) });
    });

    test('of one username there is one, but any number without', async () => {
      const username = `grace_${Date.now()}`;
      await auth().createUser(newUser({ username }));
      const error = await rejectionOf(auth().createUser(newUser({ username: username.toUpperCase() })));
      expect(duplicateField(error)).toBe('username');
      await auth().createUser(newUser());
      await auth().createUser(newUser());
    });

    test('a hash is replaced only while it is the one that was checked', async () => {
      const { _id } = await auth().createUser(newUser());
      await auth().upgradeHash(_id, 'another', 'wrong');
      expect((await auth().userById(_id))?.passwordHash).toBe('hash');
      await auth().upgradeHash(_id, 'hash', 'better');
      expect((await auth().userById(_id))?.passwordHash).toBe('better');
    });
  });

  describe('sessions', () => {
    const open = async () => {
      const session = {
        _id: newId('session'),
        userId: newId('user'),
        generation: 1,
        tokenHash: 'first',
        expiresAt: new Date(Date.now() + 60_000),
      };
      await auth().createSession(session);
      return session;
    };
    const rotation = (toHash: string) => ({
      from: { generation: 1, tokenHash: 'first' },
      toHash,
      at: new Date(),
    });

    test('are rotated by one of many callers', async () => {
      const { _id } = await open();
      const rotated = await Promise.all(
        Array.from({ length: 20 }, async (_, at) => auth().rotate(_id, rotation(`child ${at}`))),
      );
      expect(rotated.filter(Boolean)).toHaveLength(1);
      expect(await auth().sessionById(_id)).toMatchObject({
        generation: 2,
        previousTokenHash: 'first',
        tokenHash: `child ${rotated.indexOf(true)}`,
      });
    });

    test('that were ended cannot be rotated, nor ended twice', async () => {
      const session = await open();
      expect(await auth().revoke(session, 'logout', new Date())).toBe(true);
      expect(await auth().rotate(session._id, rotation('late'))).toBe(false);
      expect(await auth().revoke(session, 'reuse', new Date())).toBe(false);
      expect((await auth().sessionById(session._id))?.revokedReason).toBe('logout');
    });

    test('a ticket is used once', async () => {
      const ticket = crypto.randomUUID();
      const uses = await Promise.all(
        Array.from({ length: 10 }, async () => auth().consumeTicket(ticket, newId('user'))),
      );
      expect(uses.filter(Boolean)).toHaveLength(1);
    });
  });
}
