import { score } from './format.ts';
import { colorsOf, halfBlocks } from './halfBlocks.ts';
import type { Screen } from './livePicture.ts';
import { observationLines } from './observationLines.ts';
import type { Player } from './player.ts';
import { fitTo } from './resize.ts';
import { type Controls, KEYS } from './watchKeys.ts';

/** Lines beside the picture: the title, how it goes, the keys, and one for the cursor. */
const OTHERS = 4;

/** What is shown of a world that is played; none of the lines is wider than the screen. */
export function watchLines(
  player: Player,
  controls: Controls,
  title: string,
  { columns, rows, color }: Screen,
  terminal: NodeJS.ProcessEnv = process.env,
): string[] {
  const [width, height] = [Math.max(1, columns - 1), Math.max(1, rows - OTHERS)];
  const frame = color ? player.frame : undefined;
  const picture = frame
    ? halfBlocks(fitTo(frame, width, 2 * height), colorsOf(terminal))
    : observationLines(player.envs.groups)
        .slice(0, height)
        .map((line) => line.slice(0, width));
  const styled = (text: string, code: number) =>
    color ? `\x1b[${code}m${text.slice(0, width)}\x1b[m` : text.slice(0, width);
  const lines = [styled(title, 1), ...picture, styled(statusOf(player, controls), 0), styled(KEYS, 2)];
  return rows > OTHERS ? lines : lines.slice(0, Math.max(1, rows - 1));
}

/** Where the episode is, and how those before it went. */
function statusOf(
  { episode, step, return: sum, envs }: Player,
  { fps, isPaused, isSkipping }: Controls,
): string {
  const { episodes, episodeReturn, episodeScores } = envs.scores;
  const scores = Object.entries({ return: episodeReturn, ...episodeScores });
  const played =
    episodes > 0
      ? [`${episodes} played: ${scores.map(([name, mean]) => `${name} ${score(mean)}`).join(', ')}`]
      : [];
  const pace = isPaused ? 'paused' : isSkipping ? 'skipping' : `${fps} fps`;
  return [`episode ${episode}`, `step ${step}`, `return ${score(sum)}`, ...played, pace].join(' · ');
}
