import type { ColumnType } from '../arena.ts';
import type { Actions } from '../records.ts';
import { componentsOf } from '../space/choices.ts';
import { leavesOf } from '../space/leaves.ts';
import type { Space } from '../space/space.ts';

/** What a vector of envs knows of its action space: the columns that hold actions, and which are valid. */
export class ActionCheck {
  readonly space: Space;
  /** i32: indices of choices; f32: continuous actions. */
  readonly type: ColumnType & ('i32' | 'f32');
  /** K, elements of an action. */
  readonly width: number;
  /** C, choices of all components; 0: the actions are continuous. */
  readonly choices: number;
  /** Whether the env is told actions as they are: indices are its choices' values, and numbers are not cut to bounds. */
  readonly isVerbatim: boolean;
  readonly #sizes: Int32Array;
  readonly #starts: Int32Array;
  /** Where the choices of each component begin among all. */
  readonly #offsets: Int32Array;

  /** Of each element of a continuous action; empty where they are not cut. */
  readonly #lows: ArrayLike<number>;
  readonly #highs: ArrayLike<number>;

  /** @param clip cut continuous actions to the bounds of their Box, before the env is told */
  constructor(space: Space, clip = false) {
    const components = componentsOf(space);
    this.space = space;
    this.type = components ? 'i32' : 'f32';
    this.width = leavesOf(space).reduce((sum, { length }) => sum + length, 0);
    this.#sizes = Int32Array.from(components ?? [], ({ size }) => size);
    this.#starts = Int32Array.from(components ?? [], ({ start }) => start);
    const bounds = clip && space.type === 'Box' ? space : { low: [], high: [] };
    this.#lows = bounds.low;
    this.#highs = bounds.high;
    this.isVerbatim = this.#lows.length === 0 && this.#starts.every((start) => start === 0);
    this.#offsets = new Int32Array(this.#sizes.length);
    let total = 0;
    for (const [k, size] of this.#sizes.entries()) {
      this.#offsets[k] = total;
      total += size;
    }
    this.choices = total;
  }

  /** What is wrong with the action of a row, or undefined. `masks` [N, C] says what is allowed. */
  problem(actions: Actions, row: number, masks: Uint8Array | undefined): string | undefined {
    const { width } = this;
    if (this.type === 'f32') {
      for (let k = 0; k < width; k++) {
        if (!Number.isFinite(actions[row * width + k]))
          return `action[${k}]: expected a finite number, got ${actions[row * width + k]}`;
      }
      return undefined;
    }
    for (let k = 0; k < width; k++) {
      const index = actions[row * width + k];
      if (!(index >= 0 && index < this.#sizes[k])) {
        const [start, end] = [this.#starts[k], this.#starts[k] + this.#sizes[k]];
        return `${this.#name(k)}: expected an integer in [${start}, ${end}), got ${start + index}`;
      }
      if (masks?.[row * this.choices + this.#offsets[k] + index] === 0)
        return `${this.#name(k)}: the action mask forbids ${this.#starts[k] + index}`;
    }
    return undefined;
  }

  /** What is wrong with a row's mask, or undefined. */
  maskProblem(masks: Uint8Array, row: number): string | undefined {
    for (let k = 0; k < this.width; k++) {
      let allowed = 0;
      for (let i = 0; i < this.#sizes[k]; i++) {
        const flag = masks[row * this.choices + this.#offsets[k] + i];
        if (flag > 1) return `action mask[${this.#offsets[k] + i}]: expected 0 or 1, got ${flag}`;
        allowed += flag;
      }
      if (allowed === 0)
        return `action mask: expected at least one allowed choice for ${this.#name(k)}, got none`;
    }
    return undefined;
  }

  /** Writes what the env is told: its values for the indices of the choices, or numbers within bounds. */
  toValues(indices: Actions, values: Actions): void {
    if (this.type === 'f32') {
      for (let i = 0, k = 0; i < indices.length; i++) {
        values[i] = Math.max(this.#lows[k], Math.min(this.#highs[k], indices[i]));
        k = k + 1 === this.width ? 0 : k + 1;
      }
      return;
    }
    for (let i = 0, k = 0; i < indices.length; i++) {
      values[i] = indices[i] + this.#starts[k];
      k = k + 1 === this.width ? 0 : k + 1;
    }
  }

  #name(component: number): string {
    return this.width === 1 ? 'action' : `action[${component}]`;
  }
}
