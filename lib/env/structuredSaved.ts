import type { Column } from '../arena.ts';
import { CheckpointError } from '../errors.ts';
import type { Saved } from '../nouns.ts';
import type { StructuredEnv } from './structured.ts';
import type { StructuredGroup } from './structuredGroup.ts';
import type { Autoreset } from './vectorOptions.ts';

interface Worlds {
  readonly env: StructuredEnv;
  readonly numEnvs: number;
  readonly autoreset: Autoreset;
  readonly groups: readonly StructuredGroup[];
}

type Counters = Readonly<Record<'t' | 'steps' | 'episodes', number>>;

/**
 * Checks that saved rows are ones that the worlds can come to; to be called when the columns are known to be there and
 * their flags and counts to be such.
 *
 * @throws CheckpointError naming the first row that cannot be
 */
export function checkStructured(worlds: Worlds, saved: Saved, { t, steps, episodes }: Counters): void {
  const { groups, numEnvs, autoreset, env } = worlds;
  const total = groups.reduce((sum, group) => sum + group.rows, 0);
  if (steps > t * total || episodes > steps)
    refuse('counters', `${steps} steps and ${episodes} episodes of ${total} rows cannot be at step ${t}`);
  const { ended, elapsed } = saved.tensors;
  const most = Math.min(t, (env.maxEpisodeSteps ?? Number.POSITIVE_INFINITY) - 1);
  for (let world = 0; world < numEnvs; world++) {
    const isOver = ended.data[world] === 1 && autoreset === 'NEXT_STEP';
    const present = groups.flatMap((group) => namesIn(group, world, rowsOf(group, saved).occupants)).length;
    if (isOver ? present > 0 : present === 0)
      refuse(`world ${world}`, `${present} agents in an episode that ${isOver ? 'is over' : 'goes on'}`);
    if (elapsed.data[world] > (isOver ? 0 : most))
      refuse(`world ${world}`, `elapsed: ${elapsed.data[world]} steps cannot be`);
  }
  for (const group of groups) {
    const rows = rowsOf(group, saved);
    if (rows.gone.some((flag) => flag > 1)) refuse(group.kind, 'gone: expected flags of 0 and 1');
    for (let row = 0; row < group.rows; row++) {
      const world = Math.floor(row / group.slots);
      const wasReset = autoreset === 'SAME_STEP' && ended.data[world] === 1;
      const problem =
        occupantProblem(worlds, group, rows, row) ??
        elapsedProblem(rows, row, elapsed.data[world]) ??
        observationProblem(group, rows, row, wasReset) ??
        maskProblem(group, rows, row);
      if (problem) refuse(`${group.kind}[${row}]`, problem);
    }
  }
}

/** Who is in a world. */
export function namesIn({ slots, agents }: StructuredGroup, world: number, occupants: Column): string[] {
  const inside = Array.from(occupants.subarray(world * slots, (world + 1) * slots)).filter(
    (place) => place > 0,
  );
  return inside.map((place) => agents[place - 1]);
}

/** The columns of a kind as they were saved. */
export function rowsOf({ kind }: StructuredGroup, { tensors }: Saved): Record<string, Column> {
  const names = ['occupants', 'gone', 'masks', 'elapsed', 'episodeReturns', 'observations', 'actionMasks'];
  return Object.fromEntries(names.map((name) => [name, tensors[`rows.${kind}.${name}`]?.data]));
}

function occupantProblem(
  { env }: Worlds,
  { agents, slots }: StructuredGroup,
  { occupants, gone }: Record<string, Column>,
  row: number,
): string | undefined {
  const place = occupants[row];
  const slot = row % slots;
  if (!(place >= 0 && place <= agents.length)) return `occupants: ${place} is no agent's place`;
  if (place === 0) return undefined;
  if (slots === agents.length && place !== slot + 1)
    return `occupants: ${agents[place - 1]} is in another's row`;
  if (occupants.subarray(row - slot, row).some((other) => other === place))
    return `occupants: ${agents[place - 1]} is there twice`;
  const flag = gone[((row - slot) / slots) * agents.length + place - 1];
  return flag === 1 && !env.reappear ? `gone: ${agents[place - 1]} is there, but has finished` : undefined;
}

function elapsedProblem(
  { occupants, elapsed, episodeReturns }: Record<string, Column>,
  row: number,
  most: number,
): string | undefined {
  if (elapsed[row] > (occupants[row] ? most : 0)) return `elapsed: ${elapsed[row]} steps cannot be`;
  return elapsed[row] === 0 && episodeReturns[row] !== 0
    ? 'episodeReturns: expected 0 before a step'
    : undefined;
}

/** Those who act next show something, and so do those who have just finished, unless their world was reset. */
function observationProblem(
  { layout }: StructuredGroup,
  { occupants, masks, observations }: Record<string, Column>,
  row: number,
  wasReset: boolean,
): string | undefined {
  const saved = observations.slice(row * layout.width, (row + 1) * layout.width);
  const again = new (saved.constructor as typeof Uint8Array)(layout.width);
  if (occupants[row] || (masks[row] && !wasReset)) {
    try {
      layout.pack(layout.unpack(saved, 0), again, 0, 'observation');
    } catch (error) {
      return (error as Error).message;
    }
  }
  const [a, b] = [saved, again].map(({ buffer }) => new Uint8Array(buffer));
  return a.every((byte, i) => byte === b[i]) ? undefined : 'observation: expected padding to be 0';
}

function maskProblem(
  { check }: StructuredGroup,
  { occupants, actionMasks }: Record<string, Column>,
  row: number,
): string | undefined {
  if (!actionMasks) return undefined;
  const flags = actionMasks.subarray(row * check.choices, (row + 1) * check.choices);
  if (!occupants[row] && flags.some((flag) => flag !== 1)) return 'action mask: expected 1 where nobody acts';
  return check.maskProblem(actionMasks as Uint8Array, row);
}

function refuse(where: string, problem: string): never {
  throw new CheckpointError(`checkpoint: envs: ${where}: ${problem}`);
}
