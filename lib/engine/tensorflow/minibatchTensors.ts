import type { Column } from '../../arena.ts';
import type { Bootstrapped, Estimate, Minibatch } from '../../records.ts';
import type { ActorCritic } from '../wasm/actorCritic.ts';
import { actionForm, countChoices } from '../wasm/actorCriticOptions.ts';
import type { Pass } from '../wasm/pass.ts';
import type { Segments } from './policy.ts';
import type { Tensor1D, Tensor2D, Tensor3D, Tf } from './tf.ts';

/** What of a minibatch is learned from, as tensors: B samples; of segments, step after step. */
export interface MinibatchTensors {
  /** [B, inputs] flat */
  readonly observations: Tensor2D;
  /** What a policy with a memory reads. */
  readonly segments?: Segments;
  /** [B, K] choices (i32), or continuous actions (f32) */
  readonly actions: Tensor2D;
  /** [B, C] 0 where a choice is allowed, else far below 0, to be added to the logits; absent: all are allowed. */
  readonly forbidden?: Tensor2D;
  /** [B] log p(a) when it was chosen; what does not count was infinitely probable, nearly */
  readonly logProbs: Tensor1D;
  /** [B] normalised, if they are to be, and times the importance weights */
  readonly advantages: Tensor1D;
  /** [B] */
  readonly returns: Tensor1D;
  /** [B] the critic's estimates when the returns were made */
  readonly values: Tensor1D;
  /** [B] what each counts in a mean: 1 / (how many count), or 0 */
  readonly scales: Tensor1D;
}

/** Whose observations and actions are gathered. */
export interface Gatherable extends Pick<ActorCritic, 'options' | 'arena' | 'stateSize'> {
  readonly passes: readonly Pick<Pass, 'flatten'>[];
}

/** So far below 0 that nothing is left of a logit; what is made of it is still finite. */
const FORBIDDEN = -1e30;
/** logProbs, advantages, returns, values, scales */
const COLUMNS = 5;

/** Gathers the samples of minibatches on the host, in arrays that are kept, to be uploaded as few tensors. */
export class MinibatchStage {
  readonly #network: Gatherable;
  readonly #room: Record<string, Float32Array | Int32Array> = {};
  /** Which transitions the samples are, step after step. */
  #order = new Uint32Array(0);
  #samples = 0;
  #steps = 0;
  #isMasked = false;

  constructor(network: Gatherable) {
    this.#network = network;
  }

  /** The transitions that were gathered last, in the order of the tensors. */
  get order(): Uint32Array {
    return this.#order.subarray(0, this.#samples);
  }

  /** Gathers what is judged: observations, actions, and what is remembered. */
  gather(minibatch: Minibatch<Bootstrapped | Estimate>): void {
    const { options, stateSize } = this.#network;
    const { columns, indices, steps = 0 } = minibatch;
    const { actions, actionMasks, states, masks } = columns;
    this.#samples = indices.length;
    this.#steps = steps;
    this.#arrange(minibatch);
    this.#observe(minibatch);
    this.#pick('actions', actions, actionForm(options).size);
    this.#isMasked = actionMasks !== undefined;
    if (actionMasks) this.#forbid(actionMasks, countChoices(options));
    if (stateSize === 0) return;
    const rows = indices.length / steps;
    const { order } = this;
    this.#pick('states', states as Float32Array, stateSize, rows);
    const keeps = this.#take('keeps', Float32Array, indices.length);
    // The state before the first step has been reset already where an episode began.
    keeps.fill(1, 0, rows);
    for (let i = rows; i < keeps.length; i++) keeps[i] = masks[order[i - rows]];
  }

  /**
   * Gathers what is learned from besides.
   *
   * @returns whether any transition counts
   */
  gatherEstimates({ columns }: Minibatch<Estimate>, normAdv: boolean): boolean {
    const { logProbs, advantages, returns, values, weights } = columns;
    const { order } = this;
    const n = order.length;
    const { count, mean, scale } = moments(advantages, weights, order, normAdv);
    const staged = this.#take('columns', Float32Array, COLUMNS * n);
    for (let s = 0; s < n; s++) {
      const i = order[s];
      const weight = weights ? weights[i] : 1;
      const counts = weight !== 0;
      // What does not count gets a ratio of 0, and finite numbers, which are multiplied by 0.
      staged[s] = counts ? logProbs[i] : -FORBIDDEN;
      staged[n + s] = counts ? (advantages[i] - mean) * scale * weight : 0;
      staged[2 * n + s] = counts ? returns[i] : 0;
      staged[3 * n + s] = counts ? values[i] : 0;
      staged[4 * n + s] = counts ? 1 / count : 0;
    }
    return count > 0;
  }

  /** The policy's part of what was gathered last, as tensors. */
  inputs(tf: Tf): Pick<MinibatchTensors, 'observations' | 'segments' | 'actions' | 'forbidden'> {
    const { options, stateSize } = this.#network;
    const { inputs } = options;
    const n = this.#samples;
    const { observations, actions, forbidden, states, keeps } = this.#room;
    const flat = tf.tensor2d(observations.subarray(0, n * inputs), [n, inputs], 'float32');
    const { size, type } = actionForm(options);
    const dtype = type === 'i32' ? 'int32' : 'float32';
    const choices = countChoices(options);
    const rows = n / this.#steps;
    return {
      observations: flat,
      actions: tf.tensor2d(actions.subarray(0, n * size), [n, size], dtype),
      ...(this.#isMasked && { forbidden: tf.tensor2d(forbidden.subarray(0, n * choices), [n, choices]) }),
      ...(stateSize > 0 && {
        segments: {
          observations: tf.reshape(flat, [this.#steps, rows, inputs]) as Tensor3D,
          states: tf.tensor2d(states.subarray(0, rows * stateSize), [rows, stateSize]),
          keeps: tf.tensor2d(keeps.subarray(0, n), [this.#steps, rows]),
        },
      }),
    };
  }

  /** All of what was gathered last, as tensors. */
  tensors(tf: Tf): MinibatchTensors {
    const n = this.#samples;
    const columns = tf.tensor1d(this.#room.columns.subarray(0, COLUMNS * n));
    const [logProbs, advantages, returns, values, scales] = tf.split(columns, COLUMNS) as Tensor1D[];
    return { ...this.inputs(tf), logProbs, advantages, returns, values, scales };
  }

  /** Orders the transitions: those of segments come a block of rows at a time, and go step after step. */
  #arrange(minibatch: Minibatch<unknown>): void {
    const { indices } = minibatch;
    if (this.#order.length < indices.length) this.#order = new Uint32Array(indices.length);
    const order = this.#order;
    this.#visit(minibatch, (from, count, to) => order.set(indices.subarray(from, from + count), to));
  }

  /** Visits runs of at most block() indices: where one begins, its length, and where it goes. */
  #visit(
    { indices, steps = 0 }: Minibatch<unknown>,
    visit: (from: number, count: number, to: number) => void,
  ): void {
    const width = this.#network.arena.kernels.block();
    // Without segments, it is one of a single step.
    const length = Math.max(1, steps);
    const rows = indices.length / length;
    for (let row = 0, from = 0; row < rows; row += width) {
      const count = Math.min(width, rows - row);
      for (let t = 0; t < length; t++, from += count) visit(from, count, t * rows + row);
    }
  }

  #observe(minibatch: Minibatch<Bootstrapped | Estimate>): void {
    const { passes, options } = this.#network;
    const { columns, indices } = minibatch;
    const { observations } = columns;
    const { inputs } = options;
    if (observations instanceof Float32Array) {
      this.#pick('observations', observations, inputs);
      return;
    }
    const to = this.#take('observations', Float32Array, indices.length * inputs);
    this.#visit(minibatch, (from, count, at) => {
      to.set(passes[0].flatten(observations, indices.subarray(from, from + count)), at * inputs);
    });
  }

  #forbid(masks: Uint8Array, choices: number): void {
    const { order } = this;
    const to = this.#take('forbidden', Float32Array, order.length * choices);
    for (let s = 0, k = 0; s < order.length; s++) {
      const from = order[s] * choices;
      for (let c = 0; c < choices; c++, k++) to[k] = masks[from + c] === 0 ? FORBIDDEN : 0;
    }
  }

  /** Copies the rows of the first `count` samples. */
  #pick(name: string, column: Column, width: number, count = this.#samples): void {
    const { order } = this;
    const type = column instanceof Int32Array ? Int32Array : Float32Array;
    const to = this.#take(name, type, count * width);
    if (width > 32) {
      for (let s = 0; s < count; s++)
        to.set(column.subarray(order[s] * width, (order[s] + 1) * width), s * width);
      return;
    }
    for (let s = 0, k = 0; s < count; s++) {
      const from = order[s] * width;
      for (let c = 0; c < width; c++, k++) to[k] = column[from + c];
    }
  }

  /** An array of that name, in room that is kept. */
  #take(name: string, type: Float32ArrayConstructor | Int32ArrayConstructor, length: number) {
    const found = this.#room[name];
    const room = found?.length >= length ? found : new type(length);
    this.#room[name] = room;
    return room.subarray(0, length);
  }
}

/** How many transitions count, and what normalises their advantages. */
function moments(
  advantages: Float32Array,
  weights: Float32Array | undefined,
  order: Uint32Array,
  normAdv: boolean,
) {
  let count = order.length;
  let sum = 0;
  for (let s = 0; s < order.length; s++) {
    if (weights?.[order[s]] === 0) count--;
    else sum += advantages[order[s]];
  }
  // The standard deviation of a single sample is not defined: it is left as it is.
  if (!normAdv || count < 2) return { count, mean: 0, scale: 1 };
  const mean = sum / count;
  let squares = 0;
  for (let s = 0; s < order.length; s++) {
    if (weights?.[order[s]] !== 0) squares += (advantages[order[s]] - mean) ** 2;
  }
  return { count, mean, scale: 1 / (Math.sqrt(squares / (count - 1)) + 1e-8) };
}
