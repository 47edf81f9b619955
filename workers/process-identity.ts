/** Tells processes apart even when the system gives a number again: host, process id, and when the process began. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** In ticks since boot, as /proc has it; empty on systems without it. */
  readonly began: string;
}

/** Field 22 of /proc/<pid>/stat; the command in field 2 may hold spaces, so count from its closing bracket. */
function beganAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, began: beganAt(process.pid) ?? '' };
}

/** Whether the process still runs; `unknown` for one on another host. */
export function livenessOf(identity: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  if (identity.host !== hostname()) return 'unknown';
  if (identity.began !== '') return beganAt(identity.pid) === identity.began ? 'alive' : 'dead';
  try {
    process.kill(identity.pid, 0);
    return 'alive';
  } catch {
    return 'dead';
  }
}
