import type { Estimate } from './records.ts';

/**
 * Some samples of a minibatch on their way through the learner: what the network has put out for them, and the gradient
 * of the loss by that. The columns are the learner's own, and valid during the call only.
 */
export interface LossSamples {
  /** N, how many there are. */
  readonly n: number;
  /** Floats from a feature to the next: that of sample s is at feature · stride + s. */
  readonly stride: number;
  /**
   * [features, stride] What the policy puts out: the logits of all choices, those of forbidden ones far below 0, or the
   * means of a Gaussian, and its log-deviations if they depend on the observation.
   */
  readonly outputs: Float32Array;
  /** [features, stride] To be added to. */
  readonly dOutputs: Float32Array;
  /** [N] The critic's estimates. */
  readonly values: Float32Array;
  /** [N] To be added to. */
  readonly dValues: Float32Array;
  /** [N] What each counts in a mean over the minibatch: 1 / (how many count), or 0 if it is not to be learned from. */
  readonly scales: Float32Array;
  /** [N] Which transitions of `columns` they are. */
  readonly indices: Uint32Array;
  readonly columns: Omit<Estimate, 'kind'>;
}

/** A part of a loss, beside those that the learner has. */
export interface LossTerm {
  /** What it is reported as. */
  readonly name: string;
  /**
   * Adds the gradient of its part of the loss, and returns that part: Σ scales[s] · term[s]. What it does must depend on
   * the samples alone, for the same run to have the same bits.
   */
  differentiate(samples: LossSamples): number;
}
