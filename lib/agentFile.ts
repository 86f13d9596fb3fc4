import type { Checkpoint } from './checkpoint.ts';
import { decodeCheckpoint } from './checkpoint.ts';
import { configure } from './config.ts';
import type { ActorCriticOptions } from './engine/wasm/actorCritic.ts';
import { CheckpointError } from './errors.ts';
import { type NetworkSpec, networkSchema } from './network.ts';
import type { Json, Tensor } from './nouns.ts';
import { prefixed, unprefixed } from './restore.ts';
import type { Box } from './space/box.ts';
import type { Discrete } from './space/discrete.ts';
import { spaceFromJson } from './space/spaceFromJson.ts';

/** What an agent is, apart from the trainer: enough to act. Every checkpoint holds one. */
export interface AgentFile {
  readonly env: string;
  readonly observation: Box;
  readonly action: Discrete;
  readonly network: NetworkSpec;
  readonly weights: Readonly<Record<string, Tensor>>;
}

const PREFIX = 'agent.';

/** The agent's part of a checkpoint. */
export function agentPart({ env, observation, action, network, weights }: AgentFile): {
  tensors: Record<string, Tensor>;
  values: Json;
} {
  const spaces = { observation: observation.toJSON(), action: action.toJSON() };
  return {
    tensors: prefixed(PREFIX, weights),
    values: { env, ...spaces, network } as unknown as Json,
  };
}

/** Reads the agent out of a checkpoint's bytes. @throws CheckpointError if there is none, or the bytes are damaged */
export function readAgent(bytes: Uint8Array): AgentFile {
  return agentOf(decodeCheckpoint(bytes));
}

export function agentOf({ tensors, values }: Checkpoint): AgentFile {
  const { agent } = (values ?? {}) as {
    agent?: { env: string; observation: Json; action: Json; network: Json };
  };
  if (!agent) throw new CheckpointError('checkpoint: it holds no agent');
  try {
    const observation = spaceFromJson(agent.observation);
    const action = spaceFromJson(agent.action);
    if (observation.type !== 'Box')
      throw new TypeError(`expected a Box of observations, got a ${observation.type}`);
    if (action.type !== 'Discrete') throw new TypeError(`expected a Discrete action, got a ${action.type}`);
    return {
      env: agent.env,
      observation,
      action,
      network: configure(networkSchema, agent.network),
      weights: unprefixed(PREFIX, tensors),
    };
  } catch (error) {
    throw new CheckpointError(`checkpoint: its agent cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The network an agent needs. */
export function networkOf({
  observation,
  action,
  network,
}: Omit<AgentFile, 'weights' | 'env'>): ActorCriticOptions {
  return { inputs: observation.size, choices: action.n, network };
}
