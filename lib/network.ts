import { type Config, choice, counts, flag, real } from './config.ts';

/** What an actor-critic network is made of: dense layers, then a policy head and a value head. */
export const networkSchema = {
  /** Units of the hidden layers, in order. */
  hidden: counts([64, 64]),
  activation: choice('tanh', 'relu', 'gelu'),
  /** One trunk for both heads, or one for each. */
  shared: flag(false),
  /** Of a Gaussian policy: whether the log-deviations depend on the observation, or are parameters of their own. */
  stateDependentStd: flag(false),
  /** What those parameters begin with. */
  initialLogStd: real(0, -5, 2),
  /** Boxes of u8 from 0 to 255, like images, are scaled to 0 … 1; all else is read as it is. */
  normalizeBytes: flag(true),
  /** Gains of the orthogonal initialisation; biases start at 0. */
  gains: { hidden: real(Math.SQRT2, 0), policy: real(0.01, 0), value: real(1, 0) },
};

export type NetworkSpec = Config<typeof networkSchema>;
