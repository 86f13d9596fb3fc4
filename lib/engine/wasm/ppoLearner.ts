import { type Column, type ColumnSpecs, type Columns, wordsOf } from '../../arena.ts';
import type { Schedule } from '../../config.ts';
import { CheckpointError, DivergenceError } from '../../errors.ts';
import type { Learner, Maybe, Saved, Stateful } from '../../nouns.ts';
import type { Estimate, Losses, Minibatch } from '../../records.ts';
import { checkFinite, checkNames, checkTensors, prefixed, savedCount, unprefixed } from '../../restore.ts';
import { at } from '../../schedule.ts';
import { Alone, after, type Crew, type Task } from '../../workers/crew.ts';
import { ActorCritic } from './actorCritic.ts';
import type { ActorCriticOptions } from './actorCriticOptions.ts';
import type { KernelLayout } from './kernels.ts';

export interface PpoLearnerConfig {
  readonly learningRate: Schedule;
  readonly adamEps: number;
  readonly normAdv: boolean;
  readonly clipCoef: Schedule;
  readonly clipVloss: boolean;
  readonly entCoef: Schedule;
  readonly vfCoef: number;
  readonly maxGradNorm: number;
}

/**
 * Parts that a minibatch is divided into. Each has a gradient vector of its own, and they are added up in order: a
 * number of workers may share them out, and the sum has the same bits for any number.
 */
const CHUNKS = 8;
/** Sums of losses that a chunk keeps. */
const SUMS = 6;
/** What a task is told of a minibatch: observations, masks, indices, their number, and the pointers of eight columns. */
const BATCH_WORDS = 14;
const BETA1 = 0.9;
const BETA2 = 0.999;

/** Proximal policy optimization with Adam: one optimizer step for each minibatch. @see arXiv:1707.06347 */
export class PpoLearner implements Learner<Estimate>, Stateful {
  readonly #network: ActorCritic;
  readonly #config: PpoLearnerConfig;
  readonly #progress: () => number;
  readonly #crew: Crew;
  readonly #differentiateAll: Task;
  readonly #columns: Columns<ReturnType<typeof PpoLearner.columns>>;
  #updates = 0;

  /** The columns that an arena must have room for, `members` being those who compute at the same time. */
  static columns(options: ActorCriticOptions, kernels: KernelLayout, members = 1) {
    const size = ActorCritic.size(options, kernels);
    return {
      gradients: ['f32', CHUNKS * size],
      m: ['f32', size],
      v: ['f32', size],
      config: ['f32', 9],
      scratch: ['f32', members * 16 * Math.max(1, options.choices.length)],
      sums: ['f64', CHUNKS * SUMS],
      moments: ['f64', 2],
      columns: ['f64', BATCH_WORDS],
    } as const satisfies ColumnSpecs;
  }

  /**
   * @param progress how much of the run is done, in [0, 1]: what the schedules go by
   * @param crew who shares the chunks of a minibatch out
   * @throws RangeError unless adamEps is positive
   */
  constructor(
    network: ActorCritic,
    config: PpoLearnerConfig,
    progress: () => number,
    crew: Crew = new Alone(),
  ) {
    const { adamEps } = config;
    // Padding has no gradient, so m and v are 0: without it, Adam's step would be 0 / 0.
    if (!(Math.fround(adamEps) > 0))
      throw new RangeError(`PpoLearner: adamEps must be positive as a float32, got ${adamEps}`);
    this.#network = network;
    this.#config = config;
    this.#progress = progress;
    const { options, arena } = network;
    this.#columns = arena.take(PpoLearner.columns(options, arena.kernels, crew.size));
    this.#crew = crew;
    this.#differentiateAll = crew.task((member) => this.#differentiateChunks(member));
  }

  /** @throws DivergenceError, the weights being untouched, if the loss or its gradient is no longer finite */
  update(minibatch: Minibatch<Estimate>): Maybe<Losses> {
    this.#check(minibatch);
    const { columns } = this.#columns;
    const config = this.#writeConfig(minibatch);
    const { observations, actionMasks, actions, logProbs, advantages, returns, values } = minibatch.columns;
    const { indices } = minibatch;
    const pointers = [actions, logProbs, advantages, returns, values].map(({ byteOffset }) => byteOffset);
    columns.set([...wordsOf(observations), actionMasks?.byteOffset ?? 0, indices.byteOffset, indices.length]);
    columns.set(pointers, 6);
    return after(this.#differentiateAll(), () => this.#apply(indices.length, config));
  }

  /** Gradients and losses of the chunks that this member claims of the minibatch at `columns`. */
  #differentiateChunks(member: number): void {
    const { gradients, sums, columns } = this.#columns;
    const { arena, parameters } = this.#network;
    const [type, pointer, length, actionMasks, indices, n] = columns;
    const observations = arena.view(type, pointer, length);
    const size = parameters.length;
    const blocks = Math.ceil(n / arena.kernels.block());
    const chunks = Math.min(CHUNKS, blocks);
    for (let chunk = this.#crew.claim(); chunk < chunks; chunk = this.#crew.claim()) {
      gradients.fill(0, chunk * size, (chunk + 1) * size);
      sums.fill(0, chunk * SUMS, (chunk + 1) * SUMS);
      const from = Math.floor((chunk * blocks) / chunks);
      const to = Math.floor(((chunk + 1) * blocks) / chunks);
      for (let block = from; block < to; block++)
        this.#differentiate(member, chunk, observations, actionMasks, indices, n, block);
    }
  }

  /** The optimizer's step by the gradients of all chunks, added up in order. */
  #apply(n: number, config: { readonly entCoef: number; readonly learningRate: number }): Losses {
    const { gradients, sums } = this.#columns;
    const { kernels } = this.#network.arena;
    const { maxGradNorm, vfCoef } = this.#config;
    const size = this.#network.parameters.length;
    const chunks = Math.min(CHUNKS, Math.ceil(n / kernels.block()));
    const norm = Math.sqrt(kernels.reduceGradients(gradients.byteOffset, size, chunks, 4 * size));
    const means = Array.from({ length: SUMS }, (_, k) => {
      let sum = 0;
      for (let chunk = 0; chunk < chunks; chunk++) sum += sums[chunk * SUMS + k];
      return sum / n;
    });
    const [policyLoss, valueLoss, entropy, approxKl, oldApproxKl, clipFraction] = means;
    const loss = policyLoss - config.entCoef * entropy + vfCoef * valueLoss;
    if (!Number.isFinite(norm) || !Number.isFinite(loss)) {
      throw new DivergenceError(
        `update ${this.#updates}: expected a finite loss and gradient, got loss ${loss}, gradient norm ${norm}`,
      );
    }
    this.#step(Math.min(1, maxGradNorm / (norm + 1e-6)), config.learningRate);
    return { loss, policyLoss, valueLoss, entropy, approxKl, oldApproxKl, clipFraction, gradNorm: norm };
  }

  /** The gradient of the last update, before clipping, as named tensors. */
  get gradients() {
    return this.#network.tensors(this.#columns.gradients.subarray(0, this.#network.parameters.length));
  }

  save(): Saved {
    const { m, v } = this.#columns;
    return {
      tensors: { ...prefixed('m.', this.#network.tensors(m)), ...prefixed('v.', this.#network.tensors(v)) },
      values: { updates: this.#updates },
    };
  }

  load(saved: Saved): void {
    const { m, v } = this.#columns;
    checkNames('optimizer', saved.values, ['updates']);
    const updates = savedCount('optimizer', saved, 'updates');
    checkTensors('optimizer', this.save().tensors, saved.tensors);
    const [means, squares] = ['m.', 'v.'].map((prefix) => unprefixed(prefix, saved.tensors));
    checkFinite('optimizer.m', means);
    checkFinite('optimizer.v', squares, 0);
    checkMoments(means, squares);
    this.#network.assign(means, m);
    this.#network.assign(squares, v);
    this.#updates = updates;
  }

  #check({ columns, indices }: Minibatch<Estimate>): void {
    const { observations, actionMasks, actions, logProbs, advantages, returns, values } = columns;
    const { buffer } = this.#network.parameters;
    for (const [name, column] of Object.entries({
      indices,
      observations,
      actions,
      logProbs,
      advantages,
      returns,
      values,
      ...(actionMasks && { actionMasks }),
    })) {
      if (column.buffer !== buffer)
        throw new TypeError(`update: expected ${name} in the arena of the network, got another typed array`);
    }
    if (indices.length === 0) throw new RangeError('update: expected a minibatch of at least one sample');
  }

  #writeConfig({ columns, indices }: Minibatch<Estimate>) {
    const { clipCoef, clipVloss, entCoef, vfCoef, normAdv, learningRate } = this.#config;
    const { config, moments } = this.#columns;
    const progress = this.#progress();
    const clip = at(clipCoef, progress);
    const entropy = at(entCoef, progress);
    let mean = 0;
    let scale = 1;
    // The standard deviation of a single sample is not defined: it is left as it is.
    if (normAdv && indices.length > 1) {
      const { kernels } = this.#network.arena;
      kernels.moments(columns.advantages.byteOffset, indices.byteOffset, indices.length, moments.byteOffset);
      mean = moments[0] / indices.length;
      scale = 1 / (Math.sqrt(moments[1] / (indices.length - 1)) + 1e-8);
    }
    const off = Number.POSITIVE_INFINITY;
    config.set([clip, clipVloss ? clip : off, entropy, vfCoef, mean, scale, off, 1 / indices.length, 0]);
    return { entCoef: entropy, learningRate: at(learningRate, progress) };
  }

  /** Forward, loss and backward of one block, while it is in cache. */
  #differentiate(
    member: number,
    chunk: number,
    observations: Column,
    actionMasks: number,
    indices: number,
    samples: number,
    block: number,
  ): void {
    const { arena, passes, head, parameters } = this.#network;
    const { columns, scratch, config, sums, gradients } = this.#columns;
    const pass = passes[member];
    const width = arena.kernels.block();
    const n = Math.min(width, samples - block * width);
    const rows = indices + 4 * block * width;
    const vector = gradients.byteOffset + 4 * chunk * parameters.length;
    pass.forward(observations, 0, rows, n, true, actionMasks);
    const pointers = {
      actions: columns[6],
      logProbs: columns[7],
      advantages: columns[8],
      returns: columns[9],
      values: columns[10],
      weights: columns[11],
      newLogProbs: columns[12],
      newValues: columns[13],
      config: config.byteOffset,
      sums: sums.byteOffset + 8 * chunk * SUMS,
      scratch: scratch.byteOffset + 4 * member * head.scratch,
    };
    head.loss(pass, rows, n, pointers, vector);
    pass.backward(vector, n);
  }

  #step(scale: number, learningRate: number): void {
    const { gradients, m, v } = this.#columns;
    const { parameters, arena } = this.#network;
    this.#updates++;
    arena.kernels.adam(
      parameters.byteOffset,
      gradients.byteOffset,
      m.byteOffset,
      v.byteOffset,
      parameters.length,
      scale,
      learningRate,
      BETA1,
      BETA2,
      this.#config.adamEps,
      1 - power(BETA1, this.#updates),
      1 - power(BETA2, this.#updates),
    );
    this.#network.pack();
  }
}

/**
 * Whether gradients can have had such moments: |m| ≤ c·√v by Cauchy and Schwarz, with c = (1 − β₁) / √((1 − β₂)(1 − β₁²/β₂)).
 * What is more would make steps that no gradient makes.
 *
 * @throws CheckpointError naming the first that cannot be
 */
function checkMoments(means: Saved['tensors'], squares: Saved['tensors']): void {
  const most = (1 - BETA1) / Math.sqrt((1 - BETA2) * (1 - BETA1 ** 2 / BETA2));
  for (const [name, { data }] of Object.entries(means)) {
    const v = squares[name].data;
    for (let i = 0; i < data.length; i++) {
      // Room for rounding, and for squares that were too small for a float32.
      if (Math.abs(data[i]) <= 1.01 * most * Math.sqrt(v[i]) + 1e-17) continue;
      throw new CheckpointError(
        `checkpoint: optimizer.m.${name}[${i}]: ${data[i]} cannot be where v is ${v[i]}`,
      );
    }
  }
}

/** base ** exponent by squaring: Math.pow's bits are left to the implementation. */
function power(base: number, exponent: number): number {
  let result = 1;
  let factor = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}
