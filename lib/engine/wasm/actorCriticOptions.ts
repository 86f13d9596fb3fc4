import { ConfigError } from '../../errors.ts';
import type { NetworkSpec } from '../../network.ts';
import { choicesOf } from '../../space/choices.ts';
import { layout } from '../../space/layout.ts';
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

/**
 * The network that acts in these spaces: categorical for choices, Gaussian for a Box.
 *
 * @throws ConfigError if there is none for such actions, or its deviations are asked for in two ways
 */
export function networkOf(
  { observation, action }: { readonly observation: Space; readonly action: Space },
  network: NetworkSpec,
): ActorCriticOptions {
  if (network.stateDependentStd && network.exploration === 'gsde')
    throw new ConfigError(
      "config: network: expected stateDependentStd or exploration 'gsde', which has deviations of its own, got both",
    );
  const own = { observation, inputs: layout(observation).size, network };
  const choices = choicesOf(action);
  if (choices) return { ...own, choices };
  if (action.type === 'Box' && action.dtype === 'f32')
    return { ...own, choices: [], dimensions: action.size };
  throw new ConfigError(
    `policies: expected actions of a Box of f32, or of Discrete, MultiDiscrete and MultiBinary only, got ${JSON.stringify(action)}`,
  );
}
