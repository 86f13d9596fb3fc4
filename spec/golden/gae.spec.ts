import { lastValueFrom, of } from 'rxjs';
import { Arena } from '../../lib/arena.ts';
import type { Bootstrapped } from '../../lib/records.ts';
import { gae } from '../../operators/gae.ts';
import { assertClose, golden } from './golden.ts';

interface Estimates {
  advantages: number[][];
  returns: number[][];
}

interface Case {
  T: number;
  N: number;
  gamma: number;
  gae_lambda: number;
  rewards: number[][];
  values: number[][];
  terminated: number[][];
  truncated: number[][];
  final_values: number[][];
  last_value: number[];
  no_bootstrap: Estimates;
  bootstrap_truncation: Estimates;
}

const { cases } = golden<{ cases: Case[] }>('gae');

async function estimate(data: Case, bootstrapTruncations: boolean) {
  const { T, N, gamma, gae_lambda } = data;
  const size = T * N;
  const arena = new Arena(64 * size + 4096);
  const columns = arena.take({
    rewards: ['f32', size],
    values: ['f32', size + N],
    terminations: ['u8', size],
    truncations: ['u8', size],
    finalValues: ['f32', size],
    advantages: ['f32', size],
    returns: ['f32', size],
  });
  const terminated = data.terminated.flat();
  const truncated = data.truncated.flat();
  columns.rewards.set(data.rewards.flat());
  columns.values.set([...data.values.flat(), ...data.last_value]);
  // CleanRL treats a truncation as a termination.
  columns.terminations.set(
    bootstrapTruncations ? terminated : terminated.map((flag, i) => flag | truncated[i]),
  );
  columns.truncations.set(truncated);
  columns.finalValues.set(data.final_values.flat());
  const finalValues = bootstrapTruncations ? columns.finalValues : undefined;
  const rollout = {
    kind: 'bootstrapped',
    steps: T,
    rows: N,
    ...columns,
    finalValues,
  } as unknown as Bootstrapped;
  return lastValueFrom(of(rollout).pipe(gae({ gamma, gaeLambda: gae_lambda })));
}

describe('golden: GAE against CleanRL and Stable-Baselines3', () => {
  for (const data of cases) {
    const { T, N, gamma, gae_lambda } = data;
    for (const form of ['no_bootstrap', 'bootstrap_truncation'] as const) {
      it(`${form}: T ${T}, N ${N}, γ ${gamma}, λ ${gae_lambda}`, async () => {
        const { advantages, returns } = await estimate(data, form === 'bootstrap_truncation');
        assertClose(advantages, data[form].advantages.flat(), 1e-5, 'advantages');
        assertClose(returns, data[form].returns.flat(), 1e-5, 'returns');
      });
    }
  }
});
