import assert from 'node:assert/strict';
import { maskedCartPole } from '../../envs/maskedCartPole.ts';
import { memory } from '../../envs/memory.ts';
import { readAgent } from '../../lib/agentFile.ts';
import type { PartialConfig } from '../../lib/config.ts';
import { type ColumnarEnv, defineEnv } from '../../lib/env/env.ts';
import { evaluate } from '../../lib/evaluate.ts';
import { ppo, type ppoSchema } from '../../pipelines/ppo.ts';
import { iterate } from './iterations.ts';

type Changes = PartialConfig<typeof ppoSchema>;

interface Lesson {
  readonly env: ColumnarEnv;
  readonly iterations: number;
  readonly config: Changes;
  /** Mean returns that memories reach, and that nobody reaches without one. */
  readonly learned: number;
  readonly blind: number;
}

const lessons: Record<string, Lesson> = {
  'a bit that was shown two steps ago': {
    env: defineEnv({ ...(memory as ColumnarEnv), id: 'Bit-v0', params: { length: 1, delay: 1 } }),
    iterations: 12,
    config: { gamma: 1, gaeLambda: 1, entCoef: 0.02, numSteps: 16 },
    learned: 0.95,
    blind: 0.65,
  },
  'velocities that are not shown': {
    env: maskedCartPole,
    iterations: 80,
    config: {
      gamma: 0.98,
      gaeLambda: 0.8,
      entCoef: 0,
      numSteps: 32,
      network: { normalizeObservations: true },
    },
    learned: 150,
    blind: 80,
  },
};

const memories: Record<string, NonNullable<Changes['network']>['memory']> = {
  lstm: { kind: 'lstm', units: 32 },
  minGru: { kind: 'minGru', units: 32, layers: 2 },
  nothing: { kind: 'none' },
};

describe('memory', function () {
  this.timeout(60_000);

  for (const [what, { env, iterations, config, learned, blind }] of Object.entries(lessons)) {
    for (const [name, memory] of Object.entries(memories)) {
      const isBlind = memory?.kind === 'none';
      it(`${isBlind ? 'does not find' : 'finds'} ${what}, with ${name}`, async () => {
        const { agent } = await iterate(
          env,
          ppo,
          {
            ...{ totalSteps: 1e7, numEnvs: 32, numMinibatches: 4, updateEpochs: 8, learningRate: 8e-3 },
            ...{ clipVloss: false, ...config },
            network: { hidden: [32], shared: true, ...config.network, memory },
          },
          iterations,
        );
        const { meanReturn } = evaluate(env, readAgent(agent), { episodes: 100, seed: 5 });
        if (isBlind) assert.ok(meanReturn < blind, `a mean return of ${meanReturn}`);
        else assert.ok(meanReturn >= learned, `a mean return of ${meanReturn}`);
      });
    }
  }
});
