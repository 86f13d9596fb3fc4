import { lastValueFrom, of } from 'rxjs';
import { type VtraceConfig, vtrace } from '../../operators/vtrace.ts';
import { inArena, type RolloutData } from '../operators/records.ts';
import { assertClose, golden } from './golden.ts';

type Columns = Record<'discounts' | 'rewards' | 'values', number[][]>;

interface Case extends Columns {
  name?: string;
  lambda_?: number;
  log_rhos: number[][];
  bootstrap_value: number[];
  clip_rho_threshold: number | null;
  clip_pg_rho_threshold: number | null;
  vs: number[][];
  pg_advantages: number[][];
  targets: number[][];
  pg_advantage: number[][];
}

/** Columns are [B][T]. */
interface Published extends Columns {
  rho: number[][];
  bootstrap_value: number[];
  targets: number[][];
  pg_advantage: number[][];
}

/** [segments][horizon]; what came of the action at t is at t + 1. */
interface PufferCase {
  segments: number;
  horizon: number;
  gamma: number;
  gae_lambda: number;
  vtrace_rho_clip: number;
  vtrace_c_clip: number;
  values: number[][];
  rewards: number[][];
  dones: number[][];
  importance: number[][];
  advantages: number[][];
}

const data = golden<{
  vtrace_cases: Case[];
  lambda_cases: Case[];
  rlax_published: Published;
  puff_advantage: PufferCase[];
}>('vtrace');

const transposed = (rows: number[][]) => rows[0].map((_, column) => rows.map((row) => row[column]));

interface Traced extends Columns {
  readonly rhos: number[][];
  readonly last: number[];
}

/**
 * V-trace over columns [T][N] whose discount differs from step to step. Ours is one for all, γ: time t is measured in
 * units of Π (discount / γ) over the steps before it.
 */
async function trace(
  { discounts, rewards, values, rhos, last }: Traced,
  config: Omit<VtraceConfig, 'gamma'>,
) {
  const gamma = Math.max(...discounts.flat());
  const units = [last.map(() => 1)];
  for (const row of discounts) {
    const before = units[units.length - 1];
    units.push(row.map((discount, i) => (discount === 0 ? 1 : (before[i] * discount) / gamma)));
  }
  const flat = units.flat();
  const zeros = rewards.flat().fill(0);
  const { targets, advantages } = await traced(
    {
      ...{ steps: rewards.length, rows: last.length, ratios: rhos.flat(), masks: zeros, truncations: zeros },
      rewards: rewards.flat().map((reward, at) => reward * flat[at]),
      values: [...values.flat(), ...last].map((value, at) => value * flat[at]),
      terminations: discounts.flat().map((discount) => +(discount === 0)),
    },
    { gamma, ...config },
  );
  const back = (column: Float32Array) => Array.from(column, (x, at) => x / flat[at]);
  return { targets: back(targets), advantages: back(advantages) };
}

async function traced(rollout: RolloutData, config: VtraceConfig) {
  const { returns, advantages } = await lastValueFrom(of(inArena(rollout)).pipe(vtrace(config)));
  return { targets: returns, advantages };
}

describe('golden: V-trace', () => {
  for (const [index, c] of [...data.vtrace_cases, ...data.lambda_cases].entries()) {
    const gaeLambda = c.lambda_ ?? 1;
    it(`case ${index}, λ ${gaeLambda}: targets and advantages as in scalable_agent and rlax`, async () => {
      const [rhoClip, pgRhoClip] = [c.clip_rho_threshold ?? Infinity, c.clip_pg_rho_threshold ?? Infinity];
      const rhos = c.log_rhos.map((row) => row.map(Math.exp));
      const columns = { ...c, rhos, last: c.bootstrap_value };
      const { targets, advantages } = await trace(columns, { gaeLambda, rhoClip, cClip: 1, pgRhoClip });
      assertClose(targets, (c.vs ?? c.targets).flat(), 1e-5, 'targets');
      assertClose(advantages, (c.pg_advantages ?? c.pg_advantage).flat(), 1e-5, 'advantages');
    });
  }

  it('the published numbers of rlax', async () => {
    const { discounts, rewards, values, rho, bootstrap_value, ...published } = data.rlax_published;
    const columns = {
      discounts: transposed(discounts),
      rewards: transposed(rewards),
      values: transposed(values),
      rhos: transposed(rho),
      last: bootstrap_value,
    };
    const config = { gaeLambda: 1, rhoClip: 1, cClip: 1, pgRhoClip: 1 };
    const { targets, advantages } = await trace(columns, config);
    assertClose(targets, transposed(published.targets).flat(), 1e-5, 'targets');
    assertClose(advantages, transposed(published.pg_advantage).flat(), 1e-5, 'advantages');
  });

  for (const [index, c] of data.puff_advantage.entries()) {
    it(`case ${index} of PufferLib's advantage`, async () => {
      // What arrives with the next observation is this step's; the last step, which they leave out, only bootstraps.
      const [rewards, dones] = [c.rewards, c.dones].map((column) => transposed(column).slice(1));
      const steps = c.horizon - 1;
      const zeros = rewards.flat().fill(0);
      const { advantages } = await traced(
        {
          ...{ steps, rows: c.segments, rewards: rewards.flat(), terminations: dones.flat() },
          ...{ truncations: zeros, masks: zeros, values: transposed(c.values).flat() },
          ratios: transposed(c.importance).slice(0, steps).flat(),
        },
        { gamma: c.gamma, gaeLambda: c.gae_lambda, rhoClip: c.vtrace_rho_clip, cClip: c.vtrace_c_clip },
      );
      assertClose(advantages, transposed(c.advantages).slice(0, steps).flat(), 1e-5, 'advantages');
    });
  }
});
