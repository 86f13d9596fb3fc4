import type { Column } from '../arena.ts';
import { CheckpointError } from '../errors.ts';
import type { Saved } from '../nouns.ts';

/** Which values a saved column of bookkeeping may hold. */
const allowed: Readonly<Record<string, ((value: number) => boolean) | undefined>> = {
  masks: isFlag,
  pending: isFlag,
  ended: isFlag,
  elapsed: isCount,
  episodeReturns: Number.isFinite,
  recentReturns: Number.isFinite,
  recentLengths: isCount,
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
    const bad = fits && !name.startsWith('state.') ? firstBad(data, fits) : -1;
    if (bad >= 0) throw new CheckpointError(`checkpoint: envs.${name}[${bad}]: ${data[bad]} cannot be`);
  }
}

function firstBad(data: Column, fits: (value: number) => boolean): number {
  for (let i = 0; i < data.length; i++) if (!fits(data[i])) return i;
  return -1;
}
