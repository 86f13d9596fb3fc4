import { setImmediate } from 'node:timers/promises';
import { score, whole } from './format.ts';
import { Interruption } from './interruption.ts';
import { PictureFiles, type PictureOptions } from './pictureFiles.ts';
import type { Player } from './player.ts';
import { UsageError } from './usageError.ts';

/** Milliseconds between reports of the progress, after each of which signals are heard. */
const INTERVAL = 100;

/**
 * Plays episodes into files, as fast as can be; Ctrl-C ends it, and leaves what there is. Returns the exit code.
 *
 * @throws UsageError if the env draws no pictures, or a file cannot be where it is to be
 */
export async function writePictures(
  player: Player,
  episodes: number,
  options: PictureOptions,
  output: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stdout,
): Promise<number> {
  const { id } = player.envs.env;
  if (!player.frame) {
    const asked = options.png === undefined ? '--gif' : '--png';
    throw new UsageError(`${asked}: ${id} draws no pictures: it has no render`);
  }
  const files = new PictureFiles(options);
  let isStopped = false;
  const interruption = new Interruption(() => {
    isStopped = true;
  });
  try {
    let reported = performance.now();
    for (;;) {
      files.add(player.frame);
      const isLast = player.isOver && player.episode >= episodes;
      if (isLast || isStopped || files.count >= options.frames) break;
      player.advance();
      if (performance.now() - reported < INTERVAL) continue;
      if (output.isTTY) output.write(`\r\x1b[K${whole(files.count)} frames, episode ${player.episode}`);
      await setImmediate();
      reported = performance.now();
    }
    const where = files.finish();
    const end = player.isOver ? '' : ' so far';
    const frames = files.count === 1 ? '1 frame' : `${whole(files.count)} frames`;
    output.write(
      `${output.isTTY ? '\r\x1b[K' : ''}Wrote ${frames} of ${id} to ${where}: ` +
        `episode ${player.episode}, return ${score(player.return)}${end}.\n`,
    );
    return interruption.exitCode ?? 0;
  } finally {
    interruption.close();
  }
}
