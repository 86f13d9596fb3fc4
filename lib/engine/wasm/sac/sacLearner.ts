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
import { Optimizer } from '../optimizer.ts';
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
/** Of the names of the optimizers' tensors in a save. */
const OPTIMIZER = 'optimizer.';
/** log α, and the moments of its gradient. */
const ownColumns = { alpha: ['f64', 3] } as const satisfies ColumnSpecs;

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
  readonly #columns: Columns<typeof ownColumns>;
  readonly #criticOptimizer: Optimizer;
  readonly #actorOptimizer: Optimizer;

  /** The columns that an arena must have room for, after those of `SacGradients`. */
  static columns(options: SacOptions, kernels: KernelLayout): ColumnSpecs {
    const optimizers = [TwinCritic, SacActor].map((network, k) => {
      const { size, segments } = network.parameters(options, kernels);
      return prefixed(`${k}.`, Optimizer.columns('adam', size, segments, kernels));
    });
    return Object.assign({}, ownColumns, ...optimizers);
  }

  /**
   * @param progress how much of the run is done, in [0, 1]: what the schedules go by
   * @throws RangeError unless alpha and adamEps are positive
   */
  constructor(
    actor: SacActor,
    critic: TwinCritic,
    config: SacLearnerConfig,
    progress: () => number,
    { crew, noise }: SacLearnerOptions = {},
  ) {
    const { adamEps, alpha, seed, batchSize } = config;
    if (!(alpha > 0)) throw new RangeError(`SacLearner: alpha must be positive, got ${alpha}`);
    const { arena } = actor;
    this.#actor = actor;
    this.#critic = critic;
    this.#config = config;
    this.#progress = progress;
    this.gradients = new SacGradients(actor, critic, batchSize, seed, crew, noise);
    this.#columns = arena.take(ownColumns);
    const adam = { kind: 'adam', beta1: BETA1, beta2: BETA2, eps: adamEps, weightDecay: 0 } as const;
    this.#criticOptimizer = new Optimizer(arena, critic.parameters, critic.segments, adam);
    this.#actorOptimizer = new Optimizer(arena, actor.parameters, actor.segments, adam);
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
    const update = this.#criticOptimizer.updates;
    const critics = gradients.differentiateCritics(minibatch, update, alpha);
    const actor = after(critics, () => {
      this.#stepCritics(n);
      return gradients.differentiateActor(minibatch, update, alpha);
    }) as Maybe<void>;
    const entropy = after(actor, () => {
      this.#stepActor(n);
      return gradients.followAndJudge(minibatch, update, this.#config);
    }) as Maybe<void>;
    return after(entropy, () => this.#finish(n, alpha));
  }

  save(): Saved {
    const critic = this.#critic;
    const [critics, actor] = [this.#criticOptimizer.save(), this.#actorOptimizer.save()];
    return {
      tensors: {
        ...critic.tensors(),
        ...prefixed('target.', critic.tensors(critic.targets)),
        ...prefixed(OPTIMIZER, { ...critics.tensors, ...actor.tensors }),
        logAlpha: { shape: [3], data: this.#columns.alpha.slice() },
      },
      values: critics.values,
    };
  }

  load(saved: Saved): void {
    const { tensors, values } = saved;
    const own = this.save();
    checkNames('learner', values, ['updates']);
    // Four times the count is the time of the noise.
    savedCount('learner', saved, 'updates', 2 ** 50);
    checkTensors('learner', own.tensors, tensors);
    checkFinite('learner', tensors);
    checkFinite('learner', { 'logAlpha.v': { shape: [1], data: tensors.logAlpha.data.slice(2) } }, 0);
    this.#loadOptimizers(unprefixed(OPTIMIZER, tensors), values, own);
    const critic = this.#critic;
    critic.assign(tensors, critic.parameters);
    critic.assign(unprefixed('target.', tensors), critic.targets);
    this.#columns.alpha.set(tensors.logAlpha.data);
    critic.pack();
  }

  /** Loads both optimizers, or neither. */
  #loadOptimizers(tensors: Saved['tensors'], values: Saved['values'], before: Saved): void {
    const names = Object.keys(this.#criticOptimizer.save().tensors);
    const part = (all: Saved['tensors'], isCritics: boolean) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name) === isCritics));
    this.#criticOptimizer.load({ tensors: part(tensors, true), values });
    try {
      this.#actorOptimizer.load({ tensors: part(tensors, false), values });
    } catch (error) {
      const old = part(unprefixed(OPTIMIZER, before.tensors), true);
      this.#criticOptimizer.load({ tensors: old, values: before.values });
      throw error;
    }
  }

  #stepCritics(n: number): void {
    const [qf1Loss, , qf2Loss] = this.gradients.means(n);
    this.#checkFinite('critics', qf1Loss + qf2Loss, this.gradients.reduce('critic', n));
    this.#criticOptimizer.step(this.gradients.critic.byteOffset, 1, this.#rate('qLearningRate'));
    this.#critic.packOnline();
  }

  #stepActor(n: number): void {
    const [, , , , actorLoss] = this.gradients.means(n);
    this.#checkFinite('actor', actorLoss, this.gradients.reduce('actor', n));
    this.#actorOptimizer.step(this.gradients.actor.byteOffset, 1, this.#rate('policyLearningRate'));
    this.#actor.pack();
  }

  #finish(n: number, alpha: number): Losses {
    const { autotune } = this.#config;
    const [qf1Loss, qf1Values, qf2Loss, qf2Values, actorLoss, logProbs, freshLogProbs] =
      this.gradients.means(n);
    const losses = { qf1Loss, qf2Loss, qf1Values, qf2Values, actorLoss, entropy: -logProbs, alpha };
    const alphaLoss = -alpha * (freshLogProbs - this.#actor.options.low.length);
    if (autotune) this.#stepAlpha(alphaLoss);
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

  /** 1 − βᵗ */
  #correction(beta: number): number {
    return 1 - exp(this.#criticOptimizer.updates * log(beta));
  }

  #rate(name: 'policyLearningRate' | 'qLearningRate'): number {
    return at(this.#config[name], this.#progress());
  }

  #checkFinite(of: string, loss: number, squares: number): void {
    if (Number.isFinite(loss) && Number.isFinite(squares)) return;
    throw new DivergenceError(
      `update ${this.#criticOptimizer.updates}: expected a finite loss and gradient of the ${of}, got loss ${loss}, gradient norm ${Math.sqrt(squares)}`,
    );
  }
}
