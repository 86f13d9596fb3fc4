import type { PartialConfig } from '../lib/config.ts';
import type { ppoSchema } from './ppo.ts';
import type { prebuilt } from './prebuilt.ts';
import type { sacSchema } from './sacSchema.ts';

type PpoChanges = PartialConfig<typeof ppoSchema>;
type SacChanges = PartialConfig<typeof sacSchema>;

/** RL-Zoo's setting for CartPole-v1 (rl-baselines3-zoo, hyperparams/ppo.yml). */
export const cartPoleZoo: PpoChanges = {
  totalSteps: 100_000,
  numEnvs: 8,
  numSteps: 32,
  numMinibatches: 1,
  updateEpochs: 20,
  gamma: 0.98,
  gaeLambda: 0.8,
  learningRate: { from: 1e-3, to: 0 },
  clipCoef: { from: 0.2, to: 0 },
  clipVloss: false,
  entCoef: 0,
};

/** Solves CartPole-v1 in some 70,000 steps and a third of a second of one core: few weights, and steps that are large at first. */
const cartPoleQuick: PpoChanges = {
  ...cartPoleZoo,
  numEnvs: 16,
  numMinibatches: 4,
  updateEpochs: 8,
  learningRate: { from: 4e-3, to: 0 },
  clipCoef: 0.2,
  network: { hidden: [32] },
};

/** A quick run for the sanity checks, which need no more than that. */
const sanity: PpoChanges = {
  totalSteps: 20_000,
  numEnvs: 8,
  numSteps: 32,
  numMinibatches: 1,
  learningRate: { from: 1e-3, to: 0 },
  entCoef: 0,
};

/** Many worlds, and a network of the size that PufferLib gives its Ocean envs. */
const ocean: PpoChanges = {
  numEnvs: 1024,
  numSteps: 64,
  numMinibatches: 8,
  updateEpochs: 2,
  learningRate: { from: 0.02, to: 0, shape: 'cosine' },
  vfCoef: 2,
  maxGradNorm: 1.5,
  network: { hidden: [128], activation: 'gelu', shared: true },
};

/** What Stable-Baselines3 does unlike CleanRL. */
const stableBaselines: PpoChanges = { learningRate: 3e-4, clipVloss: false, entCoef: 0 };

/** RL-Zoo's (ppo.yml); the flag is seldom reached by chance, and rewards are only felt where they are scaled. */
const mountainCarZoo: PpoChanges = {
  ...stableBaselines,
  totalSteps: 1_000_000,
  numEnvs: 16,
  numSteps: 16,
  gaeLambda: 0.98,
  normalizeRewards: true,
  network: { normalizeObservations: true },
};

/** RL-Zoo's (ppo.yml), without gSDE. */
const pendulumZoo = {
  ...stableBaselines,
  totalSteps: 100_000,
  numEnvs: 4,
  numSteps: 1024,
  numMinibatches: 64,
  updateEpochs: 10,
  gamma: 0.9,
  learningRate: 1e-3,
} satisfies PpoChanges;

/** The same with it. */
export const pendulumSde: PpoChanges = {
  ...pendulumZoo,
  network: { exploration: 'gsde', sdeSampleFreq: 4 },
};

/** RL-Zoo's (sac.yml). */
const pendulumSac: SacChanges = {
  totalSteps: 20_000,
  learningStarts: 100,
  policyLearningRate: 1e-3,
};

/**
 * RL-Zoo's (sac.yml), with slow noise for gSDE: by noise that forgets itself at every step the flag is never reached. The
 * car swings to and fro in 73 steps, and so does noise that turns in a quarter of that.
 */
const mountainCarContinuousSac: SacChanges = {
  totalSteps: 50_000,
  bufferSize: 50_000,
  learningStarts: 0,
  batchSize: 512,
  tau: 0.01,
  gamma: 0.9999,
  policyLearningRate: 3e-4,
  qLearningRate: 3e-4,
  autotune: false,
  // With RL-Zoo's 0.1 some agents need the noise to get going: without it they stay in the valley.
  alpha: 0.04,
  trainFrequency: 32,
  gradientSteps: 32,
  noisePeriod: 20,
  network: { hidden: [64, 64] },
};

/** Much entropy for long: without it agents learn to answer with the majority of the bits, and no more. */
const remembering: PpoChanges = {
  totalSteps: 300_000,
  numEnvs: 64,
  numSteps: 32,
  numMinibatches: 8,
  updateEpochs: 8,
  gamma: 1,
  gaeLambda: 1,
  learningRate: { from: 5e-3, to: 0 },
  clipVloss: false,
  entCoef: { from: 0.15, to: 0 },
  network: { hidden: [32], shared: true, memory: { units: 32 } },
};

const maskedCartPole: PpoChanges = {
  ...cartPoleZoo,
  totalSteps: 300_000,
  numEnvs: 32,
  numSteps: 64,
  numMinibatches: 4,
  updateEpochs: 10,
  network: { hidden: [64], shared: true, memory: { units: 64 }, normalizeObservations: true },
};

/** Changes of the defaults of pipelines. */
export type Tuned = {
  readonly [K in keyof typeof prebuilt]?: PartialConfig<(typeof prebuilt)[K]['schema']>;
};

/** What `pufferflow train` changes of the defaults, by env id. An env's first pipeline is the one that it is trained with. */
export const tuned: Readonly<Record<string, Tuned>> = {
  'CartPole-v1': { ppo: cartPoleQuick },
  'MaskedCartPole-v1': { recurrentPpo: maskedCartPole },
  // Solved by the defaults.
  'Acrobot-v1': { ppo: {} },
  'MountainCar-v0': { ppo: mountainCarZoo },
  'MountainCarContinuous-v0': { sac: mountainCarContinuousSac },
  // SAC needs a fifth of the steps, each of which takes a hundred times as long.
  'Pendulum-v1': { ppo: pendulumZoo, sac: pendulumSac },
  'Memory-v0': { recurrentPpo: remembering },
  'Corridor-v0': { ppo: { ...cartPoleZoo, totalSteps: 50_000 } },
  'Bandit-v0': { ppo: sanity },
  'Password-v0': { ppo: sanity },
  // What a harvest costs, later ones bear: a discount or a λ below 1 hides a part of it.
  'Stochastic-v0': { ppo: { ...sanity, gamma: 1, gaeLambda: 1 } },
  'Spaces-v0': { ppo: sanity },
  'Pair-v0': { ppo: sanity },
  'Turnstile-v0': { ppo: sanity },
  // Every action is paid at once.
  'Mine-v0': { ppo: { ...sanity, gamma: 0.5, updateEpochs: 10, learningRate: { from: 3e-3, to: 0 } } },
  // Many small updates, and entropy that lasts: without them the agent learns to shun the borders, and to dither.
  'Squared-v0': {
    ppo: {
      totalSteps: 16_000_000,
      numEnvs: 512,
      numSteps: 32,
      numMinibatches: 16,
      updateEpochs: 3,
      gamma: 0.95,
      learningRate: { from: 0.01, to: 0 },
      // The gradient of a cell's weight is small, because a cell is seldom seen.
      adamEps: 1e-8,
      clipVloss: false,
      entCoef: { from: 0.05, to: 0.01 },
      network: { hidden: [128], activation: 'relu', shared: true },
    },
  },
  // Two cores take some three minutes; the score is 864 before the steps are over.
  'Breakout-v0': {
    ppo: {
      totalSteps: 30_000_000,
      numEnvs: 512,
      numSteps: 64,
      numMinibatches: 32,
      updateEpochs: 2,
      gamma: 0.995,
      gaeLambda: 0.9,
      learningRate: { from: 0.004, to: 0 },
      adamEps: 1e-8,
      clipVloss: false,
      entCoef: { from: 0.01, to: 0 },
      maxGradNorm: 1,
      network: { hidden: [128], activation: 'relu', shared: true },
    },
  },
  // Only steep balls beat the opponent, and only paddles in motion make them: without a bonus on entropy that starts
  // high, the agent learns to stand still and never scores.
  'Pong-v0': { ppo: { ...ocean, totalSteps: 20_000_000, entCoef: { from: 0.1, to: 0 } } },
  // A world has 256 snakes.
  'Snake-v0': { ppo: { ...ocean, numEnvs: 4, totalSteps: 5_000_000, entCoef: { from: 0.01, to: 0 } } },
};
