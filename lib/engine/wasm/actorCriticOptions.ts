import type { NetworkSpec } from '../../network.ts';
import type { Space } from '../../space/space.ts';

export interface ActorCriticOptions {
  /** Floats in a flat observation: what the network reads. */
  readonly inputs: number;
  /** Whose packed rows it reads; absent, and where they are flat already: rows of `inputs` floats. */
  readonly observation?: Space;
  /** Choices of each component of the categorical policy. */
  readonly choices: readonly number[];
  readonly network: NetworkSpec;
}

/** The choices of all components: outputs of the policy. */
export function countChoices({ choices }: ActorCriticOptions): number {
  return choices.reduce((sum, n) => sum + n, 0);
}
