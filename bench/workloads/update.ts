import { cartPole } from '../../envs/cartPole.ts';
import { Arena, bytesOf } from '../../lib/arena.ts';
import { countFlops } from '../../lib/engine/flops.ts';
import { ActorCritic } from '../../lib/engine/wasm/actorCritic.ts';
import { chooseBuild, layoutOf } from '../../lib/engine/wasm/kernels.ts';
import { PpoLearner } from '../../lib/engine/wasm/ppoLearner.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import type { Json } from '../../lib/nouns.ts';
import { Alone, after, type Crew } from '../../lib/workers/crew.ts';
import { crewColumns } from '../../lib/workers/crewColumns.ts';
import { ThreadCrew } from '../../lib/workers/threadCrew.ts';
import { openDeviceUpdate } from './deviceUpdate.ts';
import { type NetworkName, networks } from './networks.ts';
import { config, fillRollout, rolloutColumns } from './rollout.ts';
import type { Workload } from './workload.ts';

/** A PPO update of one minibatch, all of it: forward, loss, backward, global-norm clip, Adam. */
export function update(network: NetworkName, samples: number): Workload {
  const options = networks[network];
  return {
    name: `update/${network}`,
    flops: countFlops(options).update,
    parallel: true,
    onDevice: (open, backend) => openDeviceUpdate(options, samples, open, backend),
    async open({ deterministic, threads }) {
      const layout = layoutOf(chooseBuild(deterministic));
      const columns = rolloutColumns(options, samples);
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
      const minibatch = fillRollout(arena, arena.take(columns), options, samples);
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
