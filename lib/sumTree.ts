/** Non-negative numbers, and a binary tree of their sums, which finds the one that a part of the total falls to. */
export class SumTree {
  /** Node k has the children 2k and 2k + 1; the numbers are the leaves. */
  readonly #sums: Float64Array;
  readonly #leaves: number;

  /** `capacity` numbers, all 0. */
  constructor(capacity: number) {
    let leaves = 1;
    while (leaves < capacity) leaves *= 2;
    this.#leaves = leaves;
    this.#sums = new Float64Array(2 * leaves);
  }

  get total(): number {
    return this.#sums[1];
  }

  get(i: number): number {
    return this.#sums[this.#leaves + i];
  }

  set(i: number, value: number): void {
    const sums = this.#sums;
    let node = this.#leaves + i;
    sums[node] = value;
    for (node >>>= 1; node > 0; node >>>= 1) sums[node] = sums[2 * node] + sums[2 * node + 1];
  }

  /** The first number with which the sum of the numbers up to it exceeds `part`, in [0, total). One that is 0 is never found. */
  find(part: number): number {
    const sums = this.#sums;
    let node = 1;
    let rest = part;
    while (node < this.#leaves) {
      const left = sums[2 * node];
      // Rounding may leave more than there is on the right.
      const isRight = rest >= left && sums[2 * node + 1] > 0;
      if (isRight) rest -= left;
      node = 2 * node + (isRight ? 1 : 0);
    }
    return node - this.#leaves;
  }

  /** A copy of the first numbers. */
  values(count: number): Float64Array<ArrayBuffer> {
    return this.#sums.slice(this.#leaves, this.#leaves + count);
  }

  /** Takes on numbers; those after them become 0. The sums are the same as if each had been `set`. */
  assign(values: Float64Array): void {
    const sums = this.#sums.fill(0);
    sums.set(values, this.#leaves);
    for (let node = this.#leaves - 1; node > 0; node--) sums[node] = sums[2 * node] + sums[2 * node + 1];
  }
}
