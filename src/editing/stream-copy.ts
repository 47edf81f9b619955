/** Which tracks of a source can go into the output as they are: no decoding, no loss, a fraction of the time. */
import type { Operation, OutputSettings } from '../contracts/edit-plan.ts';
import type { Probe } from '../contracts/media.ts';

export interface CopiedTracks {
  readonly picture: boolean;
  readonly sound: boolean;
}

/** True when the operation leaves the picture alone. */
function isSoundOnly(operation: Operation): boolean {
  if (operation.op === 'fade') return operation['target'] === 'audio';
  return operation.op === 'volume' || operation.op === 'mute';
}

/** True when the picture is already what the encoder would make: its codec, pixels, upright, in a container of that family. */
function isPictureFit(source: Probe, { format }: OutputSettings): boolean {
  return (
    format !== 'webm' &&
    source.container === 'mov' &&
    source.videoCodec === 'h264' &&
    source.pixelFormat === 'yuv420p' &&
    source.rotationDegrees === 0 &&
    source.width % 2 === 0 &&
    source.height % 2 === 0
  );
}

/** Decides by the optimized operations; a trim among them means that frames must be cut exactly, and so encoded. */
export function copiedTracks(
  operations: readonly Operation[],
  source: Probe,
  output: OutputSettings,
): CopiedTracks {
  const picture = isPictureFit(source, output) && operations.every(isSoundOnly);
  const sound = picture && operations.length === 0 && source.audioCodec === 'aac';
  return { picture, sound };
}
