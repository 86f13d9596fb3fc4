import { cartPole } from '../../envs/cartPole.ts';
import { Arena, bytesOf } from '../../lib/arena.ts';
import { ActorCritic } from '../../lib/engine/wasm/actorCritic.ts';
import { chooseBuild, layoutOf } from '../../lib/engine/wasm/kernels.ts';
import { PpoLearner } from '../../lib/engine/wasm/ppoLearner.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import type { Json } from '../../lib/nouns.ts';
import type { Estimate, Minibatch } from '../../lib/records.ts';
import { Alone, after, type Crew } from '../../lib/workers/crew.ts';
import { crewColumns } from '../../lib/workers/crewColumns.ts';
import { ThreadCrew } from '../../lib/workers/threadCrew.ts';
import { countFlops } from '../flops.ts';
import { type NetworkName, networks } from './networks.ts';
import { fillUniform, uniforms } from './random.ts';
import type { Workload } from './workload.ts';

// CleanRL's, but for a step so small that thousands of updates on the same rows change little.
const config = {
  learningRate: 1e-6,
  adamEps: 1e-5,
  normAdv: true,
  clipCoef: 0.2,
  clipVloss: true,
  entCoef: 0.01,
  vfCoef: 0.5,
  maxGradNorm: 0.5,
};

/** A PPO update of one minibatch, all of it: forward, loss, backward, global-norm clip, Adam. */
export function update(network: NetworkName, samples: number): Workload {
  const options = networks[network];
  return {
    name: `update/${network}`,
    flops: countFlops(options).update,
    parallel: true,
    async open({ deterministic, threads }) {
      const layout = layoutOf(chooseBuild(deterministic));
      const columns = rolloutColumns(samples, options.inputs);
      const arena = new Arena(
        bytesOf(crewColumns(threads)) +
          bytesOf(columns) +
          bytesOf(ActorCritic.columns(options, layout, threads)) +
          bytesOf(PpoLearner.columns(options, layout, threads)),
        { deterministic },
      );
      const crew = threads > 1 ? new ThreadCrew(arena, { workers: threads }, cartPole.id) : undefined;
      const { actorCritic, learner } = openLearner(network, arena, crew ?? new Alone());
      actorCritic.initialize(1);
      const rollout = arena.take(columns);
      const uniform = uniforms(1);
      const [choices] = options.choices;
      fillUniform(rollout.observations, -1, 1, uniform);
      fillUniform(rollout.advantages, -1, 1, uniform);
      fillUniform(rollout.returns, -1, 1, uniform);
      fillUniform(rollout.values, -0.1, 0.1, uniform);
      for (let i = 0; i < samples; i++) {
        rollout.actions[i] = Math.floor(choices * uniform());
        rollout.logProbs[i] = Math.log(1 / choices) + 0.1 * (uniform() - 0.5);
        rollout.order[i] = i;
      }
      arena.kernels.shuffle(rollout.order.byteOffset, samples, 1, 0, 0, 0);
      const minibatch: Minibatch<Estimate> = {
        kind: 'minibatch',
        columns: rollout as unknown as Estimate,
        indices: rollout.order,
      };
      // Threads ask for an env; this one is not stepped.
      const env = { module: cartPole.module as string, id: cartPole.id };
      await crew?.start(arena, {
        opener: { module: import.meta.url, name: 'openMember' },
        env,
        data: { network },
      });
      return {
        unit: () => after(learner.update(minibatch), () => samples),
        close: () => crew?.close(),
      };
    },
  };
}

/** The learner on a thread of the crew. */
export function openMember(_env: AnyEnv, arena: Arena, crew: Crew, data: Json): undefined {
  openLearner((data as { network: NetworkName }).network, arena, crew);
}

function openLearner(network: NetworkName, arena: Arena, crew: Crew) {
  const actorCritic = new ActorCritic(networks[network], arena, crew.size);
  return { actorCritic, learner: new PpoLearner(actorCritic, config, () => 0, crew) };
}

/** What a learner reads of a rollout. */
function rolloutColumns(samples: number, inputs: number) {
  return {
    observations: ['f32', samples * inputs],
    actions: ['i32', samples],
    logProbs: ['f32', samples],
    values: ['f32', samples],
    advantages: ['f32', samples],
    returns: ['f32', samples],
    order: ['u32', samples],
  } as const;
}
