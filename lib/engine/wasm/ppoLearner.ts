import type { ColumnSpecs, Columns } from '../../arena.ts';
import type { Schedule } from '../../config.ts';
import { CheckpointError, DivergenceError } from '../../errors.ts';
import type { LossTerm } from '../../lossTerm.ts';
import { exp } from '../../math.ts';
import type { Learner, Maybe, Saved, Stateful } from '../../nouns.ts';
import type { OwnOptimizer } from '../../ownOptimizer.ts';
import { type Bootstrapped, type Estimate, extend, type Losses, type Minibatch } from '../../records.ts';
import { checkNames, prefixed } from '../../restore.ts';
import { at } from '../../schedule.ts';
import { Alone, after, type Crew, type Task } from '../../workers/crew.ts';
import { ActorCritic } from './actorCritic.ts';
import { type ActorCriticOptions, actionForm } from './actorCriticOptions.ts';
import type { KernelLayout } from './kernels.ts';
import { LossTerms } from './lossTerms.ts';
import {
  type Judged,
  MINIBATCH_WORDS,
  readMinibatch,
  type ToldMinibatch,
  writeMinibatch,
} from './minibatchWords.ts';
import { planNetwork } from './networkPlan.ts';
import { Optimizer, type OptimizerConfig } from './optimizer.ts';
import { OwnSteps } from './ownSteps.ts';
import { tensorsOf } from './parameters.ts';
import type { LossPointers } from './policyHead.ts';

export interface PpoLearnerConfig {
  readonly learningRate: Schedule;
  /** Adam if it is left out. */
  readonly optimizer?: OptimizerConfig['kind'];
  readonly adamEps: number;
  /** Of Adam, 0.9 and 0.999 if they are left out; beta1 is also Muon's momentum. */
  readonly beta1?: number;
  readonly beta2?: number;
  /** 0 if it is left out. */
  readonly weightDecay?: number;
  readonly normAdv: boolean;
  readonly clipCoef: Schedule;
  readonly clipVloss: boolean;
  readonly entCoef: Schedule;
  readonly vfCoef: number;
  readonly maxGradNorm: number;
  /** Where the advantage is negative, the loss is at most −dualClip times it; above 1, or 0: there is no such bound. @see arXiv:1912.09729 */
  readonly dualClip?: number;
  /** Let ratios and values, where a rollout keeps them, follow each update. */
  readonly refresh?: boolean;
  /** What the penalty on the approximate KL begins with; 0: there is none. */
  readonly klCoef?: number;
}

/**
 * Parts that a minibatch is divided into. Each has a gradient vector of its own, and they are added up in order: a
 * number of workers may share them out, and the sum has the same bits for any number.
 */
const CHUNKS = 8;
/** Sums of losses that a chunk keeps. */
const SUMS = 6;

/** What PPO reports of an update. */
export const OWN_LOSSES = [
  'loss',
  'policyLoss',
  'valueLoss',
  'entropy',
  'approxKl',
  'oldApproxKl',
  'clipFraction',
  'gradNorm',
];

/** A chunk that a member is at. */
interface Part {
  readonly member: number;
  readonly minibatch: ToldMinibatch;
  /** Pointer to the chunk's gradients. */
  readonly gradients: number;
  /** What its loss reads and writes. */
  readonly pointers: LossPointers;
}

/** What the end of an update goes by: n transitions that count. */
interface Applied {
  readonly n: number;
  readonly entCoef: number;
  readonly learningRate: number;
}

/** Proximal policy optimization: one optimizer step for each minibatch. @see arXiv:1707.06347 */
export class PpoLearner implements Learner<Estimate>, Stateful {
  readonly #network: ActorCritic;
  readonly #config: PpoLearnerConfig;
  readonly #progress: () => number;
  readonly #crew: Crew;
  readonly #differentiateAll: Task;
  readonly #columns: Columns<ReturnType<typeof ownColumns>>;
  readonly #terms: LossTerms;
  #optimizer: Optimizer | OwnSteps;
  /** What the penalty on the approximate KL (r − 1 − log r) is multiplied by. */
  klCoef: number;

  /** The columns that an arena must have room for, `members` being those who compute at the same time. */
  static columns(
    options: ActorCriticOptions,
    kernels: KernelLayout,
    members = 1,
    optimizer: OptimizerConfig['kind'] = 'adam',
  ): ColumnSpecs {
    const { size, segments } = planNetwork(options, kernels.rows()).parameters;
    return {
      ...ownColumns(options, kernels, members),
      ...prefixed('optimizer.', Optimizer.columns(optimizer, size, segments, kernels)),
    };
  }

  /**
   * @param progress how much of the run is done, in [0, 1]: what the schedules go by
   * @param crew who shares the chunks of a minibatch out
   * @throws RangeError naming a setting that the optimizer cannot step by, or a dualClip that is neither 0 nor above 1
   */
  constructor(
    network: ActorCritic,
    config: PpoLearnerConfig,
    progress: () => number,
    crew: Crew = new Alone(),
  ) {
    checkDualClip(config);
    this.#network = network;
    this.#config = config;
    this.#progress = progress;
    this.klCoef = config.klCoef ?? 0;
    const { options, arena } = network;
    this.#columns = arena.take(ownColumns(options, arena.kernels, crew.size));
    this.#optimizer = new Optimizer(arena, network.parameters, network.segments, {
      kind: config.optimizer ?? 'adam',
      beta1: config.beta1 ?? 0.9,
      beta2: config.beta2 ?? 0.999,
      eps: config.adamEps,
      weightDecay: config.weightDecay ?? 0,
    });
    this.#terms = new LossTerms(network);
    this.#crew = crew;
    this.#differentiateAll = crew.task((member) => this.#differentiateChunks(member));
  }

  /** @throws DivergenceError, the weights being untouched, if the loss or its gradient is no longer finite */
  update(minibatch: Minibatch<Estimate>): Maybe<Losses> {
    this.#check(minibatch);
    const applied = this.#writeConfig(minibatch);
    this.#terms.begin(minibatch, 1 / applied.n);
    return after(this.#differentiate(minibatch, true), () => {
      const losses = this.#apply(applied, this.#chunksOf(minibatch));
      if (this.#config.refresh) writeRatios(minibatch);
      return losses;
    });
  }

  /** @throws RangeError if its loss has a part of that name; Error if a crew shares the minibatches out */
  addTerm(term: LossTerm): void {
    this.#checkAlone('addTerm');
    if (OWN_LOSSES.includes(term.name))
      throw new RangeError(`addTerm: expected a name of its own, got ${term.name}, which PPO's loss has`);
    this.#terms.add(term);
  }

  /** @throws Error after the first step, or if a crew shares the minibatches out */
  stepBy(optimizer: OwnOptimizer): void {
    this.#checkAlone('stepBy');
    if (this.#optimizer.updates > 0)
      throw new Error(
        `stepBy: expected a learner before its first step, got one after ${this.#optimizer.updates}`,
      );
    this.#optimizer = new OwnSteps(this.#network, optimizer);
  }

  /** Functions do not travel to other threads. */
  #checkAlone(name: string): void {
    if (!(this.#crew instanceof Alone))
      throw new Error(
        `${name}: expected a learner on the calling thread alone, got one that shares its work with threads`,
      );
  }

  /** Writes ratios and values by the present weights, and learns nothing. @throws TypeError if there is no room for ratios */
  judge(minibatch: Minibatch<Bootstrapped>): Maybe<void> {
    const { columns } = minibatch;
    if (!columns.ratios)
      throw new TypeError('judge: expected a rollout with room for ratios, got one without');
    // Advantages and returns have no say in it, and need not be there yet; nor have the settings of the loss.
    const { logProbs: advantages, values: returns } = columns;
    this.#columns.config.set([1, 1, 0, 0, 0, 1, 1, 0, 0]);
    const known = { ...minibatch, columns: extend(columns, { advantages, returns, weights: undefined }) };
    return after(this.#differentiate(known, false), () => writeRatios(minibatch));
  }

  /** Lets the crew compute losses, and, to learn, gradients. */
  #differentiate(minibatch: Minibatch<Judged>, isLearning: boolean): Maybe<void> {
    writeMinibatch(this.#columns.minibatch, minibatch, isLearning);
    return this.#differentiateAll();
  }

  /** Gradients and losses of the chunks that this member claims. */
  #differentiateChunks(member: number): void {
    const { gradients, sums } = this.#columns;
    const { arena, parameters } = this.#network;
    const minibatch = readMinibatch(this.#columns.minibatch, arena);
    const size = parameters.length;
    const blocks = this.#blocksOf(minibatch.samples, minibatch.steps);
    const chunks = Math.min(CHUNKS, blocks);
    for (let chunk = this.#crew.claim(); chunk < chunks; chunk = this.#crew.claim()) {
      gradients.fill(0, chunk * size, (chunk + 1) * size);
      sums.fill(0, chunk * SUMS, (chunk + 1) * SUMS);
      const part = this.#partOf(member, chunk, minibatch);
      const from = Math.floor((chunk * blocks) / chunks);
      const to = Math.floor(((chunk + 1) * blocks) / chunks);
      for (let block = from; block < to; block++) {
        if (this.#isRecurrent) this.#differentiateSegments(part, block);
        else this.#differentiateBlock(part, block);
      }
    }
  }

  /** Whether the network remembers, so that it learns from whole segments. */
  get #isRecurrent(): boolean {
    return this.#network.stateSize > 0;
  }

  /** Blocks of samples, or of the rows of segments. */
  #blocksOf(samples: number, steps: number): number {
    return Math.ceil((this.#isRecurrent ? samples / steps : samples) / this.#network.arena.kernels.block());
  }

  #chunksOf({ indices, steps = 0 }: Minibatch<Judged>): number {
    return Math.min(CHUNKS, this.#blocksOf(indices.length, steps));
  }

  /** The optimizer's step by the gradients of all chunks, added up in order. */
  #apply({ n, entCoef, learningRate }: Applied, chunks: number): Losses {
    const { gradients, sums } = this.#columns;
    const { kernels } = this.#network.arena;
    const { maxGradNorm, vfCoef } = this.#config;
    const size = this.#network.parameters.length;
    const norm = Math.sqrt(kernels.reduceGradients(gradients.byteOffset, size, chunks, 4 * size));
    const means = Array.from({ length: SUMS }, (_, k) => {
      let sum = 0;
      for (let chunk = 0; chunk < chunks; chunk++) sum += sums[chunk * SUMS + k];
      return sum / n;
    });
    const [policyLoss, valueLoss, entropy, approxKl, oldApproxKl, clipFraction] = means;
    const own = this.#terms.losses;
    let loss = policyLoss - entCoef * entropy + vfCoef * valueLoss + this.klCoef * approxKl;
    for (const part of Object.values(own)) loss += part;
    if (!Number.isFinite(norm) || !Number.isFinite(loss)) {
      throw new DivergenceError(
        `update ${this.#optimizer.updates}: expected a finite loss and gradient, got loss ${loss}, gradient norm ${norm}`,
      );
    }
    this.#optimizer.step(gradients.byteOffset, Math.min(1, maxGradNorm / (norm + 1e-6)), learningRate);
    this.#network.pack();
    return {
      loss,
      policyLoss,
      valueLoss,
      entropy,
      approxKl,
      oldApproxKl,
      clipFraction,
      gradNorm: norm,
      ...own,
    };
  }

  /** The gradient of the last update, before clipping, as named tensors. */
  get gradients() {
    return tensorsOf(
      this.#network.segments,
      this.#columns.gradients.subarray(0, this.#network.parameters.length),
    );
  }

  save(): Saved {
    const { tensors, values } = this.#optimizer.save();
    return { tensors, values: { ...values, klCoef: this.klCoef } };
  }

  load({ tensors, values }: Saved): void {
    const { klCoef, ...counted } = savedPenalty(values, this.#config);
    this.#optimizer.load({ tensors, values: counted });
    this.klCoef = klCoef;
  }

  #check({ columns, indices, steps = 0 }: Minibatch<Estimate>): void {
    const { observations, actionMasks, actions, logProbs, advantages, returns, values } = columns;
    const { weights, states, masks, ratios, newLogProbs, newValues } = columns;
    const { buffer } = this.#network.parameters;
    const needed = { indices, observations, actions, logProbs, advantages, returns, values };
    const recurrent = this.#isRecurrent && { states, masks };
    for (const [name, column] of Object.entries({
      ...needed,
      ...(actionMasks && { actionMasks }),
      ...(weights && { weights }),
      ...(ratios && { ratios, newLogProbs, newValues }),
      ...recurrent,
    })) {
      if (column?.buffer !== buffer)
        throw new TypeError(
          `update: expected ${name} in the arena of the network, got ${column ? 'another typed array' : 'none'}`,
        );
    }
    if (indices.length === 0) throw new RangeError('update: expected a minibatch of at least one sample');
    if (this.#isRecurrent && !(steps > 0 && indices.length % steps === 0))
      throw new RangeError(
        'update: expected a minibatch of whole segments for a network with a memory, got single transitions',
      );
  }

  #writeConfig(minibatch: Minibatch<Estimate>): Applied {
    const { clipCoef, clipVloss, entCoef, vfCoef, dualClip = 0, learningRate } = this.#config;
    const { config } = this.#columns;
    const progress = this.#progress();
    const clip = at(clipCoef, progress);
    const entropy = at(entCoef, progress);
    const { n, mean, scale } = this.#countedAdvantages(minibatch);
    const off = Number.POSITIVE_INFINITY;
    const [vfClip, dual] = [clipVloss ? clip : off, dualClip > 0 ? dualClip : off];
    config.set([clip, vfClip, entropy, vfCoef, mean, scale, dual, 1 / n, this.klCoef]);
    return { n, entCoef: entropy, learningRate: at(learningRate, progress) };
  }

  /** How many transitions count, and what normalises their advantages. */
  #countedAdvantages({ columns, indices }: Minibatch<Estimate>) {
    const { advantages, weights } = columns;
    const { moments } = this.#columns;
    const { kernels } = this.#network.arena;
    const n = kernels.moments(
      advantages.byteOffset,
      indices.byteOffset,
      indices.length,
      moments.byteOffset,
      weights?.byteOffset ?? 0,
    );
    const [sum, squares] = moments;
    if (n === 0) throw new RangeError('update: expected a transition that counts, got weights of 0 only');
    // The standard deviation of a single sample is not defined: it is left as it is.
    if (!this.#config.normAdv || n === 1) return { n, mean: 0, scale: 1 };
    return { n, mean: sum / n, scale: 1 / (Math.sqrt(squares / (n - 1)) + 1e-8) };
  }

  #partOf(member: number, chunk: number, minibatch: ToldMinibatch): Part {
    const { head, parameters } = this.#network;
    const { gradients, scratch, config, sums } = this.#columns;
    const pointers = {
      ...minibatch.pointers,
      config: config.byteOffset,
      sums: sums.byteOffset + 8 * chunk * SUMS,
      scratch: scratch.byteOffset + 4 * member * head.scratch,
    };
    return { member, minibatch, gradients: gradients.byteOffset + 4 * chunk * parameters.length, pointers };
  }

  /** Forward, loss and backward of one block, while it is in cache. */
  #differentiateBlock(part: Part, block: number): void {
    const { arena, passes } = this.#network;
    const { observations, indices, samples, pointers, isLearning } = part.minibatch;
    const pass = passes[part.member];
    const width = arena.kernels.block();
    const n = Math.min(width, samples - block * width);
    const rows = indices + 4 * block * width;
    pass.forward(observations, 0, rows, n, true, pointers.actionMasks);
    this.#judge(part, rows, n);
    if (isLearning) pass.backward(part.gradients, n);
  }

  /** The same of all steps of a block of rows. */
  #differentiateSegments(part: Part, block: number): void {
    const { arena, passes } = this.#network;
    const { observations, indices, samples, steps, pointers, isLearning } = part.minibatch;
    const width = arena.kernels.block();
    const n = Math.min(width, samples / steps - block * width);
    passes[part.member].segment(
      observations,
      pointers.states,
      pointers.masks,
      indices + 4 * block * width * steps,
      n,
      steps,
      isLearning ? part.gradients : 0,
      pointers.actionMasks,
      (rows) => this.#judge(part, rows, n),
    );
  }

  /** Loss of the samples that the pass has computed, and its gradient by what it has put out. */
  #judge({ member, minibatch, gradients, pointers }: Part, rows: number, n: number): void {
    const { passes, head } = this.#network;
    head.loss(passes[member], rows, n, pointers, gradients);
    if (minibatch.isLearning) this.#terms.differentiate(rows, n);
  }
}

/** @throws RangeError unless dualClip is above 1, or 0 */
export function checkDualClip({ dualClip = 0 }: PpoLearnerConfig): void {
  if (dualClip !== 0 && !(dualClip > 1))
    throw new RangeError(`PpoLearner: dualClip must be above 1, or 0, got ${dualClip}`);
}

/** What a learner's penalty goes on with, and the optimizer's values. @throws CheckpointError if there is no such penalty */
export function savedPenalty(values: Saved['values'], { klCoef: configured = 0 }: PpoLearnerConfig) {
  const { updates, klCoef } = checkNames('optimizer', values, ['updates', 'klCoef']);
  if (!(typeof klCoef === 'number' && klCoef >= 0 && klCoef < Number.POSITIVE_INFINITY))
    throw new CheckpointError(`checkpoint: optimizer.klCoef: expected a number ≥ 0, got ${klCoef}`);
  // A penalty that has been switched on or off since is what the configuration says.
  return { updates, klCoef: configured > 0 && klCoef > 0 ? klCoef : configured };
}

/** Where ratios are kept, makes them of the new log-probabilities, and lets new values take the place of the old. */
export function writeRatios({ columns, indices }: Minibatch<Bootstrapped | Estimate>): void {
  const { ratios, logProbs, values, newLogProbs, newValues } = columns;
  if (!ratios || !newLogProbs || !newValues) return;
  // Not before all is judged: what has been drawn more than once is to be judged by the same values.
  for (const i of indices) {
    ratios[i] = exp(newLogProbs[i] - logProbs[i]);
    values[i] = newValues[i];
  }
}

function ownColumns(options: ActorCriticOptions, kernels: KernelLayout, members: number) {
  return {
    gradients: ['f32', CHUNKS * ActorCritic.size(options, kernels)],
    config: ['f32', 9],
    scratch: ['f32', members * 16 * actionForm(options).size],
    sums: ['f64', CHUNKS * SUMS],
    moments: ['f64', 2],
    minibatch: ['f64', MINIBATCH_WORDS],
  } as const satisfies ColumnSpecs;
}
