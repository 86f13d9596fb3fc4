import { policyOf, readAgent } from './agentFile.ts';
import { Arena, bytesOf } from './arena.ts';
import { ActorCritic } from './engine/wasm/actorCritic.ts';
import { networkOf } from './engine/wasm/actorCriticOptions.ts';
import { chooseBuild, layoutOf } from './engine/wasm/kernels.ts';
import { WasmPoolAgent } from './engine/wasm/wasmPoolAgent.ts';
import type { LoadAgentOptions } from './loadAgent.ts';
import type { PoolAgent } from './poolRecords.ts';
import { layout } from './space/layout.ts';

export interface LoadPoolAgentOptions extends LoadAgentOptions {
  /** Worlds in a batch, as the pool has it. */
  readonly batchSize: number;
}

/**
 * Reads an agent from the bytes of a checkpoint, to act for the batches of a pool.
 *
 * @throws CheckpointError if the bytes are no checkpoint, or damaged
 * @throws RangeError if the kind is unknown, or missing where there are several
 */
export function loadPoolAgent(
  bytes: Uint8Array,
  { sampleSeed, kind, batchSize }: LoadPoolAgentOptions,
): PoolAgent {
  const file = readAgent(bytes);
  if (file.form === 'sac')
    throw new RangeError("loadPoolAgent: expected an actor-critic, got SAC's actor; loadAgent takes it");
  const policy = policyOf(file, kind, 'loadPoolAgent');
  const options = networkOf(policy, file.network);
  const form = layout(policy.observation);
  const columns = ActorCritic.columns(options, layoutOf(chooseBuild()));
  const arena = new Arena(bytesOf(columns) + bytesOf(WasmPoolAgent.columns(options, form, batchSize)));
  const network = ActorCritic.from(options, policy.weights, arena);
  return new WasmPoolAgent(network, form, batchSize, sampleSeed ?? 0, sampleSeed === undefined);
}
