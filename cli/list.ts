import type { Space } from '../lib/space/space.ts';
import { readArguments } from './arguments.ts';
import { aliases } from './envModule.ts';
import { printJson } from './jsonLines.ts';

/** `pufferflow list`: the built-in envs. Returns the exit code. */
export async function list(args: readonly string[]): Promise<number> {
  const { options } = readArguments({ json: 'flag' }, args, 0);
  const envs = [...aliases].map(([alias, { id, observation, action, threshold, maxEpisodeSteps }]) => ({
    id,
    alias,
    observation,
    action,
    threshold: threshold ?? null,
    maxEpisodeSteps: maxEpisodeSteps ?? null,
  }));
  if (options.json) {
    printJson({ envs });
    return 0;
  }
  const rows = envs.map(({ id, alias, observation, action, threshold, maxEpisodeSteps }) => [
    alias,
    id,
    brief(observation),
    brief(action),
    `${threshold ?? '–'}`,
    `${maxEpisodeSteps ?? '–'}`,
  ]);
  process.stdout.write(
    table([['env', 'id', 'observation', 'action', 'solved at', 'steps at most'], ...rows]),
  );
  return 0;
}

function brief(space: Space): string {
  return space.type === 'Box' ? `Box(${space.shape.join(', ')})` : `Discrete(${space.n})`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows
    .map((row) => `${row.map((cell, k) => cell.padEnd(widths[k] + 3)).join('')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}
