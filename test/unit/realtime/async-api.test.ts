import { expect, test } from 'bun:test';
import { Parser } from '@asyncapi/parser';
import { FRAME_VIEWS } from '../../../src/app.ts';
import { ClientFrames, SERVER_FRAME_TYPES } from '../../../src/contracts/realtime.ts';
import { asyncApiDocument } from '../../../src/modules/realtime/async-api.ts';
import { createFrameCheck } from '../../fixtures/asyncapi-check.ts';

const document = asyncApiDocument({
  version: '1.2.3',
  publicUrl: 'https://api.example.com',
  address: '/api/v1/realtime',
  views: FRAME_VIEWS,
});

test('the AsyncAPI document passes the validator without an error', async () => {
  const diagnostics = await new Parser().validate(JSON.stringify(document));
  // Spectral's scale: 0 error, 1 warning; hints of style come after.
  const serious: ReadonlySet<number> = new Set([0, 1]);
  const faults = diagnostics.filter(({ severity }) => serious.has(severity));
  expect(faults.map(({ path, message }) => `${path.join('/')}: ${message}`)).toEqual([]);
});

test('every frame of the contract is documented, with a description', async () => {
  const { document: parsed } = await new Parser().parse(JSON.stringify(document));
  const messages = parsed?.allMessages().all() ?? [];
  const named = new Set(messages.map((message) => message.name()));
  expect([...Object.keys(ClientFrames), ...SERVER_FRAME_TYPES].filter((type) => !named.has(type))).toEqual(
    [],
  );
  expect(messages.filter((message) => !message.hasSummary()).map((message) => message.name())).toEqual([]);
});

test('the check of received frames finds an unknown type, a field too many and one too few', () => {
  const check = createFrameCheck(document as unknown as Parameters<typeof createFrameCheck>[0]);
  const job = { jobId: 'job_1', kind: 'video.render', state: 'cancelled' };
  const frame =
    (type: string, data: object, rest: object = {}) =>
    () =>
      check(JSON.stringify({ type, ...rest, data }));
  expect(frame('job.cancelled', job, { seq: 1 })().data).toEqual(job);
  expect(frame('job.paused', job)).toThrow('does not know');
  expect(frame('job.cancelled', { ...job, worker: 'w1' })).toThrow('additional properties');
  expect(frame('job.cancelled', { ...job, state: 'paused' })).toThrow('must be equal');
  expect(frame('job.cancelled', { jobId: 'job_1' })).toThrow('required property');
  expect(frame('ack', {}, { id: '1', seq: 1 })).toThrow('additional properties');
  expect(frame('video.updated', { video: { id: 'vid_1' } })).toThrow('required property');
  expect(() => check(new ArrayBuffer(2))).toThrow('no text');
});
