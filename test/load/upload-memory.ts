/**
 * Peak memory of an API process while a large file is uploaded, as a form and as a raw body, each in a process of its own.
 * `bun test/load/upload-memory.ts [gigabytes]`; exits 1 above 64 MB over idle.
 */
import { createApiClient } from '../fixtures/api-client.ts';
import { startStack } from '../fixtures/stack.ts';
import { type UploadCost, type UploadForm, uploadAtCost } from '../fixtures/upload-load.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const LIMIT_BYTES = 64 * MIB;

async function measure(form: UploadForm, sizeBytes: number): Promise<UploadCost> {
  await using stack = await startStack({ workers: 0 });
  const client = await createApiClient(stack.apiUrl);
  await client.register();
  const api = { url: stack.apiUrl, token: client.token ?? '', pid: stack.apiPid };
  // The first upload loads code; what it leaves is part of idle.
  await uploadAtCost(api, { form, sizeBytes: MIB });
  return uploadAtCost(api, { form, sizeBytes });
}

const sizeBytes = Number(process.argv[2] ?? 1) * GIB;
let isWithin = true;
for (const form of ['raw', 'multipart'] as const) {
  const cost = await measure(form, sizeBytes);
  const aboveIdle = cost.peakRssBytes - cost.idleRssBytes;
  isWithin &&= cost.status === 201 && aboveIdle <= LIMIT_BYTES;
  const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
  console.log(
    `${form.padEnd(9)} ${mib(sizeBytes)} MB in ${cost.wallSeconds.toFixed(1)} s, status ${cost.status}: idle ${mib(cost.idleRssBytes)} MB, peak ${mib(cost.peakRssBytes)} MB, ${mib(aboveIdle)} MB above idle`,
  );
}
process.exit(isWithin ? 0 : 1);
