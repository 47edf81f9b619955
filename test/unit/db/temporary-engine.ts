import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseSqliteUri } from '../../../src/platform/db/drivers/sqlite/engine-options.ts';
import { Engine } from '../../../src/platform/db/drivers/sqlite/engine.ts';

export interface TemporaryEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly path: string;
}

/** An engine on a new file, closed and removed at the end of the scope (`await using`). */
export async function temporaryEngine(query = ''): Promise<TemporaryEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'vfxb-engine-'));
  const path = join(directory, 'test.db');
  const engine = await Engine.open(parseSqliteUri(`sqlite:${path}${query}`));
  return {
    engine,
    path,
    [Symbol.asyncDispose]: async () => {
      await engine.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
