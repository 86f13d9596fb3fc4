import { networkOf } from '../lib/agentFile.ts';
import { Arena, bytesOf } from '../lib/arena.ts';
import { ActorCritic } from '../lib/engine/wasm/actorCritic.ts';
import { chooseBuild, layoutOf } from '../lib/engine/wasm/kernels.ts';
import { PpoLearner } from '../lib/engine/wasm/ppoLearner.ts';
import { WasmAgent } from '../lib/engine/wasm/wasmAgent.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { SerialEnvs } from '../lib/env/serialEnvs.ts';
import { RolloutRing } from '../lib/rolloutRing.ts';
import type { Nouns } from './pipeline.ts';
import type { PpoConfig } from './ppo.ts';

/** A graph's nouns in one arena, and what they share. The network's weights are still 0. */
export interface OpenNouns extends Nouns<PpoConfig> {
  readonly arena: Arena;
  readonly network: ActorCritic;
  readonly envs: SerialEnvs;
  readonly agent: WasmAgent;
  readonly ring: RolloutRing;
  readonly learner: PpoLearner;
}

/** Makes the nouns of a run on the wasm engine, in an arena that just holds them. */
export function openNouns(env: AnyEnv, config: PpoConfig, development = false): OpenNouns {
  const { numEnvs, numSteps, seed, autoreset } = config;
  const { observation, action } = env;
  const options = networkOf({ observation, action, network: config.network });
  const ringOptions = {
    numSteps,
    rows: numEnvs,
    observationSize: observation.size,
    finalObservations: autoreset === 'SAME_STEP',
    development,
  };
  const layout = layoutOf(chooseBuild(config.deterministic));
  const arena = new Arena(
    bytesOf(SerialEnvs.columns(env, config)) +
      bytesOf(ActorCritic.columns(options, layout)) +
      bytesOf(WasmAgent.columns(numEnvs)) +
      bytesOf(PpoLearner.columns(options, layout)) +
      bytesOf(RolloutRing.columns(ringOptions)),
    config,
  );
  const envs = new SerialEnvs(env, config, arena);
  const network = new ActorCritic(options, arena);
  return {
    config,
    arena,
    network,
    envs,
    agent: new WasmAgent(network, numEnvs, seed),
    ring: new RolloutRing(ringOptions, arena),
    learner: new PpoLearner(network, config, () => envs.steps / config.totalSteps),
  };
}
