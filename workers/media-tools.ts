/** Whether the programs that video jobs need can be run; asked once, before any job is taken. */
import type { Config } from '../src/config/load-config.ts';
import { AppError } from '../src/contracts/errors.ts';

function runs(binary: string): boolean {
  try {
    return Bun.spawnSync([binary, '-version'], { stdout: 'ignore', stderr: 'ignore' }).exitCode === 0;
  } catch {
    return false;
  }
}

/** @throws AppError `ffmpeg_missing` naming the setting and what it holds */
export function checkMediaTools({ ffmpegPath, ffprobePath }: Config['ffmpeg']): void {
  const tools = [
    ['FFMPEG_PATH', ffmpegPath],
    ['FFPROBE_PATH', ffprobePath],
  ] as const;
  for (const [setting, binary] of tools) {
    if (runs(binary)) continue;
    throw new AppError(
      'ffmpeg_missing',
      `${setting} is ${JSON.stringify(binary)}, which cannot be run. Install FFmpeg (apt-get install ffmpeg), ` +
        'set the path, or leave video out of WORKER_QUEUES.',
    );
  }
}
