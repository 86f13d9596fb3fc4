/**
 * What must not compile: the order of the operators is in their types. Compiled by spec/types/types.spec.ts; each
 * expected error fails the compilation when it is missing.
 */
import { type Observable, of } from 'rxjs';
import type { EnvPool } from '../../lib/env/envPool.ts';
import type { Agent, Envs, Learner, Ring } from '../../lib/nouns.ts';
import type { ObservationNormalizer } from '../../lib/observationNormalizer.ts';
import type { PoolAgent, Reply } from '../../lib/poolRecords.ts';
import type {
  Bootstrapped,
  Decision,
  Estimate,
  Metrics,
  Observation,
  Rollout,
  Transition,
} from '../../lib/records.ts';
import type { Experience, Replay } from '../../lib/replay.ts';
import type { RewardNormalizer } from '../../lib/rewardNormalizer.ts';
import {
  adaptKlCoef,
  bootstrap,
  clipRewards,
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
  recv,
  sample,
  scaleRewards,
  segments,
  send,
  snapshot,
  stepEnv,
  store,
  update,
  vtrace,
} from '../../operators/index.ts';

declare const envs: Envs & Parameters<typeof metrics>[0];
declare const agent: Agent;
declare const pool: EnvPool;
declare const poolAgent: PoolAgent;
declare const ring: Ring;
declare const learner: Learner<Estimate>;
declare const seen: ObservationNormalizer;
declare const paid: RewardNormalizer;
declare const replay: Replay;
declare const critic: Learner<Experience>;
declare const alien: Learner<string>;
declare const observations: Observable<Observation>;
declare const decisions: Observable<Decision>;
declare const transitions: Observable<Transition>;
declare const rollouts: Observable<Rollout>;
declare const bootstrapped: Observable<Bootstrapped>;
declare const estimates: Observable<Estimate>;

const discounts = { gamma: 0.99, gaeLambda: 0.95 };
const draws = { numMinibatches: 4, updateEpochs: 4, seed: 1 };
const learn = () => update(minibatches(draws), optimize(learner));

// The sentence itself, with every operator that may stand in it.
export const sentence: Observable<Metrics> = observe(envs)
  .pipe(
    infer(agent),
    stepEnv(envs),
    scaleRewards(0.1),
    clipRewards(1),
    snapshot(),
    collect(ring),
    normalizeObservations(seen),
    normalizeRewards(paid),
    bootstrap(agent),
  )
  .pipe(gae(discounts), learn(), metrics(envs));

// The same where older weights have acted, in whole segments, with a KL penalty that adapts.
const retrace = { ...discounts, rhoClip: 1, cClip: 1 };
const learnSegments = () => update(segments(draws), optimize(learner));
export const corrected: Observable<Metrics> = rollouts
  .pipe(bootstrap(agent), judge(learner), vtrace(retrace), learnSegments())
  .pipe(adaptKlCoef(learner, 0.01), metrics(envs));

// What learns from a replay.
export const offPolicy: Observable<Metrics> = observe(envs).pipe(
  infer(agent),
  stepEnv(envs),
  store(replay, 1),
  update(sample(replay, { gradientSteps: 1, learningStarts: 0 }), optimize(critic)),
  metrics(envs),
);

// @ts-expect-error vtrace before collect
transitions.pipe(vtrace(retrace));
// @ts-expect-error vtrace before bootstrap
rollouts.pipe(vtrace(retrace));
// @ts-expect-error vtrace after gae
bootstrapped.pipe(gae(discounts), vtrace(retrace));
// @ts-expect-error segments before vtrace
bootstrapped.pipe(learnSegments());
// @ts-expect-error judge before bootstrap
rollouts.pipe(judge(learner));
// @ts-expect-error judge after vtrace: what it is to correct has been estimated
estimates.pipe(judge(learner));
// @ts-expect-error normalizeObservations on transitions
transitions.pipe(normalizeObservations(seen));
// @ts-expect-error normalizeObservations after gae
estimates.pipe(normalizeObservations(seen));
// @ts-expect-error adaptKlCoef before update
estimates.pipe(adaptKlCoef(learner, 0.01));
// @ts-expect-error store before stepEnv
decisions.pipe(store(replay, 1));
// @ts-expect-error a rollout in a replay
rollouts.pipe(store(replay, 1));
// @ts-expect-error a rollout's learner for what a replay draws
update(sample(replay, { gradientSteps: 1, learningStarts: 0 }), optimize(learner));
// @ts-expect-error gae before collect
transitions.pipe(gae(discounts));
// @ts-expect-error gae before bootstrap
rollouts.pipe(gae(discounts));
// @ts-expect-error gae twice
bootstrapped.pipe(gae(discounts), gae(discounts));
// @ts-expect-error clipRewards on a rollout
rollouts.pipe(clipRewards(1));
// @ts-expect-error normalizeRewards on a transition
transitions.pipe(normalizeRewards(paid));
// @ts-expect-error normalizeRewards after bootstrap
bootstrapped.pipe(normalizeRewards(paid));
// @ts-expect-error scaleRewards on an estimate
estimates.pipe(scaleRewards(1));
// @ts-expect-error minibatches before gae
bootstrapped.pipe(learn());
// @ts-expect-error bootstrap twice
rollouts.pipe(bootstrap(agent), bootstrap(agent));
// @ts-expect-error stepEnv before infer
observations.pipe(stepEnv(envs));
// @ts-expect-error infer twice
observations.pipe(infer(agent), infer(agent));
// @ts-expect-error collect before stepEnv
decisions.pipe(collect(ring));
// @ts-expect-error collect twice
transitions.pipe(collect(ring), collect(ring));
// @ts-expect-error metrics before update
estimates.pipe(metrics(envs));
// @ts-expect-error a learner of something else
update(minibatches(draws), optimize(alien));
// @ts-expect-error a record of plain arrays
of({ kind: 'transition', rewards: [1] }).pipe(clipRewards(1));

// What goes through a pool.
export const answered: Observable<Reply> = recv(pool).pipe(infer(poolAgent), send(pool));

// @ts-expect-error send before infer
recv(pool).pipe(send(pool));
// @ts-expect-error send after stepEnv
transitions.pipe(send(pool));
// @ts-expect-error send for a decision about a vector
decisions.pipe(send(pool));
// @ts-expect-error an agent of a vector for a pool
recv(pool).pipe(infer(agent));
// @ts-expect-error an agent of a pool for a vector
observations.pipe(infer(poolAgent));
// @ts-expect-error stepEnv for a reply
answered.pipe(stepEnv(envs));
