import { type Config, choice, count, counts, flag, natural, real, schedule } from '../lib/config.ts';
import { networkSchema } from '../lib/network.ts';

/** CleanRL's defaults (sac_continuous_action.py), but for the actor, which learns in every update. */
export const sacSchema = {
  /** Real transitions to train on. */
  totalSteps: count(1_000_000),
  seed: natural(1),
  /** Worlds that are stepped together. */
  numEnvs: count(1),
  autoreset: choice('NEXT_STEP', 'SAME_STEP'),
  /** Transitions that are kept to learn from. */
  bufferSize: count(1_000_000),
  /** Transitions before the first update; until then actions are uniform. */
  learningStarts: natural(5000),
  batchSize: count(256),
  /** How far the targets go to the critics in an update. */
  tau: real(0.005, 0, 1),
  gamma: real(0.99, 0, 1),
  /** Rewards in a return, before it is bootstrapped. */
  nStep: count(1),
  policyLearningRate: schedule(3e-4),
  /** Of the critics, and of alpha. */
  qLearningRate: schedule(1e-3),
  /** Above 0: it also divides what has no gradient. */
  adamEps: real(1e-8, 1e-12),
  /** Learn alpha, such that the entropy becomes minus the number of elements of an action. */
  autotune: flag(true),
  /** What entropy is worth; with autotune, at first. */
  alpha: real(1, 1e-12),
  /** Vector steps between updates, and minibatches in each. */
  trainFrequency: count(1),
  gradientSteps: count(1),
  /** Draw transitions by their errors (arXiv:1511.05952), instead of uniformly. */
  prioritized: flag(false),
  priorityAlpha: real(0.6, 0, 1),
  priorityBeta: schedule({ from: 0.4, to: 1 }),
  /** Vector steps over which the noise of actions turns from one number to the next; 1: it is independent from step to step. */
  noisePeriod: count(1),
  network: {
    ...networkSchema,
    hidden: counts([256, 256]),
    activation: choice('relu', 'tanh', 'gelu'),
  },
  /** Use the kernels whose bits are the same on every machine, at the cost of speed. */
  deterministic: flag(false),
};

export type SacConfig = Config<typeof sacSchema>;
