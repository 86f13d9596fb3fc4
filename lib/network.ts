import { type Config, choice, count, counts, flag, list, real } from './config.ts';

/** What an actor-critic network is made of: convolutions and dense layers, a memory, then a policy head and a value head. */
export const networkSchema = {
  /** Of images, before the dense layers; Mnih et al.'s (Nature 2015) are 32×8/4, 64×4/2, 64×3/1, then hidden [512]. */
  convolutions: list({ channels: count(32), kernel: count(8), stride: count(4) }),
  /** Units of the hidden layers, in order. */
  hidden: counts([64, 64]),
  activation: choice('tanh', 'relu', 'gelu'),
  /** One trunk for both heads, or one for each. */
  shared: flag(false),
  /** Normalise what the dense layers put out, before the activation (arXiv:1607.06450). */
  layerNorm: flag(false),
  /** What carries over from step to step, between the trunk, which must be shared, and the heads. */
  memory: {
    kind: choice('none', 'lstm', 'gru', 'minGru'),
    units: count(128),
    /** Cells on top of one another: minGru only. */
    layers: count(1),
  },
  /** Of a Gaussian policy: whether the log-deviations depend on the observation, or are parameters of their own. */
  stateDependentStd: flag(false),
  /**
   * Of a Gaussian policy: noise of its own at each step, or (gSDE, arXiv:2005.05719) noise that is linear in the last hidden
   * features: the same for the same state until its weights are drawn anew. Then the parameters are log-deviations of weights.
   */
  exploration: choice('independent', 'gsde'),
  /** gSDE: steps after which each world draws other weights. */
  sdeSampleFreq: count(4),
  /** What those parameters begin with. */
  initialLogStd: real(0, -5, 2),
  /** Observations are shifted and scaled to mean 0 and variance 1, by what has been seen before the iteration. */
  normalizeObservations: flag(false),
  /** Boxes of u8 from 0 to 255, like images, are scaled to 0 … 1; all else is read as it is. */
  normalizeBytes: flag(true),
  /** Gains of the orthogonal initialisation; biases start at 0. */
  gains: { hidden: real(Math.SQRT2, 0), policy: real(0.01, 0), value: real(1, 0) },
};

export type NetworkSpec = Config<typeof networkSchema>;
