/** A value at a number of steps. */
export interface Point {
  readonly steps: number;
  readonly value: number;
}

const MOST = 2048;

/** A curve in bounded memory: when it is full, every other point is dropped, and from then on only every other is kept. */
export class History {
  readonly #most: number;
  #points: Point[] = [];
  #last: Point | undefined;
  #stride = 1;
  #count = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** Adds a point to the right of all others; what is not a number is left out. */
  add(steps: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.#last = { steps, value };
    if (this.#count++ % this.#stride === 0) this.#points.push(this.#last);
    if (this.#points.length < this.#most) return;
    this.#points = this.#points.filter((_, k) => k % 2 === 0);
    this.#stride *= 2;
  }

  /** The points kept, and the last one. */
  get points(): readonly Point[] {
    const { length } = this.#points;
    if (!this.#last || this.#points[length - 1] === this.#last) return this.#points;
    return [...this.#points, this.#last];
  }

  get values(): readonly number[] {
    return this.points.map(({ value }) => value);
  }
}
