import type { Tensor as HostTensor } from '../../nouns.ts';
import type { Tensor, Tensor2D, Tensor3D, Variable } from './tf.ts';

/** What a policy puts out for B observations. What else it puts out is for a loss of one's own. */
export interface Outputs {
  /** [B, P] the logits of all choices, or a Gaussian's means and, where they depend on the state, log-deviations. */
  readonly policy: Tensor2D;
  /** [B] */
  readonly values: Tensor;
  /** [A] a Gaussian's log-deviations, where they do not depend on the state. */
  readonly logStd?: Tensor;
  readonly [name: string]: Tensor | undefined;
}

/** Whole segments, for policies with a memory: T steps of N rows. */
export interface Segments {
  /** [T, N, inputs] */
  readonly observations: Tensor3D;
  /** [N, S] the states before the first step */
  readonly states: Tensor2D;
  /** [T, N] what is carried over to step t: 0 where an episode begins, else 1; of the first step too. */
  readonly keeps: Tensor2D;
}

/** A policy and a critic of tensors, which can be learned by the gradients of what they put out. */
export interface TensorPolicy {
  /** All that is trained, in a fixed order, by names that are their own. */
  readonly variables: readonly (readonly [name: string, variable: Variable])[];
  /** @param observations [B, inputs] */
  apply(observations: Tensor2D): Outputs;
  /** The same of whole segments, B = T · N, step after step; absent: it has no memory. */
  applySegments?(segments: Segments): Outputs;
  /** Takes on weights, what observations are normalised by included. */
  assign(weights: Readonly<Record<string, HostTensor>>): void;
  dispose(): void;
}
