import assert from 'node:assert/strict';
import type { PartialConfig } from '../../lib/config.ts';
import type { ColumnarEnv } from '../../lib/env/env.ts';
import { evaluate, openTeam } from '../../lib/evaluate.ts';
import { isGrouped } from '../../lib/records.ts';
import { openRun, type Run } from '../../pipelines/openRun.ts';
import { ppo, type ppoSchema } from '../../pipelines/ppo.ts';
import { constantReward } from '../fakes/constantReward.ts';
import {
  identityBox,
  identityDiscrete,
  identityMultiBinary,
  identityMultiDiscrete,
} from '../fakes/identity.ts';

async function trained<T>(
  env: ColumnarEnv,
  config: PartialConfig<typeof ppoSchema>,
  judge: (run: Run<typeof ppoSchema>) => T,
): Promise<T> {
  const run = await openRun(env, ppo, config);
  try {
    await run.metrics.forEach(() => {});
    return judge(run);
  } finally {
    run.close();
  }
}

/** As Stable-Baselines3 tests them. */
const choices: PartialConfig<typeof ppoSchema> = {
  totalSteps: 1200,
  numEnvs: 1,
  numSteps: 256,
  updateEpochs: 4,
  gamma: 0.4,
  learningRate: 2e-3,
  clipVloss: false,
  entCoef: 0,
};

const numbers: PartialConfig<typeof ppoSchema> = {
  ...choices,
  totalSteps: 1000,
  numSteps: 512,
  numMinibatches: 8,
  gamma: 0.95,
  learningRate: 1e-3,
};

const identities = [
  [identityDiscrete, choices],
  [identityMultiDiscrete, choices],
  [identityMultiBinary, choices],
  [identityBox, numbers],
] as const;

describe('ppo', () => {
  for (const [env, config] of identities) {
    it(`learns ${env.id} within ${config.totalSteps} steps`, async () => {
      const returns = [];
      for (const seed of [1, 2, 3])
        returns.push(
          await trained(env, { ...config, seed }, ({ agent }) => {
            return evaluate(env, agent, { episodes: 20, seed: 100 }).meanReturn;
          }),
        );
      const median = returns.sort((a, b) => a - b)[1];
      assert.ok(median > 90, `returns of ${returns}`);
    });
  }

  for (const autoreset of ['NEXT_STEP', 'SAME_STEP'] as const) {
    it(`values what lies beyond a truncation: with γ 0.98, a reward of 1 a step is worth 50 (${autoreset})`, async () => {
      const config = {
        autoreset,
        totalSteps: 40_000,
        numEnvs: 8,
        numSteps: 32,
        numMinibatches: 1,
        gamma: 0.98,
        learningRate: { from: 1e-2, to: 0 },
        clipVloss: false,
      };
      const value = await trained(constantReward, config, ({ agent }) => {
        const { envs, act, close } = openTeam(constantReward, agent, 1, 1, true);
        const decision = act(envs.observe());
        close();
        return isGrouped(decision) ? Number.NaN : decision.values[0];
      });
      assert.ok(Math.abs(value - 50) < 1, `a value of ${value}`);
    });
  }
});
