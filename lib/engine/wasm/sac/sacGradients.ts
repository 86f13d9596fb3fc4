import { type ColumnSpecs, type Columns, wordsOf } from '../../../arena.ts';
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

/**
 * Most parts that a minibatch is divided into, each with gradients and sums of its own: they are added up in order,
 * whoever computed them.
 */
const CHUNKS = 8;
/** Sums of a chunk: squared errors and values of either critic; the actor's loss and log π; log π for α. */
const SUMS = 7;

/** Places of n samples in the pointers of a minibatch, from one on. */
interface Part {
  readonly member: number;
  readonly chunk: number;
  readonly from: number;
  readonly n: number;
}

/**
 * The gradients of SAC's losses over a minibatch. Members of a crew claim its chunks, blocks of samples, and compute
 * all that is to be done with a block while it is in cache.
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
  readonly #entropyTask: Task;

  /** The columns that an arena must have room for. @param batchSize the most samples in a minibatch */
  static columns(options: SacOptions, batchSize: number, kernels: KernelLayout) {
    const chunks = Math.min(CHUNKS, Math.ceil(batchSize / kernels.block()));
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
    const key = streamKey(seed);
    this.#actor = actor;
    this.#critic = critic;
    this.#columns = arena.take(SacGradients.columns(options, batchSize, arena.kernels));
    this.#chunks = this.#columns.sums.length / SUMS;
    this.#noise =
      noise ??
      ((pass, use, update, from, n) => pass.draw(key, 4 * update + uses[use], purposes.learn, from, n));
    this.#crew = crew;
    this.#criticTask = crew.task((member, words) =>
      this.#eachBlock(member, words, (part) => this.#differentiateCritics(part, words)),
    );
    this.#actorTask = crew.task((member, words) =>
      this.#eachBlock(member, words, (part) => this.#differentiateActor(part, words)),
    );
    this.#entropyTask = crew.task((member, words) =>
      this.#eachBlock(member, words, (part) => this.#addLogProbs(part, words)),
    );
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
    this.#check(minibatch);
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

  /** Sums log π of actions that are drawn anew. */
  judgeEntropy(minibatch: Minibatch<Experience>, update: number): Maybe<void> {
    return this.#entropyTask(...this.#wordsOf(minibatch, update, 0));
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

  #check({ columns, indices }: Minibatch<Experience>): void {
    const { buffer } = this.#actor.parameters;
    for (const [name, column] of Object.entries({ ...columns, indices })) {
      if (column && column.buffer !== buffer)
        throw new TypeError(`update: expected ${name} in the arena of the network, got another typed array`);
    }
    if (indices.length === 0) throw new RangeError('update: expected a minibatch of at least one sample');
  }

  /** What all tasks are told. */
  #wordsOf({ columns, indices }: Minibatch<Experience>, update: number, alpha: number): number[] {
    const { byteOffset, length } = indices;
    return [...wordsOf(columns.observations), byteOffset, length, update, alpha];
  }

  #chunksOf(samples: number): number {
    return Math.min(this.#chunks, Math.ceil(samples / this.#actor.arena.kernels.block()));
  }

  #eachBlock(member: number, [, , , , samples]: Float64Array, work: (part: Part) => void): void {
    const width = this.#actor.arena.kernels.block();
    const blocks = Math.ceil(samples / width);
    const chunks = this.#chunksOf(samples);
    for (let chunk = this.#crew.claim(); chunk < chunks; chunk = this.#crew.claim()) {
      const first = Math.floor((chunk * blocks) / chunks);
      const end = Math.floor(((chunk + 1) * blocks) / chunks);
      for (let block = first; block < end; block++) {
        const from = block * width;
        work({ member, chunk, from, n: Math.min(width, samples - from) });
      }
    }
  }

  /** Pointer to the chunk's gradients; they are 0 before its first block. */
  #gradients(of: 'critic' | 'actor', { chunk, from }: Part, samples: number): number {
    const { kernels } = this.#actor.arena;
    const bytes = 4 * this[of].length;
    const pointer = this.#columns[of].byteOffset + chunk * bytes;
    const blocks = Math.ceil(samples / kernels.block());
    const first = Math.floor((chunk * blocks) / this.#chunksOf(samples));
    if (from === first * kernels.block()) kernels.fill(pointer, 0, bytes);
    return pointer;
  }

  #differentiateCritics(part: Part, words: Float64Array): void {
    const [type, pointer, length, indices, samples, update, alpha, nextType, nextPointer, nextLength] = words;
    const [actions, nextIndices, returns, discounts, weights, errors] = words.subarray(10);
    const { member, chunk, from, n } = part;
    const { arena, passes, options } = this.#actor;
    const { kernels } = arena;
    const gradients = this.#gradients('critic', part, samples);
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
    const gradients = this.#gradients('actor', part, samples);
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
