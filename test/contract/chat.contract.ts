import { describe, expect, test } from 'bun:test';
import { type ConversationId, newId, type UserId } from '../../src/contracts/ids.ts';
import { createChatRepository, type NewMessage } from '../../src/modules/chat/repository.ts';
import { rejectionOf } from '../fixtures/rejection.ts';
import type { Engine } from './engine.ts';

export function chatContract(engine: Engine): void {
  const chat = () => createChatRepository(engine.db.models);
  const open = async () => chat().conversations.create({ userId: newId('user'), title: 'Talk' });
  const message = (
    conversationId: ConversationId,
    userId: UserId,
    changes: Partial<NewMessage> = {},
  ): NewMessage => ({
    conversationId,
    userId,
    role: 'user',
    content: 'trim it',
    status: 'sent',
    sequence: 1,
    ...changes,
  });

  describe('conversations', () => {
    test('give each sender numbers of its own', async () => {
      const conversation = await open();
      const reserved = await Promise.all(
        Array.from({ length: 10 }, async () => chat().conversations.reserve(conversation, {})),
      );
      const numbers = reserved.map((row) => row?.lastSequence ?? 0).toSorted((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 10 }, (_, n) => 2 * (n + 1)));
    });

    test('forget the reply at work', async () => {
      const { _id, userId } = await open();
      await chat().conversations.setActive(_id, newId('message'));
      expect((await chat().conversations.find(userId, _id))?.activeReplyId).toBeString();
      await chat().conversations.setActive(_id, undefined);
      expect(Object.keys((await chat().conversations.find(userId, _id)) ?? {})).not.toContain(
        'activeReplyId',
      );
    });

    test('are removed with their messages', async () => {
      const conversation = await open();
      const { _id, userId } = conversation;
      const { _id: messageId } = await chat().messages.insert(message(_id, userId));
      await engine.db.transaction(async () => chat().conversations.remove(conversation));
      expect(await chat().conversations.find(userId, _id)).toBeUndefined();
      expect(await chat().messages.find(userId, messageId)).toBeUndefined();
    });
  });

  describe('messages', () => {
    test('of one number in a conversation there is one', async () => {
      const { _id, userId } = await open();
      await chat().messages.insert(message(_id, userId));
      const error = await rejectionOf(chat().messages.insert(message(_id, userId)));
      expect(Reflect.get(error as Error, 'code')).toBe(11_000);
    });

    test('of one client key there is one per user, but any number without', async () => {
      const [one, two] = [await open(), await open()];
      const keyed = { clientKey: 'key' };
      const first = await chat().messages.insert(message(one._id, one.userId, keyed));
      await chat().messages.insert(message(two._id, two.userId, keyed));
      const again = chat().messages.insert(message(one._id, one.userId, { ...keyed, sequence: 2 }));
      expect(Reflect.get((await rejectionOf(again)) as Error, 'code')).toBe(11_000);
      await chat().messages.insert(message(one._id, one.userId, { sequence: 3 }));
      await chat().messages.insert(message(one._id, one.userId, { sequence: 4 }));
      expect((await chat().messages.findByClientKey(one.userId, 'key'))?._id).toBe(first._id);
      await chat().messages.forgetClientKey(first);
      await chat().messages.insert(message(one._id, one.userId, { ...keyed, sequence: 5 }));
    });

    test('a duplicate inside a transaction undoes what came before it', async () => {
      const conversation = await open();
      const { _id, userId } = conversation;
      await chat().messages.insert(message(_id, userId));
      const work = engine.db.transaction(async () => {
        await chat().conversations.reserve(conversation, {});
        await chat().messages.insert(message(_id, userId));
      });
      expect(Reflect.get((await rejectionOf(work)) as Error, 'code')).toBe(11_000);
      expect((await chat().conversations.find(userId, _id))?.lastSequence).toBe(0);
    });

    test('are listed from either end, and a reply ends once', async () => {
      const { _id: conversationId, userId } = await open();
      const reply = { role: 'assistant', status: 'pending', content: '' } as const;
      for (let sequence = 1; sequence <= 6; sequence++)
        await chat().messages.insert(
          message(conversationId, userId, { sequence, ...(sequence % 2 === 0 ? reply : {}) }),
        );
      const numbers = async (order: 'newest' | 'oldest', after?: number) =>
        (
          await chat().messages.list({
            conversationId,
            order,
            limit: 3,
            ...(after === undefined ? {} : { after }),
          })
        ).map((row) => row.sequence);
      expect([await numbers('newest'), await numbers('newest', 4)]).toEqual([
        [6, 5, 4],
        [3, 2, 1],
      ]);
      expect([await numbers('oldest'), await numbers('oldest', 3)]).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      const waiting = await chat().messages.nextWaiting(conversationId);
      expect(waiting?.sequence).toBe(2);
      if (waiting === undefined) return;
      const operations = [{ op: 'trim', start: 0, end: 10 }];
      const change = { status: 'completed', content: 'Done', operations, costUsd: 0.25 } as const;
      const ends = [
        await chat().messages.changeReply(waiting, { ...change, operations }),
        await chat().messages.changeReply(waiting, { status: 'failed' }),
      ];
      expect(ends).toEqual([expect.objectContaining({ status: 'completed', operations }), undefined]);
      expect((await chat().messages.nextWaiting(conversationId))?.sequence).toBe(4);
      const last = await chat().messages.list({ conversationId, order: 'newest', limit: 1 });
      const turns = last[0] === undefined ? [] : await chat().messages.turnsBefore(last[0], 3);
      expect(turns.map((row) => row.sequence)).toEqual([2, 3, 5]);
    });
  });
}
