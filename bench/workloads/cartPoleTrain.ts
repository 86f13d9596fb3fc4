import { lastValueFrom, tap } from 'rxjs';
import { cartPole } from '../../envs/cartPole.ts';
import type { PartialConfig } from '../../lib/config.ts';
import { platform } from '../../lib/platform.ts';
import { openRun } from '../../pipelines/openRun.ts';
import { ppo, type ppoSchema } from '../../pipelines/ppo.ts';
import { countFlops } from '../flops.ts';
import { median } from '../meter.ts';
import type { Workload } from './workload.ts';

/** PufferLib 3.0's setting, with `Linear(obs, 128) + GELU` and heads. */
export const puffer = {
  totalSteps: 100_000_000,
  numEnvs: 4096,
  numSteps: 64,
  numMinibatches: 8,
  updateEpochs: 1,
  gamma: 0.995,
  gaeLambda: 0.9,
  learningRate: { from: 0.015, to: 0, shape: 'cosine' },
  clipCoef: 0.2,
  clipVloss: true,
  vfCoef: 2,
  entCoef: 0.001,
  maxGradNorm: 1.5,
  network: { hidden: [128], activation: 'gelu', shared: true },
} as const satisfies PartialConfig<typeof ppoSchema>;

const { hidden, activation, shared } = puffer.network;
const gains = { hidden: 1, policy: 1, value: 1 };
const flops = countFlops({
  inputs: 4,
  choices: [2],
  network: { hidden, activation, shared, gains, normalizeBytes: true },
});

/** The whole loop, an iteration a unit; reset rows are not counted. */
export const cartPoleTrain: Workload = {
  name: 'train/cartpole-mlp128',
  flops: flops.infer + puffer.updateEpochs * flops.update,
  async open({ deterministic }) {
    const run = await openRun(cartPole, ppo, { ...puffer, deterministic });
    const iteration = run.metrics.pipe(tap(() => run.stop()));
    const shares: { rollout: number; update: number }[] = [];
    return {
      async unit() {
        const before = run.envs.steps;
        const began = platform.now();
        const { steps, rolloutTime, updateTime } = await lastValueFrom(iteration);
        const time = platform.now() - began;
        shares.push({ rollout: (100 * rolloutTime) / time, update: (100 * updateTime) / time });
        return steps - before;
      },
      note() {
        const rollout = median(shares.map((share) => share.rollout));
        const update = median(shares.map((share) => share.update));
        const other = 100 - rollout - update;
        return `rollout ${rollout.toFixed(1)} %, update ${update.toFixed(1)} %, other ${other.toFixed(1)} %`;
      },
      close: () => run.close(),
    };
  },
};
