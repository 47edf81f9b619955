import { describe, expect, test } from 'bun:test';
import {
  parseEvent,
  type ReceivedEvent,
  withoutSuperseded,
} from '../../../src/platform/queue/received-event.ts';

const entry = (fields: Record<string, string>) => ({ id: '1-0', fields: new Map(Object.entries(fields)) });
const event = (id: string, type: string, delivery = 1): ReceivedEvent =>
  parseEvent({
    id,
    fields: new Map([
      ['event', JSON.stringify({ jobId: 'job_x', type, fence: { generation: 1, delivery } })],
    ]),
  });

describe('an entry of the events stream', () => {
  test.each([
    ['not JSON', '{'],
    ['empty', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['without a fence', '{"jobId":"job_x","type":"started"}'],
    ['with a fence of texts', '{"jobId":"job_x","type":"started","fence":{"generation":"1","delivery":1}}'],
    ['of an unknown type', '{"jobId":"job_x","type":"exploded","fence":{"generation":1,"delivery":1}}'],
  ])('that is %s carries its problem instead of an event', (_what, text) => {
    const received = parseEvent(entry({ event: text }));
    expect(received.event).toBeUndefined();
    expect(received.problem).toBeString();
  });

  test('that has been deleted meanwhile is neither event nor problem', () => {
    expect(parseEvent({ id: '1-0', fields: new Map() })).toEqual({ id: '1-0' });
  });
});

describe('thinning out a batch', () => {
  const ids = (events: readonly ReceivedEvent[]) =>
    withoutSuperseded(events).map(({ id, supersedes }) => [...supersedes, id].join('+'));

  test('keeps the last progress of a run and every entry’s id', () => {
    const batch = [
      event('1', 'started'),
      event('2', 'progress'),
      event('3', 'progress'),
      event('4', 'completed'),
    ];
    expect(ids(batch)).toEqual(['1', '2+3', '4']);
  });

  test('drops a heartbeat before anything else, but not the last one', () => {
    expect(ids([event('1', 'heartbeat'), event('2', 'progress'), event('3', 'heartbeat')])).toEqual([
      '1+2',
      '3',
    ]);
  });

  test('never lets a report of one delivery stand for another', () => {
    expect(ids([event('1', 'progress', 1), event('2', 'progress', 2)])).toEqual(['1', '2']);
  });
});
