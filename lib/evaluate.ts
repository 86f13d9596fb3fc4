import { type AgentFile, networkOf } from './agentFile.ts';
import { Arena, bytesOf } from './arena.ts';
import { ActorCritic } from './engine/wasm/actorCritic.ts';
import { chooseBuild, layoutOf } from './engine/wasm/kernels.ts';
import { WasmAgent } from './engine/wasm/wasmAgent.ts';
import type { AnyEnv } from './env/env.ts';
import { SerialEnvs } from './env/serialEnvs.ts';
import { CheckpointError } from './errors.ts';
import { sameSpace } from './space/space.ts';

export interface EvaluateOptions {
  readonly episodes: number;
  /** Of the envs, and of the actions where they are sampled. */
  readonly seed: number;
  /** Sample actions instead of taking the most probable one. */
  readonly sample?: boolean;
}

export interface Evaluation {
  readonly episodes: number;
  readonly meanReturn: number;
  /** Standard deviation over the episodes (of the population). */
  readonly stdReturn: number;
  readonly meanLength: number;
}

/**
 * Plays whole episodes: the first one of as many worlds as there are episodes, so that short episodes do not
 * count more often than long ones.
 *
 * @throws CheckpointError if the agent's spaces are not the env's
 * @throws RangeError unless `episodes` is a positive integer
 */
export function evaluate(
  env: AnyEnv,
  file: AgentFile,
  { episodes, seed, sample }: EvaluateOptions,
): Evaluation {
  if (!(Number.isInteger(episodes) && episodes > 0)) {
    throw new RangeError(`evaluate: episodes must be a positive integer, got ${episodes}`);
  }
  checkSpaces(env, file);
  const vector = { numEnvs: episodes, seed };
  const options = networkOf(file);
  const arena = new Arena(
    bytesOf(SerialEnvs.columns(env, vector)) +
      bytesOf(ActorCritic.columns(options, layoutOf(chooseBuild()))) +
      bytesOf(WasmAgent.columns(episodes)),
  );
  const envs = new SerialEnvs(env, vector, arena);
  const network = ActorCritic.from(options, file.weights, arena);
  const agent = new WasmAgent(network, episodes, seed, { greedy: !sample });
  const returns = new Float64Array(episodes);
  const lengths = new Float64Array(episodes);
  const playing = new Uint8Array(episodes).fill(1);
  for (let left = episodes; left > 0; ) {
    const { rewards, terminations, truncations } = envs.step(agent.infer(envs.observe()));
    for (let i = 0; i < episodes; i++) {
      if (!playing[i]) continue;
      returns[i] += rewards[i];
      lengths[i]++;
      if (terminations[i] || truncations[i]) {
        playing[i] = 0;
        left--;
      }
    }
  }
  const meanReturn = mean(returns);
  const stdReturn = Math.sqrt(mean(returns.map((value) => (value - meanReturn) ** 2)));
  return { episodes, meanReturn, stdReturn, meanLength: mean(lengths) };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @throws CheckpointError unless the agent was made for these spaces */
export function checkSpaces(env: AnyEnv, file: Pick<AgentFile, 'observation' | 'action'>): void {
  for (const name of ['observation', 'action'] as const) {
    if (!sameSpace(env[name], file[name])) {
      const [expected, got] = [env[name], file[name]].map((space) => JSON.stringify(space.toJSON()));
      throw new CheckpointError(
        `checkpoint: expected the ${name} space of ${env.id}, ${expected}, got ${got}`,
      );
    }
  }
}
