import { ConfigError } from '../../../errors.ts';
import type { NetworkSpec } from '../../../network.ts';
import { layout } from '../../../space/layout.ts';
import type { Space } from '../../../space/space.ts';

/** What SAC's networks are made of: dense layers. */
export type SacNetwork = Pick<NetworkSpec, 'hidden' | 'activation' | 'gains' | 'normalizeBytes'>;

export interface SacOptions {
  /** Floats in a flat observation. */
  readonly inputs: number;
  /** Whose packed rows are read; absent: rows of `inputs` floats. */
  readonly observation?: Space;
  /** [A] the bounds of each element of an action. */
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly network: SacNetwork;
}

/** @throws ConfigError unless actions are a Box of f32 with finite bounds, and the network is made of dense layers */
export function sacOptions(observation: Space, action: Space, network: NetworkSpec): SacOptions {
  if (
    action.type !== 'Box' ||
    action.dtype !== 'f32' ||
    ![...action.low, ...action.high].every(Number.isFinite)
  )
    throw new ConfigError(
      `policies: SAC expected actions of a bounded Box of f32, got ${JSON.stringify(action)}`,
    );
  const { convolutions, layerNorm, memory, normalizeObservations } = network;
  const { shared, stateDependentStd, initialLogStd, exploration } = network;
  if (convolutions.length > 0 || layerNorm || memory.kind !== 'none' || normalizeObservations)
    throw new ConfigError(
      'config: network: SAC expected dense layers only: no convolutions, layerNorm, memory or normalizeObservations',
    );
  if (exploration === 'gsde')
    throw new ConfigError("config: network: SAC explores by noisePeriod: exploration 'gsde' does not apply");
  if (shared || stateDependentStd || initialLogStd !== 0)
    throw new ConfigError(
      'config: network: SAC has networks of their own for actor and critics, and deviations that depend on the observation: shared, stateDependentStd and initialLogStd do not apply',
    );
  const { low, high } = action;
  return { observation, inputs: layout(observation).size, low, high, network };
}
