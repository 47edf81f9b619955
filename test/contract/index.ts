/** Every repository's contract, in one list. */
import { chatContract } from './chat.contract.ts';
import type { Engine } from './engine.ts';
import { jobsContract } from './jobs.contract.ts';
import { platformContract } from './platform.contract.ts';
import { projectsContract } from './projects.contract.ts';
import { usersContract } from './users.contract.ts';
import { videosContract } from './videos.contract.ts';

/** Registers the tests of all contracts for one engine. */
export function repositoryContracts(engine: Engine): void {
  for (const contract of [
    usersContract,
    videosContract,
    projectsContract,
    chatContract,
    jobsContract,
    platformContract,
  ])
    contract(engine);
}
