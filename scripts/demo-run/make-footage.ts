/** Footage for the demo: a moving picture with a clock, and a voice that counts. Made here, so nothing is downloaded. */
import { join } from 'node:path';

const SECONDS = 24;
const SCRIPT =
  'Welcome to VFXB. This is a short clip to try the editor on. ' +
  'One. Two. Three. Four. Five. Six. Seven. Eight. Nine. Ten. ' +
  'Now the second half begins. We could make it black and white, or put a name on it. Thank you for watching.';

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdout: 'ignore', stderr: 'pipe', stdin: 'ignore' });
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`${command[0]} failed (${code}): ${stderr.slice(-500)}`);
}

/** Makes `<folder>/footage.mp4`, 24 s of 720p at 30 fps with speech; resolves with its path. */
export async function makeFootage(folder: string): Promise<string> {
  const speech = join(folder, 'speech.wav');
  const video = join(folder, 'footage.mp4');
  await run(['espeak-ng', '-v', 'en', '-s', '150', '-w', speech, SCRIPT]);
  await run([
    ...['ffmpeg', '-nostdin', '-v', 'error', '-y'],
    ...['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=30:duration=${SECONDS}`],
    ...['-i', speech, '-af', 'apad', '-t', String(SECONDS)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p'],
    ...['-c:a', 'aac', '-b:a', '128k', '-ar', '48000', '-ac', '2', '-movflags', '+faststart', video],
  ]);
  return video;
}
