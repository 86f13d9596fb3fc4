import { networkOf, readAgent } from './agentFile.ts';
import { Arena, bytesOf } from './arena.ts';
import { ActorCritic } from './engine/wasm/actorCritic.ts';
import { chooseBuild, layoutOf } from './engine/wasm/kernels.ts';
import { WasmAgent } from './engine/wasm/wasmAgent.ts';
import type { Box } from './space/box.ts';
import type { Discrete } from './space/discrete.ts';

/** An agent that plays, without the trainer. */
export interface LoadedAgent {
  /** Id of the env it was trained in. */
  readonly env: string;
  readonly observation: Box;
  readonly action: Discrete;
  /** The action for one observation. @throws RangeError if it is not in the observation space */
  act(observation: ArrayLike<number>): number;
  /** The critic's estimate for the observation that was acted on last. */
  readonly value: number;
}

export interface LoadAgentOptions {
  /** Sample actions from this seed instead of taking the most probable one. */
  readonly sampleSeed?: number;
}

/**
 * Reads an agent from the bytes of a checkpoint, for a game loop in Node or in a page.
 *
 * @throws CheckpointError if the bytes are no checkpoint, or damaged
 */
export function loadAgent(bytes: Uint8Array, { sampleSeed }: LoadAgentOptions = {}): LoadedAgent {
  const file = readAgent(bytes);
  const { env, observation, action, weights } = file;
  const options = networkOf(file);
  const specs = { observations: ['f32', observation.size] } as const;
  const layout = layoutOf(chooseBuild());
  const bytesNeeded =
    bytesOf(ActorCritic.columns(options, layout)) + bytesOf(WasmAgent.columns(1)) + bytesOf(specs);
  const arena = new Arena(bytesNeeded);
  const network = ActorCritic.from(options, weights, arena);
  const agent = new WasmAgent(network, 1, sampleSeed ?? 0, { greedy: sampleSeed === undefined });
  const { observations } = arena.take(specs);
  let t = 0;
  let value = Number.NaN;
  return {
    env,
    observation,
    action,
    act(seen) {
      const problem = observation.problem(seen, 'observation');
      if (problem) throw new RangeError(`act: ${problem}`);
      observations.set(Array.isArray(seen) ? (seen.flat(Number.POSITIVE_INFINITY) as number[]) : seen);
      const { actions, values } = agent.infer({ kind: 'observation', t: t++, observations });
      value = values[0];
      return actions[0];
    },
    get value() {
      return value;
    },
  };
}
