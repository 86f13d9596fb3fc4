import { identity, pipe, tap } from 'rxjs';
import { type Config, choice, count, flag, natural, real, schedule } from '../lib/config.ts';
import { ConfigError } from '../lib/errors.ts';
import { networkSchema } from '../lib/network.ts';
import { type Estimate, extend } from '../lib/records.ts';
import {
  adaptKlCoef,
  bootstrap,
  collect,
  gae,
  infer,
  judge,
  metrics,
  minibatches,
  normalizeObservations,
  normalizeRewards,
  observe,
  optimize,
  perKind,
  publish,
  rollouts,
  segments,
  stepEnv,
  update,
  vtrace,
  vtraceAgain,
} from '../operators/index.ts';
import { type Nouns, pipeline } from './pipeline.ts';

/** CleanRL's defaults (ppo.py). */
export const ppoSchema = {
  /** Real transitions to train on. */
  totalSteps: count(500_000),
  seed: natural(1),
  /** Worlds that are stepped together: a row for each of their agents. */
  numEnvs: count(4),
  /** Vector steps in a rollout. */
  numSteps: count(128),
  autoreset: choice('NEXT_STEP', 'SAME_STEP'),
  gamma: real(0.99, 0, 1),
  gaeLambda: real(0.95, 0, 1),
  /**
   * vtrace also weighs by how much more probable the actions have become, which `refresh` and `overlap` look after; without
   * them it is gae, since whoever acted is who learns.
   */
  advantage: choice('gae', 'vtrace'),
  /** Bounds of V-trace's ratios: of what is learned at a step, and of what comes from later ones. */
  rhoClip: real(1, 1e-6),
  cClip: real(1, 1e-6),
  /** Before each minibatch, estimate anew from the ratios and values that the ones before have left. */
  refresh: flag(false),
  /**
   * Learn from whole segments, drawn by priority: p ∝ (Σ|A|)^alpha, 0: all transitions alike. What is drawn more often weighs
   * less: (n p)^−beta.
   */
  prioritized: { alpha: real(0, 0), beta: schedule({ from: 0.2, to: 1 }) },
  numMinibatches: count(4),
  /** Passes over a rollout; the last may be a part of one: 0.25 of 8 minibatches are 2. */
  updateEpochs: real(4, 0.01),
  learningRate: schedule({ from: 2.5e-4, to: 0 }),
  /** Muon (arXiv:2502.16982) orthogonalises the steps of matrices; PufferLib gives it a beta1 of 0.95. */
  optimizer: choice('adam', 'adamw', 'muon'),
  /** How much is kept of the mean of gradients (Muon's momentum), and of their squares. */
  beta1: real(0.9, 0, 0.9999),
  beta2: real(0.999, 0, 0.999999),
  /** Above 0: it also divides what has no gradient. */
  adamEps: real(1e-5, 1e-12),
  /** What is taken off the weights in each step, times the learning rate; not of adam. */
  weightDecay: real(0, 0),
  normAdv: flag(true),
  clipCoef: schedule(0.2),
  /** Values are clipped by clipCoef too. */
  clipVloss: flag(true),
  entCoef: schedule(0.01),
  vfCoef: real(0.5, 0),
  maxGradNorm: real(0.5, 0),
  /** Where an advantage is negative, the loss is at most −dualClip times it; 0: off, else above 1. */
  dualClip: real(0, 0),
  /** Go on to the next rollout once the approximate KL of a minibatch is above 1.5 times this; 0: never. */
  targetKl: real(0, 0),
  /** What a penalty on the KL from the old to the new policy begins with, and the KL that it is adapted to; 0: there is none. */
  klCoef: real(0, 0),
  klTarget: real(0.01, 1e-9),
  /** Scale rewards so that their discounted sum has variance 1, and cut them to ±10. */
  normalizeRewards: flag(false),
  network: networkSchema,
  /** Kinds of agents whose spaces are the same share one policy, and teach it one after the other. */
  sharePolicies: flag(false),
  /**
   * Collect the next rollout while the learner updates, by the weights from before the update. That is off-policy by an
   * update, which advantage: vtrace corrects for. The number of workers changes no bit; there is a gain from two on.
   */
  overlap: flag(false),
  /** Use the kernels whose bits are the same on every machine, at the cost of speed. */
  deterministic: flag(false),
};

export type PpoConfig = Config<typeof ppoSchema>;

/** Whether whole segments are learned from: by memories, in the order of priorities, or anew for each minibatch. */
export function needsSegments({ network, refresh, prioritized }: PpoConfig): boolean {
  return network.memory.kind !== 'none' || refresh || prioritized.alpha > 0;
}

/** Proximal policy optimization, arXiv:1707.06347; the defaults are CleanRL's. */
export const ppo = pipeline('ppo', ppoSchema, (nouns) => {
  const { envs, kinds, config } = nouns;
  const ahead = aheadOf(nouns);
  const draw = drawOf(nouns);
  return source(nouns).pipe(
    perKind(kinds, ({ agent, learner, normalizer, rewards }) =>
      pipe(
        normalizer ? normalizeObservations(normalizer) : identity,
        rewards ? normalizeRewards(rewards) : identity,
        bootstrap(agent),
        isStale(config) ? judge(learner) : identity,
        config.advantage === 'vtrace' ? vtrace(config) : gae(config),
      ),
    ),
    ahead ? tap(() => ahead.begin()) : identity,
    perKind(kinds, ({ learner }) =>
      pipe(
        update(draw, optimize(learner), publish(learner)),
        config.klCoef > 0 ? adaptKlCoef(learner, config.klTarget) : identity,
      ),
    ),
    metrics(ahead ?? envs),
  );
});

/** Whether V-trace has to make up for weights that were older when a rollout was collected. */
function isStale({ overlap, advantage }: PpoConfig): boolean {
  return overlap && advantage === 'vtrace';
}

/** Whether ratios are kept with a rollout. */
export function needsRatios(config: PpoConfig): boolean {
  return config.refresh || isStale(config);
}

/** How minibatches are drawn: of transitions, or of whole segments where these are needed. */
function drawOf({ envs, config }: Nouns<PpoConfig>) {
  const { advantage, refresh, prioritized, totalSteps } = config;
  if (!needsSegments(config)) return minibatches(config);
  // Where all ratios are 1, V-trace is GAE.
  const isGae = advantage === 'gae';
  const retrace = vtraceAgain(isGae ? { ...config, rhoClip: 1, cClip: 1 } : config);
  const estimate = (rollout: Estimate) => retrace(isGae ? extend(rollout, { ratios: undefined }) : rollout);
  const progress = () => envs.scores.steps / totalSteps;
  return segments({
    ...config,
    refresh: refresh ? estimate : undefined,
    prioritized: prioritized.alpha > 0 ? { ...prioritized, progress } : undefined,
  });
}

/** What collects rollouts ahead, if that is asked for. @throws ConfigError if it cannot be had */
function aheadOf({ envs, kinds, ahead, config }: Nouns<PpoConfig>): Nouns<PpoConfig>['ahead'] {
  if (!config.overlap) return undefined;
  if (ahead?.isOf(envs, kinds)) return ahead;
  throw new ConfigError(
    'config: overlap: expected rollouts that are collected whole, got steps or other envs and agents',
  );
}

function source(nouns: Nouns<PpoConfig>) {
  const { envs, kinds, fused } = nouns;
  const whole = aheadOf(nouns) ?? fused;
  return whole?.isOf(envs, kinds) ? rollouts(whole) : steps(envs, kinds);
}

/** Rollouts that are collected step by step. */
function steps(envs: Nouns<PpoConfig>['envs'], kinds: Nouns<PpoConfig>['kinds']) {
  return observe(envs).pipe(
    perKind(kinds, ({ agent }) => infer(agent)),
    stepEnv(envs),
    perKind(kinds, ({ ring }) => collect(ring)),
  );
}
