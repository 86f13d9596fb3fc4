import { type Arena, bytesOf } from '../../arena.ts';
import { ConfigError } from '../../errors.ts';
import type { NetworkSpec } from '../../network.ts';
import type { Maybe, Tensor } from '../../nouns.ts';
import type { Decision, Observation } from '../../records.ts';
import type { Space } from '../../space/space.ts';
import { ActorCritic } from './actorCritic.ts';
import { networkOf } from './actorCriticOptions.ts';
import type { KernelLayout } from './kernels.ts';
import { SacActor } from './sac/sacActor.ts';
import { SacAgent } from './sac/sacAgent.ts';
import { sacOptions } from './sac/sacOptions.ts';
import { WasmAgent } from './wasmAgent.ts';

/** What a saved policy is: an actor-critic, SAC's actor alone, or weights of a program of one's own. */
export type PolicyForm = 'actorCritic' | 'sac' | 'own';

export interface ActingOptions {
  readonly greedy: boolean;
  /** The number of row 0 among those of all agents that act with the same seed. */
  readonly firstRow?: number;
}

/** A policy that only acts, before there is an arena for it. */
export interface ActingPolicy {
  /** Its tensors' shapes by their names. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Bytes that it takes of an arena, to act for so many rows. */
  bytes(kernels: KernelLayout, rows: number): number;
  /** @throws CheckpointError if the weights do not fit */
  open(
    weights: Readonly<Record<string, Tensor>>,
    arena: Arena,
    rows: number,
    seed: number,
    options: ActingOptions,
  ): { infer(observation: Observation): Maybe<Decision> };
}

/** @throws ConfigError if there is no such policy for these spaces */
export function planActing(
  form: PolicyForm,
  { observation, action }: { readonly observation: Space; readonly action: Space },
  network: NetworkSpec,
): ActingPolicy {
  if (form === 'own')
    throw new ConfigError(
      "policies: expected one that can act from its file, got the weights of a program of one's own: act by that program",
    );
  if (form === 'sac') {
    const options = sacOptions(observation, action, network);
    return {
      shapes: SacActor.shapes(options),
      bytes: (kernels, rows) =>
        bytesOf(SacActor.columns(options, kernels)) + bytesOf(SacAgent.columns(options, rows)),
      open(weights, arena, rows, seed, acting) {
        const actor = new SacActor(options, arena);
        actor.load(weights);
        return new SacAgent(actor, rows, seed, acting);
      },
    };
  }
  const options = networkOf({ observation, action }, network);
  return {
    shapes: ActorCritic.shapes(options),
    bytes: (kernels, rows) =>
      bytesOf(ActorCritic.columns(options, kernels)) + bytesOf(WasmAgent.columns(options, rows)),
    open: (weights, arena, rows, seed, acting) =>
      new WasmAgent(ActorCritic.from(options, weights, arena), rows, seed, acting),
  };
}
