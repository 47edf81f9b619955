/** Lua scripts: the queue's atomic steps. Sent once, called by digest afterwards. */
import { createHash } from 'node:crypto';
import type { Redis } from '../redis/redis.ts';

export type ScriptArgument = string | number;

export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha1: string;
}

/** A script of that name, which appears in the errors that Redis reports. */
export function defineScript(name: string, lua: string): Script {
  const text = `-- ${name}\n${lua}`;
  return { name, lua: text, sha1: createHash('sha1').update(text).digest('hex') };
}

/**
 * Runs the script; sends its text when this Redis does not know it (yet, or any more).
 * @returns the reply as Redis gave it: parse it before use
 */
export async function runScript(
  client: Redis,
  script: Script,
  call: { readonly keys: readonly string[]; readonly args: readonly ScriptArgument[] },
): Promise<unknown> {
  const { keys, args } = call;
  try {
    return await client.evalsha(script.sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(script.lua, keys.length, ...keys, ...args);
  }
}
