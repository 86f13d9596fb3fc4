import type { Tensor as HostTensor } from '../../nouns.ts';
import type { Space } from '../../space/space.ts';
import type { PolicyOrigin } from '../engine.ts';
import { type ActorCriticOptions, policyOutputs } from '../wasm/actorCriticOptions.ts';
import { assignVariable } from './assignVariable.ts';
import type { Device } from './device.ts';
import type { Outputs, TensorPolicy } from './policy.ts';
import type { Tensor, Tensor2D, Tf, Variable } from './tf.ts';

/** What a policy of one's own is made for. */
export interface PolicyRequest {
  readonly tf: Tf;
  /** Floats of a flat observation, and the space that it is of. */
  readonly inputs: number;
  readonly observation?: Space;
  /** P: the logits of all choices of an action's components, or a Gaussian's means. */
  readonly outputs: number;
  /** Above 0, from the run's seed and for this policy alone: what is drawn by it is the same in every run of that seed. */
  readonly seed: number;
  /** The first kind of agents that it acts for. */
  readonly kind: string;
}

/** A policy as a function of tensors, and what it is to learn. */
export interface PolicyProgram {
  readonly variables: Readonly<Record<string, Variable>>;
  /** From observations [B, inputs] to `policy` [B, P] and `values` [B], a Gaussian's `logStd` [A], and whatever a loss wants. */
  apply(observations: Tensor2D): Outputs;
}

/**
 * As much of a `LayersModel` as is used: from observations [B, inputs] to policy [B, P] and values [B, 1]; what else it puts
 * out has the name of its layer.
 */
export interface PolicyModel {
  apply(observations: Tensor2D): unknown;
  readonly outputNames: readonly string[];
  readonly nonTrainableWeights: readonly unknown[];
  readonly trainableWeights: readonly { readonly originalName: string; read(): Tensor }[];
  dispose(): unknown;
}

/**
 * Makes a policy of one's own, which is disposed of when the run is closed. Of the tensors that are made on the way its
 * variables stay, and what `tf.keep` keeps.
 */
export type OwnPolicy = (request: PolicyRequest) => PolicyProgram | PolicyModel;

/** @throws TypeError or RangeError unless it puts out what a policy for such spaces has to */
export function tensorPolicy(
  device: Device,
  make: OwnPolicy,
  options: ActorCriticOptions,
  { seed, kind, number }: PolicyOrigin,
): TensorPolicy {
  const { tf } = device;
  const { inputs, observation } = options;
  const outputs = policyOutputs(options);
  let made: ReturnType<OwnPolicy> | undefined;
  device.tidy(() => {
    made = make({ tf, inputs, observation, outputs, seed: ownSeed(seed, number), kind });
  });
  const { variables, apply, dispose } = programOf(tf, made as ReturnType<OwnPolicy> | undefined);
  const policy: TensorPolicy = {
    variables,
    apply,
    assign(weights: Readonly<Record<string, HostTensor>>) {
      device.tidy(() => {
        for (const [name, variable] of variables) assignVariable(tf, variable, weights[name]);
      });
    },
    dispose,
  };
  try {
    device.tidy(() => check(policy.apply(tf.zeros([2, inputs])), options));
  } catch (error) {
    dispose();
    throw error;
  }
  return policy;
}

/** TensorFlow.js takes a seed of 0 for none. */
function ownSeed(seed: number, policy: number): number {
  return 1 + ((seed + 7919 * policy) % 2 ** 20);
}

function programOf(tf: Tf, made: ReturnType<OwnPolicy> | undefined) {
  if (made && 'trainableWeights' in made) return programOfModel(tf, made);
  if (typeof made?.apply === 'function' && made.variables) return programOfFunction(made);
  throw new TypeError(
    `policy: expected a LayersModel, or { variables, apply }, got ${made === undefined ? 'nothing' : Object.keys(made)}`,
  );
}

function programOfFunction({ variables, apply }: PolicyProgram) {
  const named = Object.entries(variables);
  const dispose = () => {
    for (const [, variable] of named) variable.dispose();
  };
  return { variables: named, apply: (observations: Tensor2D) => apply(observations), dispose };
}

/** Layers' own names are counted over all models of a process: weights are named by their places. */
function programOfModel(tf: Tf, model: PolicyModel) {
  if (model.nonTrainableWeights.length > 0)
    throw new TypeError(
      `policy: expected a model whose weights are all learned, got ${model.nonTrainableWeights.length} that are not: they would not be saved`,
    );
  const variables = model.trainableWeights.map((weight, k) => {
    // What `read` returns is the variable itself.
    const name = `${k}.${weight.originalName.split('/').at(-1)}`;
    return [name, weight.read() as Variable] as const;
  });
  const apply = (observations: Tensor2D): Outputs => {
    const found = model.apply(observations);
    if (!Array.isArray(found) || found.length < 2)
      throw new TypeError('policy: expected a model with two outputs, policy and values, got another');
    const [policy, values, ...others] = found as [Tensor2D, Tensor, ...Tensor[]];
    const named = others.map((output, k) => [model.outputNames[k + 2], output] as const);
    return { ...Object.fromEntries(named), policy, values: tf.reshape(values, [-1]) };
  };
  return { variables, apply, dispose: () => void model.dispose() };
}

/** Checks what was put out for two observations. */
function check({ policy, values, logStd }: Outputs, options: ActorCriticOptions): void {
  const { dimensions = 0, network } = options;
  const outputs = policyOutputs(options);
  const expect = (name: string, shape: readonly number[], tensor: Tensor | undefined) => {
    if (tensor?.shape.join() === shape.join()) return;
    const got = tensor ? `[${tensor.shape.join(', ')}]` : 'none';
    throw new RangeError(
      `policy: expected ${name} of shape [${shape.join(', ')}] for two observations, got ${got}`,
    );
  };
  expect('policy', [2, outputs], policy);
  expect('values', [2], values);
  if (dimensions > 0 && !network.stateDependentStd) expect('logStd', [dimensions], logStd);
  else if (logStd)
    throw new RangeError(
      `policy: expected no logStd, which ${dimensions > 0 ? 'policy puts out with stateDependentStd' : 'is for continuous actions'}, got one`,
    );
}
