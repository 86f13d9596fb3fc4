import type { Arena, Column, ColumnSpecs, Columns, ColumnType } from './arena.ts';
import type { Schedule } from './config.ts';
import { CheckpointError } from './errors.ts';
import { exp, log } from './math.ts';
import type { Saved, Stateful } from './nouns.ts';
import type { Minibatch, Transition } from './records.ts';
import { checkNames, checkTensors, copies, restoreColumns, savedCount } from './restore.ts';
import { philox, purposes, streamKey } from './rng.ts';
import { at } from './schedule.ts';
import { SumTree } from './sumTree.ts';

export interface ReplayOptions {
  /** Transitions that are kept: the latest. */
  readonly capacity: number;
  /** N, rows of a transition. */
  readonly rows: number;
  /** O, elements of a packed observation, and their type. */
  readonly observationSize: number;
  readonly observationType: ColumnType;
  /** K, elements of a continuous action. */
  readonly actionSize: number;
  /** Samples in a minibatch. */
  readonly batchSize: number;
  readonly seed: number;
  readonly gamma: number;
  /** Rewards in a return, before it is bootstrapped. */
  readonly nStep: number;
  /** Draw in proportion to (|error| + 1e-6)^alpha, weighted by (capacity in use · probability)^−beta; absent: uniformly. */
  readonly priorities?: { readonly alpha: number; readonly beta: Schedule };
}

/** What is learned from: transitions, and of each sample the return that follows it. */
export interface Experience {
  /** [capacity, O], of which the minibatch's `indices` are samples. */
  readonly observations: Column;
  /** [capacity, K] */
  readonly actions: Float32Array;
  /** [capacity, O] */
  readonly nextObservations: Column;
  /** [n] where in nextObservations the last one of each sample's return is */
  readonly nextIndices: Uint32Array;
  /** [n] Σ γᵏ r of each sample's rewards */
  readonly returns: Float32Array;
  /** [n] what the value of that last observation counts: a power of γ, 0 where the episode terminated before it */
  readonly discounts: Float32Array;
  /** [n] importance weights; absent: all are 1 */
  readonly sampleWeights?: Float32Array;
  /** [n] the learner's errors, to be written by it; absent: nobody asks */
  readonly errors?: Float32Array;
}

/**
 * The latest transitions of all rows, to be learned from more than once. Draws are a function of the seed and of how
 * many minibatches have been drawn; a return of n steps ends where its episode does, or where nothing has followed yet.
 *
 * @see Schaul et al., arXiv:1511.05952 (priorities)
 */
export class Replay implements Stateful {
  readonly options: ReplayOptions;
  readonly #columns: Columns<ReturnType<typeof storedColumns>>;
  readonly #batch: Columns<ReturnType<typeof batchColumns>>;
  readonly #tree: SumTree | undefined;
  readonly #key: readonly [number, number];
  readonly #progress: () => number;
  readonly #words = new Uint32Array(4);
  #stored = 0;
  #drawn = 0;
  /** The greatest priority so far: that of what nobody has learned from. */
  #greatest = 1;

  /** The columns that an arena must have room for. */
  static columns(options: ReplayOptions) {
    return { ...storedColumns(options), ...batchColumns(options) };
  }

  /**
   * @param progress how much of the run is done, in [0, 1]: what beta goes by
   * @throws RangeError unless the sizes are positive integers, and there is room for two vector steps
   */
  constructor(options: ReplayOptions, arena: Arena, progress: () => number = () => 0) {
    const { capacity, rows, batchSize, nStep, priorities } = options;
    for (const [name, value] of Object.entries({ capacity, rows, batchSize, nStep })) {
      if (!(Number.isInteger(value) && value > 0))
        throw new RangeError(`Replay: ${name} must be a positive integer, got ${value}`);
    }
    // So that no row's latest transition is overwritten before its next one is linked to it.
    if (capacity < 2 * rows)
      throw new RangeError(`Replay: capacity must be at least 2 × ${rows} rows, got ${capacity}`);
    this.options = options;
    this.#columns = arena.take(storedColumns(options));
    this.#batch = arena.take(batchColumns(options));
    // Only the calling thread draws.
    if (priorities && arena.isOriginal) this.#tree = new SumTree(capacity);
    this.#key = streamKey(options.seed);
    this.#progress = progress;
  }

  /** Transitions that have ever been stored. */
  get stored(): number {
    return this.#stored;
  }

  /** Transitions that are here. */
  get size(): number {
    return Math.min(this.#stored, this.options.capacity);
  }

  /** Copies the real transitions in (mask 1). @throws RangeError or TypeError if they do not fit */
  store(transition: Transition): void {
    const { rows, capacity } = this.options;
    this.#check(transition);
    const { observations, nextObservations, finalObservations, actions } = transition;
    const { rewards, terminations, truncations, masks } = transition;
    const columns = this.#columns;
    for (let row = 0; row < rows; row++) {
      const before = columns.latest[row];
      columns.latest[row] = 0;
      if (masks[row] === 0) continue;
      const slot = this.#stored++ % capacity;
      const ended = terminations[row] !== 0 || truncations[row] !== 0;
      copyRow(columns.observations, slot, observations, row, rows);
      copyRow(columns.nextObservations, slot, (ended && finalObservations) || nextObservations, row, rows);
      copyRow(columns.actions, slot, actions, row, rows);
      columns.rewards[slot] = rewards[row];
      columns.terminations[slot] = terminations[row];
      columns.following[slot] = 0;
      if (before > 0) columns.following[before - 1] = slot + 1;
      if (!ended) columns.latest[row] = slot + 1;
      this.#tree?.set(slot, this.#greatest);
    }
  }

  /** The next minibatch, in columns that the one after overwrites. @throws RangeError if nothing is stored */
  draw(): Minibatch<Experience> {
    if (this.size === 0) throw new RangeError('sample: expected transitions in the replay, got none');
    const { observations, nextObservations, actions } = this.#columns;
    const { indices, nextIndices, returns, discounts, sampleWeights, errors } = this.#batch;
    const draw = this.#drawn++;
    for (let sample = 0; sample < indices.length; sample++) {
      if ((sample & 3) === 0) this.#drawWords(sample >>> 2, draw);
      const uniform = this.#words[sample & 3] * 2 ** -32;
      indices[sample] = this.#tree
        ? this.#tree.find(((sample + uniform) / indices.length) * this.#tree.total)
        : Math.floor(uniform * this.size);
      this.#follow(sample);
    }
    if (this.#tree) this.#weigh(this.#tree);
    const own = { observations, nextObservations, actions, nextIndices, returns, discounts };
    const columns = this.#tree ? { ...own, sampleWeights, errors } : own;
    return { kind: 'minibatch', columns, indices };
  }

  /** Takes the errors of a minibatch on as priorities. */
  learned({ columns: { errors }, indices }: Minibatch<Experience>): void {
    const { priorities } = this.options;
    if (!this.#tree || !priorities || !errors) return;
    for (let sample = 0; sample < indices.length; sample++) {
      const priority = power(errors[sample] + 1e-6, priorities.alpha);
      this.#greatest = Math.max(this.#greatest, priority);
      this.#tree.set(indices[sample], priority);
    }
  }

  save(): Saved {
    const { size } = this;
    const tensors = copies(this.#inUse(size));
    if (this.#tree) tensors.priorities = { shape: [size], data: this.#tree.values(size) };
    const [stored, drawn, greatest] = [this.#stored, this.#drawn, this.#greatest];
    return { tensors, values: { stored, drawn, greatest } };
  }

  load(saved: Saved): void {
    checkNames('replay', saved.values, ['stored', 'drawn', 'greatest']);
    const stored = savedCount('replay', saved, 'stored');
    const drawn = savedCount('replay', saved, 'drawn');
    const { greatest } = saved.values;
    const size = Math.min(stored, this.options.capacity);
    const columns = this.#inUse(size);
    const priorities = this.#tree && { priorities: { shape: [size], data: new Float64Array(size) } };
    const expected = Object.fromEntries(
      Object.entries(columns).map(([name, data]) => [name, { shape: [data.length], data }]),
    );
    checkTensors('replay', { ...expected, ...priorities }, saved.tensors);
    checkWithin('greatest', [greatest as number], Number.MIN_VALUE, Number.MAX_VALUE);
    for (const name of ['following', 'latest'] as const) checkWithin(name, saved.tensors[name].data, 0, size);
    for (const name of ['rewards', 'actions'] as const)
      checkWithin(name, saved.tensors[name].data, -Number.MAX_VALUE, Number.MAX_VALUE);
    checkWithin('terminations', saved.tensors.terminations.data, 0, 1);
    if (priorities)
      checkWithin('priorities', saved.tensors.priorities.data, Number.MIN_VALUE, greatest as number);
    restoreColumns(columns, saved.tensors);
    this.#tree?.assign(saved.tensors.priorities.data as Float64Array);
    this.#stored = stored;
    this.#drawn = drawn;
    this.#greatest = greatest as number;
  }

  /** The parts of the columns that hold transitions. */
  #inUse(size: number): Record<string, Column> {
    const { latest, ...columns } = this.#columns;
    const { capacity } = this.options;
    const inUse = Object.entries(columns).map(([name, column]) => {
      return [name, (column as Column).subarray(0, (column.length / capacity) * size)] as const;
    });
    return { ...Object.fromEntries(inUse), latest };
  }

  #drawWords(block: number, draw: number): void {
    const [key0, key1] = this.#key;
    philox(block, draw, Math.floor(draw / 2 ** 32), purposes.replay, key0, key1, this.#words);
  }

  /** The return of a sample, along the transitions that follow it. */
  #follow(sample: number): void {
    const { gamma, nStep } = this.options;
    const { rewards, terminations, following } = this.#columns;
    const { indices, nextIndices, returns, discounts } = this.#batch;
    let slot = indices[sample];
    let sum = rewards[slot];
    let discount = gamma;
    for (let k = 1; k < nStep && following[slot] > 0; k++) {
      slot = following[slot] - 1;
      sum += discount * rewards[slot];
      discount *= gamma;
    }
    nextIndices[sample] = slot;
    returns[sample] = sum;
    discounts[sample] = terminations[slot] === 0 ? discount : 0;
  }

  /** Importance weights, the greatest being 1. */
  #weigh(tree: SumTree): void {
    const { indices, sampleWeights } = this.#batch;
    const beta = at(this.options.priorities?.beta ?? 0, this.#progress());
    let greatest = 0;
    for (let sample = 0; sample < indices.length; sample++) {
      const probability = tree.get(indices[sample]) / tree.total;
      sampleWeights[sample] = power(this.size * probability, -beta);
      greatest = Math.max(greatest, sampleWeights[sample]);
    }
    for (let sample = 0; sample < indices.length; sample++) sampleWeights[sample] /= greatest;
  }

  #check(transition: Transition): void {
    const { rows, observationSize, actionSize } = this.options;
    const sizes = { observations: observationSize, nextObservations: observationSize, actions: actionSize };
    for (const [name, size] of Object.entries(sizes) as [keyof typeof sizes, number][]) {
      const column = transition[name];
      if (column.length !== rows * size)
        throw new RangeError(
          `store: expected ${name} of ${rows} rows × ${size}, got ${column.length} numbers`,
        );
      const own = this.#columns[name];
      if (column.constructor !== own.constructor)
        throw new TypeError(
          `store: expected ${name} in a ${own.constructor.name}, got a ${column.constructor.name}`,
        );
    }
  }
}

function storedColumns(options: ReplayOptions) {
  const { capacity, rows, observationSize, observationType, actionSize } = options;
  return {
    observations: [observationType, capacity * observationSize],
    nextObservations: [observationType, capacity * observationSize],
    actions: ['f32', capacity * actionSize],
    rewards: ['f32', capacity],
    terminations: ['u8', capacity],
    /** 1 + the slot of the transition after this one in its episode; 0: none yet, or none at all. */
    following: ['u32', capacity],
    /** 1 + the slot of each row's transition before this one; 0: none in this episode. */
    latest: ['u32', rows],
  } as const satisfies ColumnSpecs;
}

function batchColumns({ batchSize, priorities }: ReplayOptions) {
  return {
    indices: ['u32', batchSize],
    nextIndices: ['u32', batchSize],
    returns: ['f32', batchSize],
    discounts: ['f32', batchSize],
    sampleWeights: ['f32', priorities ? batchSize : 0],
    errors: ['f32', priorities ? batchSize : 0],
  } as const satisfies ColumnSpecs;
}

/** x to an exponent, for x > 0: Math.pow's bits are left to the implementation. */
function power(x: number, exponent: number): number {
  return exp(exponent * log(x));
}

function copyRow(to: Column, slot: number, from: Column, row: number, rows: number): void {
  const width = from.length / rows;
  for (let k = 0; k < width; k++) to[slot * width + k] = from[row * width + k];
}

/** @throws CheckpointError naming the first value that is outside */
function checkWithin(name: string, values: ArrayLike<number>, low: number, high: number): void {
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= low && values[i] <= high))
      throw new CheckpointError(
        `checkpoint: replay.${name}[${i}]: expected a number in [${low}, ${high}], got ${values[i]}`,
      );
  }
}
