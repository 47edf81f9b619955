/** The folder of everything the embedded defaults keep. */
import { accessSync, constants, mkdirSync } from 'node:fs';

/** Makes the folder if there is none. Returns why nothing can be kept in it (`EROFS`), or undefined when all is well. */
export function openDataDir(dataDir: string): string | undefined {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
