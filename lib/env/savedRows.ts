import type { Column } from '../arena.ts';
import { CheckpointError } from '../errors.ts';
import type { Saved } from '../nouns.ts';
import { savedCount } from '../restore.ts';
import type { ColumnarEnv } from './env.ts';
import { rowsOf } from './envColumns.ts';
import { type StateSpec, stateColumn } from './stateSpec.ts';
import type { Autoreset } from './vectorOptions.ts';

/** Which values a saved column of bookkeeping may hold. */
const allowed: Readonly<Record<string, ((value: number) => boolean) | undefined>> = {
  masks: isFlag,
  pending: isFlag,
  ended: isFlag,
  elapsed: isCount,
  episodeReturns: Number.isFinite,
  recentReturns: Number.isFinite,
  recentLengths: isCount,
  // New streams are numbered upwards from the highest.
  streams: (stream) => stream < 2 ** 31,
};

function isFlag(value: number): boolean {
  return value === 0 || value === 1;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Checks the values of bookkeeping. @throws CheckpointError naming the first that cannot be */
export function checkBookkeeping(saved: Saved): void {
  for (const [name, { data }] of Object.entries(saved.tensors)) {
    const fits = allowed[name.slice(name.lastIndexOf('.') + 1)];
    if (!fits || name.startsWith('state.') || name.startsWith('params.')) continue;
    refuse(name, data, fits, () => 'cannot be');
  }
}

interface Worlds {
  readonly env: ColumnarEnv;
  readonly numEnvs: number;
  readonly autoreset: Autoreset;
}

/**
 * Checks what a columnar env says of its state, and that the bookkeeping is one that its worlds can come to; to be
 * called when the columns are known to be there.
 *
 * @throws CheckpointError naming the first value that cannot be
 */
export function checkWorlds({ env, numEnvs, autoreset }: Worlds, saved: Saved): void {
  checkBookkeeping(saved);
  const [t, steps, episodes] = ['t', 'steps', 'episodes'].map((name) => savedCount('envs', saved, name));
  if (steps > t * rowsOf(env, numEnvs) || episodes > steps) {
    const got = `t ${t}, steps ${steps}, episodes ${episodes}`;
    throw new CheckpointError(`checkpoint: envs: ${numEnvs} worlds cannot have taken so many steps: ${got}`);
  }
  const { elapsed, pending, ended } = saved.tensors;
  const most = Math.min(t, env.maxEpisodeSteps ?? t);
  refuse(
    'elapsed',
    elapsed.data,
    (steps) => steps <= most,
    () => `expected at most ${most} steps`,
  );
  if (env.spawn)
    refuse(
      'ended',
      ended.data,
      (flag) => flag === 0,
      () => 'expected 0, for agents come anew in worlds that never end',
    );
  // Where agents come anew their worlds never end, and a row's flag is told by nothing else.
  const due = (i: number) => (autoreset === 'SAME_STEP' ? 0 : env.spawn ? pending.data[i] : ended.data[i]);
  refuse(
    'pending',
    pending.data,
    (flag, i) => flag === due(i),
    (i) => `expected ${due(i)} with ${autoreset}`,
  );
  for (const name of Object.keys(env.params ?? {}))
    refuse(
      `params.${name}`,
      saved.tensors[`params.${name}`].data,
      (value) => !Number.isNaN(value),
      () => 'expected a number',
    );
  for (const [name, spec] of Object.entries(env.state as StateSpec)) {
    const { low, high } = stateColumn(spec);
    if (low === undefined && high === undefined) continue;
    const [least, greatest] = [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY];
    const within = (value: number) => value >= least && value <= greatest;
    refuse(
      `state.${name}`,
      saved.tensors[`state.${name}`].data,
      within,
      () => `expected a value in [${least}, ${greatest}]`,
    );
  }
}

function refuse(
  name: string,
  data: Column,
  fits: (value: number, i: number) => boolean,
  problem: (i: number) => string,
) {
  for (let i = 0; i < data.length; i++) {
    if (!fits(data[i], i))
      throw new CheckpointError(`checkpoint: envs.${name}[${i}]: ${problem(i)}, got ${data[i]}`);
  }
}
