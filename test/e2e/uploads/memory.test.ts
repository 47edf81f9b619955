/** A large upload costs an API process next to no memory (M8), by a real process and the kernel's own count. */
import { expect, test } from 'bun:test';
import { createApiClient } from '../../fixtures/api-client.ts';
import { startStack } from '../../fixtures/stack.ts';
import { uploadAtCost } from '../../fixtures/upload-load.ts';

const MIB = 1024 ** 2;

test.each(['raw', 'multipart'] as const)(
  '256 MB as %s stay within 64 MB above idle',
  async (form) => {
    await using stack = await startStack({ workers: 0 });
    const client = await createApiClient(stack.apiUrl);
    await client.register();
    const api = { url: stack.apiUrl, token: client.token ?? '', pid: stack.apiPid };
    await uploadAtCost(api, { form, sizeBytes: MIB });
    const cost = await uploadAtCost(api, { form, sizeBytes: 256 * MIB });
    expect(cost.status).toBe(201);
    expect(cost.body).toMatchObject({ data: { sizeBytes: 256 * MIB, status: 'processing' } });
    expect(cost.peakRssBytes - cost.idleRssBytes).toBeLessThan(64 * MIB);
  },
  60_000,
);
