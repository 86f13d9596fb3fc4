import type { LossTerm } from '../../lossTerm.ts';
import type { Estimate, Minibatch } from '../../records.ts';
import type { ActorCritic } from './actorCritic.ts';
import { policyOutputs } from './actorCriticOptions.ts';

/** Parts of a loss that are given as functions: what they see is the block of a network's first pass. */
export class LossTerms {
  readonly #terms: LossTerm[] = [];
  readonly #sums: number[] = [];
  readonly #views: ReturnType<typeof viewsOf>;
  #minibatch?: Minibatch<Omit<Estimate, 'kind'>>;
  #scale = 0;

  constructor(network: ActorCritic) {
    this.#views = viewsOf(network);
  }

  /** @throws RangeError if there is a term of that name */
  add(term: LossTerm): void {
    if (this.#terms.some(({ name }) => name === term.name))
      throw new RangeError(`addTerm: expected a name of its own, got ${term.name} again`);
    this.#terms.push(term);
    this.#sums.push(0);
  }

  /** @param scale what each sample that counts does so in a mean */
  begin(minibatch: Minibatch<Omit<Estimate, 'kind'>>, scale: number): void {
    this.#minibatch = minibatch;
    this.#scale = scale;
    this.#sums.fill(0);
  }

  /** Adds the terms of n samples of the block, whose indices are at a pointer. */
  differentiate(rows: number, n: number): void {
    if (this.#terms.length === 0 || !this.#minibatch) return;
    const { columns, indices: all } = this.#minibatch;
    const first = (rows - all.byteOffset) / 4;
    const indices = all.subarray(first, first + n);
    const { stride, outputs, dOutputs, values, dValues, scales } = this.#views;
    for (let s = 0; s < n; s++) scales[s] = columns.weights?.[indices[s]] === 0 ? 0 : this.#scale;
    const samples = {
      n,
      stride,
      outputs,
      dOutputs,
      values: values.subarray(0, n),
      dValues: dValues.subarray(0, n),
      scales: scales.subarray(0, n),
      indices,
      columns,
    };
    for (const [k, term] of this.#terms.entries()) this.#sums[k] += term.differentiate(samples);
  }

  /** Means over the samples that count, by name. */
  get losses(): Record<string, number> {
    return Object.fromEntries(this.#terms.map(({ name }, k) => [name, this.#sums[k]]));
  }
}

function viewsOf({ arena, options, passes }: ActorCritic) {
  const stride = arena.kernels.stride();
  const { policy, dPolicy, values, dValues } = passes[0];
  const view = (pointer: number, features: number) =>
    new Float32Array(arena.memory.buffer, pointer, features * stride);
  const outputs = policyOutputs(options);
  return {
    stride,
    outputs: view(policy, outputs),
    dOutputs: view(dPolicy, outputs),
    values: view(values, 1),
    dValues: view(dValues, 1),
    scales: new Float32Array(stride),
  };
}
