import { type Arena, type ColumnSpecs, type Columns, wordsOf } from '../../../arena.ts';
import type { Maybe } from '../../../nouns.ts';
import type { Minibatch } from '../../../records.ts';
import type { Experience } from '../../../replay.ts';
import { purposes, streamKey } from '../../../rng.ts';
import { Alone, type Crew, type Task } from '../../../workers/crew.ts';
import type { KernelLayout } from '../kernels.ts';
import { type ActorPass, SacActor } from './sacActor.ts';
import type { SacOptions } from './sacOptions.ts';
import { TwinCritic } from './twinCritic.ts';

/** What noise is for: the next actions of the critics' targets, the actor's actions, the entropy that α is learned from. */
const uses = { next: 0, actor: 1, alpha: 2 } as const;

/** Writes the noise of n samples of a minibatch, from one on, to a pass's `noise`. */
export type NoiseSource = (
  pass: ActorPass,
  use: keyof typeof uses,
  update: number,
  from: number,
  n: number,
) => void;

/** Draws it from a seed, by update and sample. */
export function noiseOf(seed: number): NoiseSource {
  const key = streamKey(seed);
  return (pass, use, update, from, n) => pass.draw(key, 4 * update + uses[use], purposes.learn, from, n);
}

/** @throws TypeError or RangeError unless there are samples, in columns of the networks' arena */
export function checkMinibatch({ columns, indices }: Minibatch<Experience>, { memory }: Arena): void {
  for (const [name, column] of Object.entries({ ...columns, indices })) {
    if (column && column.buffer !== memory.buffer)
      throw new TypeError(`update: expected ${name} in the arena of the network, got another typed array`);
  }
  if (indices.length === 0) throw new RangeError('update: expected a minibatch of at least one sample');
}

/**
 * Most parts that a minibatch is divided into, each with gradients and sums of its own: they are added up in order,
 * whoever computed them.
 */
const CHUNKS = 8;
/** Samples that are computed together: half a block, so that usual minibatches of 256 keep two threads equally busy. */
const pieceOf = (kernels: KernelLayout) => kernels.block() / 2;
/** Sums of a chunk: squared errors and values of either critic; the actor's loss and log π; log π for α. */
const SUMS = 7;

/** Places of n samples in the pointers of a minibatch, from one on: a piece. */
interface Part {
  readonly member: number;
  readonly chunk: number;
  /** Whether the chunk begins with it. */
  readonly isFirst: boolean;
  readonly from: number;
  readonly n: number;
}

/**
 * The gradients of SAC's losses over a minibatch. Members of a crew claim its chunks, pieces of samples, and compute
 * all that is to be done with a piece while it is in cache.
 */
export class SacGradients {
  readonly #actor: SacActor;
  readonly #critic: TwinCritic;
  readonly #noise: NoiseSource;
  readonly #crew: Crew;
  readonly #chunks: number;
  readonly #columns: Columns<ReturnType<typeof SacGradients.columns>>;
  readonly #criticTask: Task;
  readonly #actorTask: Task;
  readonly #followTask: Task;

  /** The columns that an arena must have room for. @param batchSize the most samples in a minibatch */
  static columns(options: SacOptions, batchSize: number, kernels: KernelLayout) {
    const chunks = Math.min(CHUNKS, Math.ceil(batchSize / pieceOf(kernels)));
    return {
      critic: ['f32', chunks * TwinCritic.parameters(options, kernels).size],
      actor: ['f32', chunks * SacActor.parameters(options, kernels).size],
      sums: ['f64', chunks * SUMS],
    } as const satisfies ColumnSpecs;
  }

  /** @param noise by default drawn from the seed, by update and sample */
  constructor(
    actor: SacActor,
    critic: TwinCritic,
    batchSize: number,
    seed: number,
    crew: Crew = new Alone(),
    noise?: NoiseSource,
  ) {
    const { arena, options } = actor;
    this.#actor = actor;
    this.#critic = critic;
    this.#columns = arena.take(SacGradients.columns(options, batchSize, arena.kernels));
    this.#chunks = this.#columns.sums.length / SUMS;
    this.#noise = noise ?? noiseOf(seed);
    this.#crew = crew;
    this.#criticTask = crew.task((member, words) =>
      this.#eachPiece(member, words, (part) => this.#differentiateCritics(part, words)),
    );
    this.#actorTask = crew.task((member, words) =>
      this.#eachPiece(member, words, (part) => this.#differentiateActor(part, words)),
    );
    this.#followTask = crew.task((member, words) => this.#followAndJudge(member, words));
  }

  /** Vectors like the parameters: the gradients of the chunks, or, after `reduce`, their sum at the front. */
  get critic(): Float32Array {
    return this.#columns.critic.subarray(0, this.#critic.parameters.length);
  }
  get actor(): Float32Array {
    return this.#columns.actor.subarray(0, this.#actor.parameters.length);
  }

  /** The critics' losses and gradients; the sums of all chunks begin anew. */
  differentiateCritics(minibatch: Minibatch<Experience>, update: number, alpha: number): Maybe<void> {
    const { columns } = minibatch;
    checkMinibatch(minibatch, this.#actor.arena);
    this.#columns.sums.fill(0);
    columns.errors?.fill(0);
    const { nextObservations, actions, nextIndices, returns, discounts, sampleWeights, errors } = columns;
    return this.#criticTask(
      ...this.#wordsOf(minibatch, update, alpha),
      ...wordsOf(nextObservations),
      ...[actions, nextIndices, returns, discounts, sampleWeights, errors].map((c) => c?.byteOffset ?? 0),
    );
  }

  /** The actor's loss and gradient, by the critics as they are. */
  differentiateActor(minibatch: Minibatch<Experience>, update: number, alpha: number): Maybe<void> {
    return this.#actorTask(...this.#wordsOf(minibatch, update, alpha));
  }

  /** Moves the targets towards the critics; to learn α, also sums log π of actions that are drawn anew. */
  followAndJudge(
    minibatch: Minibatch<Experience>,
    update: number,
    { tau, autotune }: Readonly<{ tau: number; autotune: boolean }>,
  ): Maybe<void> {
    return this.#followTask(...this.#wordsOf(minibatch, update, 0), tau, Number(autotune));
  }

  /** Adds up the gradients of the chunks; answers Σ g². @param n samples in the minibatch */
  reduce(of: 'critic' | 'actor', n: number): number {
    const { kernels } = this.#actor.arena;
    const size = this[of].length;
    return kernels.reduceGradients(this.#columns[of].byteOffset, size, this.#chunksOf(n), 4 * size);
  }

  /** The means of the sums over the n samples. */
  means(n: number): number[] {
    const { sums } = this.#columns;
    return Array.from({ length: SUMS }, (_, k) => {
      let sum = 0;
      for (let chunk = 0; chunk < this.#chunks; chunk++) sum += sums[SUMS * chunk + k];
      return sum / n;
    });
  }

  /** What all tasks are told. */
  #wordsOf({ columns, indices }: Minibatch<Experience>, update: number, alpha: number): number[] {
    const { byteOffset, length } = indices;
    return [...wordsOf(columns.observations), byteOffset, length, update, alpha];
  }

  #chunksOf(samples: number): number {
    return Math.min(this.#chunks, Math.ceil(samples / pieceOf(this.#actor.arena.kernels)));
  }

  #eachPiece(member: number, words: Float64Array, work: (part: Part) => void): void {
    const chunks = this.#chunksOf(words[4]);
    for (let chunk = this.#crew.claim(); chunk < chunks; chunk = this.#crew.claim())
      this.#eachPieceOf(chunk, member, words, work);
  }

  #eachPieceOf(
    chunk: number,
    member: number,
    [, , , , samples]: Float64Array,
    work: (part: Part) => void,
  ): void {
    const width = pieceOf(this.#actor.arena.kernels);
    const pieces = Math.ceil(samples / width);
    const chunks = this.#chunksOf(samples);
    const first = Math.floor((chunk * pieces) / chunks);
    const end = Math.floor(((chunk + 1) * pieces) / chunks);
    for (let piece = first; piece < end; piece++) {
      const from = piece * width;
      work({ member, chunk, isFirst: piece === first, from, n: Math.min(width, samples - from) });
    }
  }

  /** Pointer to the chunk's gradients; they are 0 before its first piece. */
  #gradients(of: 'critic' | 'actor', { chunk, isFirst }: Part): number {
    const bytes = 4 * this[of].length;
    const pointer = this.#columns[of].byteOffset + chunk * bytes;
    if (isFirst) this.#actor.arena.kernels.fill(pointer, 0, bytes);
    return pointer;
  }

  #differentiateCritics(part: Part, words: Float64Array): void {
    const [type, pointer, length, indices, samples, update, alpha, nextType, nextPointer, nextLength] = words;
    const [actions, nextIndices, returns, discounts, weights, errors] = words.subarray(10);
    const { member, chunk, from, n } = part;
    const { arena, passes, options } = this.#actor;
    const { kernels } = arena;
    const gradients = this.#gradients('critic', part);
    const pass = passes[member];
    const critic = this.#critic.passes[member];
    const at = 4 * from;
    pass.read(arena.view(nextType, nextPointer, nextLength), 0, nextIndices + at, n);
    this.#noise(pass, 'next', update, from, n);
    pass.act(pass.noise, n, false);
    critic.forwardTargets(pass.input, n);
    pass.read(arena.view(type, pointer, length), 0, indices + at, n);
    kernels.gather(actions, indices + at, n, options.low.length, pass.actions);
    for (let q = 0; q < 2; q++) {
      critic.forward(q, pass.input, n);
      kernels.sacCritic(
        critic.values[q],
        ...critic.targetValues,
        pass.logProbs.byteOffset,
        n,
        returns + at,
        discounts + at,
        weights === 0 ? 0 : weights + at,
        alpha,
        1 / samples,
        critic.dValues[q],
        errors === 0 ? 0 : errors + at,
        this.#columns.sums.byteOffset + 8 * (SUMS * chunk + 2 * q),
      );
      critic.backward(q, pass.input, gradients, n);
    }
  }

  #differentiateActor(part: Part, words: Float64Array): void {
    const [, , , , samples, , alpha] = words;
    const { member, chunk, n } = part;
    const { arena, passes } = this.#actor;
    const gradients = this.#gradients('actor', part);
    const pass = passes[member];
    const critic = this.#critic.passes[member];
    this.#act(part, words, 'actor');
    for (let q = 0; q < 2; q++) critic.forward(q, pass.input, n);
    arena.kernels.sacActor(
      ...critic.values,
      pass.logProbs.byteOffset,
      n,
      alpha,
      1 / samples,
      ...critic.dValues,
      this.#columns.sums.byteOffset + 8 * (SUMS * chunk + 4),
    );
    critic.backwardActions(pass.input, n);
    pass.backward(critic.dActions, alpha / samples, gradients, n);
  }

  /** The first pieces of work are the targets, the next the chunks. */
  #followAndJudge(member: number, words: Float64Array): void {
    const [, , , , samples, , , tau, judges] = words;
    const targets = this.#critic.passes[member].values.length;
    const works = targets + (judges === 1 ? this.#chunksOf(samples) : 0);
    for (let work = this.#crew.claim(); work < works; work = this.#crew.claim()) {
      if (work < targets) this.#critic.follow(work, tau);
      else this.#eachPieceOf(work - targets, member, words, (part) => this.#addLogProbs(part, words));
    }
  }

  #addLogProbs(part: Part, words: Float64Array): void {
    const { logProbs } = this.#actor.passes[part.member];
    this.#act(part, words, 'alpha');
    let sum = 0;
    for (let s = 0; s < part.n; s++) sum += logProbs[s];
    this.#columns.sums[SUMS * part.chunk + 6] += sum;
  }

  /** Acts on the minibatch's observations. */
  #act({ member, from, n }: Part, words: Float64Array, use: 'actor' | 'alpha'): void {
    const [type, pointer, length, indices, , update] = words;
    const pass = this.#actor.passes[member];
    pass.read(this.#actor.arena.view(type, pointer, length), 0, indices + 4 * from, n);
    this.#noise(pass, use, update, from, n);
    pass.act(pass.noise, n, use === 'actor');
  }
}
