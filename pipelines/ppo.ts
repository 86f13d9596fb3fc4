import { identity, pipe, tap } from 'rxjs';
import { type Config, choice, count, flag, natural, real, schedule } from '../lib/config.ts';
import { ConfigError } from '../lib/errors.ts';
import { networkSchema } from '../lib/network.ts';
import {
  bootstrap,
  collect,
  gae,
  infer,
  metrics,
  minibatches,
  normalizeObservations,
  normalizeRewards,
  observe,
  optimize,
  perKind,
  rollouts,
  segments,
  stepEnv,
  update,
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
  numMinibatches: count(4),
  /** Passes over a rollout; the last may be a part of one: 0.25 of 8 minibatches are 2. */
  updateEpochs: real(4, 0.01),
  learningRate: schedule({ from: 2.5e-4, to: 0 }),
  /** Above 0: it also divides what has no gradient. */
  adamEps: real(1e-5, 1e-12),
  normAdv: flag(true),
  clipCoef: schedule(0.2),
  /** Values are clipped by clipCoef too. */
  clipVloss: flag(true),
  entCoef: schedule(0.01),
  vfCoef: real(0.5, 0),
  maxGradNorm: real(0.5, 0),
  /** Where an advantage is negative, the loss is at most −dualClip times it; 0: off, else above 1. */
  dualClip: real(0, 0),
  /** Scale rewards so that their discounted sum has variance 1. */
  normalizeRewards: flag(false),
  network: networkSchema,
  /** Kinds of agents whose spaces are the same share one policy, and teach it one after the other. */
  sharePolicies: flag(false),
  /**
   * Collect the next rollout while the learner updates, by the weights from before the update. That is off-policy by an
   * update, which nothing corrects yet (V-trace would). The number of workers changes no bit; there is a gain from two on.
   */
  overlap: flag(false),
  /** Use the kernels whose bits are the same on every machine, at the cost of speed. */
  deterministic: flag(false),
};

export type PpoConfig = Config<typeof ppoSchema>;

/** Proximal policy optimization, arXiv:1707.06347; the defaults are CleanRL's. */
export const ppo = pipeline('ppo', ppoSchema, (nouns) => {
  const { envs, kinds, config } = nouns;
  const ahead = aheadOf(nouns);
  const draw = config.network.memory.kind === 'none' ? minibatches : segments;
  return source(nouns).pipe(
    perKind(kinds, ({ agent, normalizer, rewards }) =>
      pipe(
        normalizer ? normalizeObservations(normalizer) : identity,
        rewards ? normalizeRewards(rewards) : identity,
        bootstrap(agent),
        gae(config),
      ),
    ),
    ahead ? tap(() => ahead.begin()) : identity,
    perKind(kinds, ({ learner }) => update(draw(config), optimize(learner))),
    metrics(ahead ?? envs),
  );
});

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
