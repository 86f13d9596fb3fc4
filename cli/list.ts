import type { AnyEnv } from '../lib/env/env.ts';
import { kindsOf } from '../lib/env/kinds.ts';
import type { AgentKind } from '../lib/env/structured.ts';
import type { Space } from '../lib/space/space.ts';
import { readArguments } from './arguments.ts';
import { aliases } from './envModule.ts';
import { printJson } from './jsonLines.ts';

/** `pufferflow list`: the built-in envs. Returns the exit code. */
export async function list(args: readonly string[]): Promise<number> {
  const { options } = readArguments({ json: 'flag' }, args, 0);
  if (options.json) {
    printJson({ envs: [...aliases].map(describe) });
    return 0;
  }
  const rows = [...aliases].map(([alias, env]) => {
    const kinds = kindsOf(env);
    const { id, threshold, maxEpisodeSteps } = env;
    return [
      alias,
      id,
      kinds.map((kind) => briefKind(kind, kinds, kind.observation)).join('; '),
      kinds.map((kind) => briefKind(kind, kinds, kind.action)).join('; '),
      `${threshold ?? '–'}`,
      `${maxEpisodeSteps ?? '–'}`,
    ];
  });
  process.stdout.write(
    table([['env', 'id', 'observation', 'action', 'solved at', 'steps at most'], ...rows]),
  );
  return 0;
}

/** An env for programs: its spaces, or those of each kind of its agents. */
function describe([alias, env]: readonly [string, AnyEnv]): object {
  const kinds = kindsOf(env).map(({ name, observation, action, agents }) => ({
    name,
    agents,
    observation,
    action,
  }));
  const [{ agents, observation, action }] = kinds;
  const spaces = kinds.length === 1 && agents.length === 1 ? { observation, action } : { kinds };
  const { id, threshold = null, maxEpisodeSteps = null } = env;
  return { id, alias, ...spaces, threshold, maxEpisodeSteps };
}

/** A space of a kind; which kind, and how many agents it has, where that is not plain. */
function briefKind({ name, agents }: AgentKind, kinds: readonly AgentKind[], space: Space): string {
  const many = agents.length > 1 ? `${agents.length} × ` : '';
  return `${kinds.length > 1 ? `${name}: ` : ''}${many}${brief(space)}`;
}

function brief(space: Space): string {
  if (space.type === 'Discrete') return `Discrete(${space.n})`;
  if (space.type === 'MultiDiscrete') return `MultiDiscrete(${space.nvec.join(', ')})`;
  if (space.type === 'Dict')
    return `Dict(${space.entries.map(([name, part]) => `${name}: ${brief(part)}`).join(', ')})`;
  if (space.type === 'Tuple') return `Tuple(${space.spaces.map(brief).join(', ')})`;
  return `${space.type}(${space.shape.join(', ')})`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows
    .map((row) => `${row.map((cell, k) => cell.padEnd(widths[k] + 3)).join('')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}
