import type { Arena, Columns } from '../../lib/arena.ts';
import type { ActorCriticOptions } from '../../lib/engine/wasm/actorCriticOptions.ts';
import type { Estimate, Minibatch } from '../../lib/records.ts';
import { layout } from '../../lib/space/layout.ts';
import { fillUniform, uniforms } from './random.ts';

// CleanRL's, but for a step so small that thousands of updates on the same rows change little.
export const config = {
  learningRate: 1e-6,
  adamEps: 1e-5,
  normAdv: true,
  clipCoef: 0.2,
  clipVloss: true,
  entCoef: 0.01,
  vfCoef: 0.5,
  maxGradNorm: 0.5,
};

/** What a learner reads of a rollout. */
export function rolloutColumns({ inputs, observation }: ActorCriticOptions, samples: number) {
  const { dtype, width } = observation ? layout(observation) : { dtype: 'f32' as const, width: inputs };
  return {
    observations: [dtype, samples * width],
    actions: ['i32', samples],
    logProbs: ['f32', samples],
    values: ['f32', samples],
    advantages: ['f32', samples],
    returns: ['f32', samples],
    order: ['u32', samples],
  } as const;
}

/** A minibatch of made-up transitions, in an order of their own. */
export function fillRollout(
  arena: Arena,
  rollout: Columns<ReturnType<typeof rolloutColumns>>,
  { choices: [choices] }: ActorCriticOptions,
  samples: number,
): Minibatch<Estimate> {
  const uniform = uniforms(1);
  const { observations } = rollout;
  if (observations instanceof Float32Array) fillUniform(observations, -1, 1, uniform);
  else for (let i = 0; i < observations.length; i++) observations[i] = Math.floor(256 * uniform());
  fillUniform(rollout.advantages, -1, 1, uniform);
  fillUniform(rollout.returns, -1, 1, uniform);
  fillUniform(rollout.values, -0.1, 0.1, uniform);
  for (let i = 0; i < samples; i++) {
    rollout.actions[i] = Math.floor(choices * uniform());
    rollout.logProbs[i] = Math.log(1 / choices) + 0.1 * (uniform() - 0.5);
    rollout.order[i] = i;
  }
  arena.kernels.shuffle(rollout.order.byteOffset, samples, 1, 0, 0, 0);
  return { kind: 'minibatch', columns: rollout as unknown as Estimate, indices: rollout.order };
}
