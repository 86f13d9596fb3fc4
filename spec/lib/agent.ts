import { type AgentFile, agentPart } from '../../lib/agentFile.ts';
import { encodeCheckpoint } from '../../lib/checkpoint.ts';
import type { ColumnarEnv } from '../../lib/env/env.ts';
import type { Json } from '../../lib/nouns.ts';
import { plain, randomTensors, shapesOf } from './engine/wasm/reference.ts';

/** An agent for an env, with random weights. */
export function randomAgent(env: ColumnarEnv, seed = 1, hidden: readonly number[] = [6]): AgentFile {
  const { id, observation, action } = env;
  const network = { ...plain, hidden };
  const weights = randomTensors(shapesOf({ inputs: observation.size, choices: [action.n], network }), seed);
  return { env: id, network, policies: { agent: { observation, action, weights } } };
}

/** The agent as a checkpoint's bytes. */
export function bytesOfAgent(file: AgentFile): Uint8Array<ArrayBuffer> {
  const { tensors, values } = agentPart(file);
  return encodeCheckpoint({ tensors, values: { agent: values } as Json });
}
