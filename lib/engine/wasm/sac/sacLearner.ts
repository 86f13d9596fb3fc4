import type { ColumnSpecs, Columns } from '../../../arena.ts';
import type { Schedule } from '../../../config.ts';
import { DivergenceError } from '../../../errors.ts';
import { exp, log } from '../../../math.ts';
import type { Learner, Maybe, Saved, Stateful } from '../../../nouns.ts';
import type { Losses, Minibatch } from '../../../records.ts';
import type { Experience } from '../../../replay.ts';
import { checkFinite, checkNames, checkTensors, prefixed, savedCount, unprefixed } from '../../../restore.ts';
import { at } from '../../../schedule.ts';
import { after, type Crew } from '../../../workers/crew.ts';
import type { KernelLayout } from '../kernels.ts';
import { SacActor } from './sacActor.ts';
import { type NoiseSource, SacGradients } from './sacGradients.ts';
import type { SacOptions } from './sacOptions.ts';
import { TwinCritic } from './twinCritic.ts';

export interface SacLearnerConfig {
  readonly seed: number;
  /** The most samples in a minibatch. */
  readonly batchSize: number;
  readonly policyLearningRate: Schedule;
  /** Of the critics, and of α. */
  readonly qLearningRate: Schedule;
  /** How far the targets go to the critics in an update. */
  readonly tau: number;
  /** What entropy is worth; with autotune, at first. */
  readonly alpha: number;
  /** Learn α, such that the entropy becomes −A. */
  readonly autotune: boolean;
  readonly adamEps: number;
}

export interface SacLearnerOptions {
  /** Who shares the chunks of a minibatch out. */
  readonly crew?: Crew;
  /** Where the actions' noise comes from; by default from the seed, the update and the sample. */
  readonly noise?: NoiseSource;
}

const BETA1 = 0.9;
const BETA2 = 0.999;

/**
 * Soft actor-critic: with each minibatch an Adam step of the critics, of the actor and of log α, and a step of the
 * targets, in the order of CleanRL's sac_continuous_action.py:
 *
 *   critics  Σ w (Q(s, a) − R − γ (min Q̄(s′, a′) − α log π(a′|s′)))² / n,  a′ ~ π(·|s′)
 *   actor    Σ (α log π(a|s) − min Q(s, a)) / n,  a ~ π(·|s), by the critics' new weights
 *   α        −α Σ (log π(a|s) + H) / n,  a ~ π(·|s) by the actor's new weights, H = −A
 *   targets  Q̄ ← Q̄ + τ (Q − Q̄)
 *
 * @see arXiv:1812.05905; reference data: spec/golden/sac_loss.json
 */
export class SacLearner implements Learner<Experience>, Stateful {
  /** Those of the last update, in vectors like the parameters. */
  readonly gradients: SacGradients;
  readonly #actor: SacActor;
  readonly #critic: TwinCritic;
  readonly #config: SacLearnerConfig;
  readonly #progress: () => number;
  readonly #columns: Columns<ReturnType<typeof SacLearner.columns>>;
  #updates = 0;

  /** The columns that an arena must have room for, after those of `SacGradients`. */
  static columns(options: SacOptions, kernels: KernelLayout) {
    const critic = TwinCritic.size(options, kernels);
    const actor = SacActor.size(options, kernels);
    return {
      criticM: ['f32', critic],
      criticV: ['f32', critic],
      actorM: ['f32', actor],
      actorV: ['f32', actor],
      alpha: ['f64', 3],
    } as const satisfies ColumnSpecs;
  }

  /**
   * @param progress how much of the run is done, in [0, 1]: what the schedules go by
   * @throws RangeError unless adamEps and alpha are positive
   */
  constructor(
    actor: SacActor,
    critic: TwinCritic,
    config: SacLearnerConfig,
    progress: () => number,
    { crew, noise }: SacLearnerOptions = {},
  ) {
    const { adamEps, alpha, seed, batchSize } = config;
    for (const [name, value] of Object.entries({ adamEps, alpha })) {
      if (!(Math.fround(value) > 0))
        throw new RangeError(`SacLearner: ${name} must be positive as a float32, got ${value}`);
    }
    const { arena, options } = actor;
    this.#actor = actor;
    this.#critic = critic;
    this.#config = config;
    this.#progress = progress;
    this.gradients = new SacGradients(actor, critic, batchSize, seed, crew, noise);
    this.#columns = arena.take(SacLearner.columns(options, arena.kernels));
    if (arena.isOriginal) this.#columns.alpha[0] = log(alpha);
  }

  /** What entropy is worth now. */
  get alpha(): number {
    return this.#config.autotune ? exp(this.#columns.alpha[0]) : this.#config.alpha;
  }

  /** @throws DivergenceError, before the step that it would spoil, if a loss or its gradient is no longer finite */
  update(minibatch: Minibatch<Experience>): Maybe<Losses> {
    const n = minibatch.indices.length;
    const { alpha, gradients } = this;
    const update = this.#updates;
    const critics = gradients.differentiateCritics(minibatch, update, alpha);
    const actor = after(critics, () => {
      this.#stepCritics(n);
      return gradients.differentiateActor(minibatch, update, alpha);
    }) as Maybe<void>;
    const entropy = after(actor, () => {
      this.#stepActor(n);
      return this.#config.autotune ? gradients.judgeEntropy(minibatch, update) : undefined;
    }) as Maybe<void>;
    return after(entropy, () => this.#finish(n, alpha));
  }

  save(): Saved {
    const { criticM, criticV, actorM, actorV, alpha } = this.#columns;
    const critic = this.#critic;
    const actor = this.#actor;
    return {
      tensors: {
        ...critic.tensors(),
        ...prefixed('target.', critic.tensors(critic.targets)),
        ...prefixed('m.', { ...critic.tensors(criticM), ...actor.tensors(actorM) }),
        ...prefixed('v.', { ...critic.tensors(criticV), ...actor.tensors(actorV) }),
        logAlpha: { shape: [3], data: alpha.slice() },
      },
      values: { updates: this.#updates },
    };
  }

  load(saved: Saved): void {
    const { criticM, criticV, actorM, actorV, alpha } = this.#columns;
    const { tensors } = saved;
    checkNames('learner', saved.values, ['updates']);
    // Four times the count is the time of the noise.
    const updates = savedCount('learner', saved, 'updates', 2 ** 50);
    checkTensors('learner', this.save().tensors, tensors);
    checkFinite('learner', tensors);
    const [m, v] = ['m.', 'v.'].map((prefix) => unprefixed(prefix, tensors));
    checkFinite('learner.v', v, 0);
    checkFinite('learner', { 'logAlpha.v': { shape: [1], data: tensors.logAlpha.data.slice(2) } }, 0);
    const critic = this.#critic;
    critic.assign(tensors, critic.parameters);
    critic.assign(unprefixed('target.', tensors), critic.targets);
    critic.assign(m, criticM);
    critic.assign(v, criticV);
    this.#actor.assign(m, actorM);
    this.#actor.assign(v, actorV);
    alpha.set(tensors.logAlpha.data);
    critic.pack();
    this.#updates = updates;
  }

  #stepCritics(n: number): void {
    const { criticM, criticV } = this.#columns;
    const [qf1Loss, , qf2Loss] = this.gradients.means(n);
    this.#checkFinite('critics', qf1Loss + qf2Loss, this.gradients.reduce('critic', n));
    this.#updates++;
    const { parameters } = this.#critic;
    this.#adam(parameters, this.gradients.critic, criticM, criticV, this.#rate('qLearningRate'));
    this.#critic.packOnline();
  }

  #stepActor(n: number): void {
    const { actorM, actorV } = this.#columns;
    const [, , , , actorLoss] = this.gradients.means(n);
    this.#checkFinite('actor', actorLoss, this.gradients.reduce('actor', n));
    const { parameters } = this.#actor;
    this.#adam(parameters, this.gradients.actor, actorM, actorV, this.#rate('policyLearningRate'));
    this.#actor.pack();
  }

  #finish(n: number, alpha: number): Losses {
    const { arena, parameters, targets } = this.#critic;
    const { tau, autotune } = this.#config;
    const [qf1Loss, qf1Values, qf2Loss, qf2Values, actorLoss, logProbs, freshLogProbs] =
      this.gradients.means(n);
    const losses = { qf1Loss, qf2Loss, qf1Values, qf2Values, actorLoss, entropy: -logProbs, alpha };
    const alphaLoss = -alpha * (freshLogProbs - this.#actor.options.low.length);
    if (autotune) this.#stepAlpha(alphaLoss);
    arena.kernels.polyak(targets.byteOffset, parameters.byteOffset, parameters.length, tau);
    this.#critic.packTargets();
    return autotune ? { ...losses, alphaLoss } : losses;
  }

  /** The loss is −α (log π + H), so by log α the gradient is the same. */
  #stepAlpha(gradient: number): void {
    const { alpha } = this.#columns;
    alpha[1] = BETA1 * alpha[1] + (1 - BETA1) * gradient;
    alpha[2] = BETA2 * alpha[2] + (1 - BETA2) * gradient * gradient;
    const root = Math.sqrt(alpha[2] / this.#correction(BETA2)) + this.#config.adamEps;
    alpha[0] -= (this.#rate('qLearningRate') * (alpha[1] / this.#correction(BETA1))) / root;
  }

  #adam(
    parameters: Float32Array,
    gradients: Float32Array,
    m: Float32Array,
    v: Float32Array,
    learningRate: number,
  ): void {
    const pointers = [parameters, gradients, m, v].map(({ byteOffset }) => byteOffset);
    this.#actor.arena.kernels.adam(
      ...(pointers as [number, number, number, number]),
      parameters.length,
      1,
      learningRate,
      BETA1,
      BETA2,
      this.#config.adamEps,
      this.#correction(BETA1),
      this.#correction(BETA2),
    );
  }

  /** 1 − βᵗ */
  #correction(beta: number): number {
    return 1 - exp(this.#updates * log(beta));
  }

  #rate(name: 'policyLearningRate' | 'qLearningRate'): number {
    return at(this.#config[name], this.#progress());
  }

  #checkFinite(of: string, loss: number, squares: number): void {
    if (Number.isFinite(loss) && Number.isFinite(squares)) return;
    throw new DivergenceError(
      `update ${this.#updates}: expected a finite loss and gradient of the ${of}, got loss ${loss}, gradient norm ${Math.sqrt(squares)}`,
    );
  }
}
