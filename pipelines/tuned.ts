import type { PartialConfig } from '../lib/config.ts';
import type { ppoSchema } from './ppo.ts';

/** RL-Zoo's setting for CartPole-v1 (rl-baselines3-zoo, hyperparams/ppo.yml). */
export const cartPoleZoo: PartialConfig<typeof ppoSchema> = {
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

/** A quick run for the sanity checks, which need no more than that. */
const sanity: PartialConfig<typeof ppoSchema> = {
  totalSteps: 20_000,
  numEnvs: 8,
  numSteps: 32,
  numMinibatches: 1,
  learningRate: { from: 1e-3, to: 0 },
  entCoef: 0,
};

/** Many worlds, and a network of the size that PufferLib gives its Ocean envs. */
const ocean: PartialConfig<typeof ppoSchema> = {
  numEnvs: 1024,
  numSteps: 64,
  numMinibatches: 8,
  updateEpochs: 2,
  learningRate: { from: 0.02, to: 0, shape: 'cosine' },
  vfCoef: 2,
  maxGradNorm: 1.5,
  network: { hidden: [128], activation: 'gelu', shared: true },
};

/** What `pufferflow train` changes of PPO's defaults, by env id. */
export const tuned: Readonly<Record<string, PartialConfig<typeof ppoSchema>>> = {
  'CartPole-v1': cartPoleZoo,
  'Corridor-v0': { ...cartPoleZoo, totalSteps: 50_000 },
  'Bandit-v0': sanity,
  'Password-v0': sanity,
  // What a harvest costs, later ones bear: a discount or a λ below 1 hides a part of it.
  'Stochastic-v0': { ...sanity, gamma: 1, gaeLambda: 1 },
  'Spaces-v0': sanity,
  'Pair-v0': sanity,
  'Turnstile-v0': sanity,
  // Every action is paid at once.
  'Mine-v0': { ...sanity, gamma: 0.5, updateEpochs: 10, learningRate: { from: 3e-3, to: 0 } },
  // Many small updates, and entropy that lasts: without them the agent learns to shun the borders, and to dither.
  'Squared-v0': {
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
  // Two cores take some three minutes; the score is 864 before the steps are over.
  'Breakout-v0': {
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
  // Only steep balls beat the opponent, and only paddles in motion make them: without a bonus on entropy that starts
  // high, the agent learns to stand still and never scores.
  'Pong-v0': { ...ocean, totalSteps: 20_000_000, entCoef: { from: 0.1, to: 0 } },
  // A world has 256 snakes.
  'Snake-v0': { ...ocean, numEnvs: 4, totalSteps: 5_000_000, entCoef: { from: 0.01, to: 0 } },
};
