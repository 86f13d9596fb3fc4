import type { NetworkSpec } from '../../network.ts';
import type { Space } from '../../space/space.ts';

export interface ActorCriticOptions {
  /** Floats in a flat observation: what the network reads. */
  readonly inputs: number;
  /** Whose packed rows it reads; absent, and where they are flat already: rows of `inputs` floats. */
  readonly observation?: Space;
  /** Choices of each component of a categorical policy; none: the policy is Gaussian. */
  readonly choices: readonly number[];
  /** Elements of a Gaussian policy's actions. */
  readonly dimensions?: number;
  readonly network: NetworkSpec;
}

/** The choices of all components of a categorical policy; 0: it is Gaussian. */
export function countChoices({ choices }: Pick<ActorCriticOptions, 'choices'>): number {
  return choices.reduce((sum, n) => sum + n, 0);
}

/** Rows that the policy puts out: the choices of all components, or means and, where states have their own, log-deviations. */
export function policyOutputs(options: ActorCriticOptions): number {
  const { dimensions = 0, network } = options;
  return countChoices(options) + (network.stateDependentStd ? 2 : 1) * dimensions;
}

/** K, elements of an action, and their type. */
export function actionForm({ choices, dimensions = 0 }: ActorCriticOptions) {
  return dimensions > 0
    ? { size: dimensions, type: 'f32' as const }
    : { size: choices.length, type: 'i32' as const };
}
