import { expect, test } from 'bun:test';
import { Parser } from '@asyncapi/parser';
import { ClientFrames, SERVER_FRAME_TYPES } from '../../../src/contracts/realtime.ts';
import { asyncApiDocument } from '../../../src/modules/realtime/async-api.ts';

const document = asyncApiDocument({
  version: '1.2.3',
  publicUrl: 'https://api.example.com',
  address: '/api/v1/realtime',
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
