/** What the repositories promise, on the embedded engine and over MongoDB's wire protocol. */
import { afterAll, beforeAll, describe } from 'bun:test';
import { connectDatabase, type Database } from '../../src/platform/db/database.ts';
import { repositoryContracts } from '../contract/index.ts';
import { startMongo } from '../fixtures/mongo-server.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

interface Place {
  readonly url: string;
  stop(): Promise<void>;
}

async function embedded(): Promise<Place> {
  const folder = tempFolder();
  return { url: `sqlite:${folder.path}/test.db`, stop: async () => folder[Symbol.dispose]() };
}

const ENGINES = [
  ['the embedded engine', embedded],
  ['MongoDB', startMongo],
] as const;

for (const [name, start] of ENGINES)
  describe(name, () => {
    let place: Place | undefined;
    let db: Database | undefined;
    const ready = <T>(value: T | undefined): T => {
      if (value === undefined) throw new Error('the engine did not start');
      return value;
    };
    beforeAll(async () => {
      place = await start();
      db = await connectDatabase(place.url);
    });
    afterAll(async () => {
      await db?.close();
      await place?.stop();
    });
    repositoryContracts({
      get db() {
        return ready(db);
      },
      connectAgain: async () => connectDatabase(ready(place).url),
    });
  });
