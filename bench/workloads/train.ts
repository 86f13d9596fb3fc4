import { lastValueFrom, tap } from 'rxjs';
import { type Config, configure, type PartialConfig } from '../../lib/config.ts';
import { countFlops } from '../../lib/engine/flops.ts';
import { networkOf } from '../../lib/engine/wasm/actorCriticOptions.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import { kindsOf } from '../../lib/env/kinds.ts';
import { platform } from '../../lib/platform.ts';
import { openRun } from '../../pipelines/openRun.ts';
import { ppo, ppoSchema } from '../../pipelines/ppo.ts';
import { median } from '../meter.ts';
import { measurePhases } from '../phases.ts';
import type { Workload } from './workload.ts';

type Changes = PartialConfig<typeof ppoSchema>;

/** PufferLib 3.0's setting, with `Linear(obs, 128) + GELU` and heads. */
export const puffer = {
  // More than any measurement takes.
  totalSteps: 1e12,
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
} as const satisfies Changes;

/** PufferLib 4.0's for CartPole, with two dense layers in place of its MinGRU. */
export const cartPoleIni = {
  ...puffer,
  numSteps: 32,
  // Of 16384. Its replay ratio of 0.381 is 3.05 of these 8, and it draws whole ones.
  numMinibatches: 8,
  updateEpochs: 3 / 8,
  gamma: 0.8,
  gaeLambda: 0.922,
  clipCoef: 0.144,
  entCoef: 0.0368,
  network: { hidden: [32, 32], activation: 'gelu', shared: true },
} as const satisfies Changes;

/** PufferLib 3.0's setting with an LSTM behind the encoder: two minibatches of 512 segments. */
export const pufferLstm = {
  ...puffer,
  numEnvs: 1024,
  // Of 32768.
  numMinibatches: 2,
  network: { ...puffer.network, memory: { kind: 'lstm', units: 128 } },
} as const satisfies Changes;

/** PufferLib 4.0's for CartPole: three of eight minibatches of 512 segments. */
export const cartPoleMinGru = {
  ...cartPoleIni,
  network: { ...cartPoleIni.network, hidden: [32], memory: { kind: 'minGru', units: 32, layers: 2 } },
} as const satisfies Changes;

/** The whole loop, an iteration a unit; reset rows are not counted. */
export function train(name: string, env: AnyEnv, changes: Changes): Workload {
  const config = configure(ppoSchema, changes);
  return {
    name: `train/${name}`,
    flops: stepFlops(env, config),
    parallel: true,
    async open({ deterministic, threads }) {
      const run = await openRun(env, ppo, { ...changes, deterministic }, { workers: threads });
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
    phases: ({ deterministic }, meter, milliseconds) =>
      measurePhases(env, { ...changes, deterministic }, meter, milliseconds),
  };
}

/** To act in an env step, and to learn from it as often as the configuration does. */
export function stepFlops(env: AnyEnv, { network, updateEpochs }: Config<typeof ppoSchema>): number {
  const [kind] = kindsOf(env);
  const { infer, update } = countFlops(networkOf(kind, network));
  return infer + updateEpochs * update;
}
