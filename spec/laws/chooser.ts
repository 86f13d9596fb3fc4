import { ActionCheck } from '../../lib/env/actionCheck.ts';
import { componentsOf } from '../../lib/space/choices.ts';
import { boundsOf, leavesOf } from '../../lib/space/leaves.ts';
import type { Space } from '../../lib/space/space.ts';

/** Levels of a continuous action: nearest to 0, lowest, highest, and between. */
const LEVELS = 12;
/** What stands for infinity. */
const FAR = 10;

/** The choices of an element of an action. */
interface Component {
  readonly allowed: readonly number[];
  readonly forbidden: readonly number[];
}

/** Makes allowed actions of numbers that are drawn without knowing what is allowed. 0 is the simplest action. */
export class Chooser {
  /** Elements of an action. */
  readonly width: number;
  /** Flags of a mask; 0: actions are continuous. */
  readonly choices: number;
  /** Added to an index of choice: the action's value. */
  readonly starts: readonly number[];
  readonly #sizes: readonly number[];
  readonly #unmasked: Component[];
  readonly #bounds: readonly (readonly [low: number, high: number])[];

  constructor(space: Space) {
    const components = componentsOf(space) ?? [];
    const { width, choices } = new ActionCheck(space);
    this.width = width;
    this.choices = choices;
    this.#sizes = components.map(({ size }) => size);
    this.starts = components.map(({ start }) => start);
    this.#unmasked = this.#components(undefined, 0);
    this.#bounds =
      choices > 0
        ? []
        : leavesOf(space).flatMap(({ space: leaf }) => {
            const [low, high] = boundsOf(leaf);
            return Array.from(low, (least, i) => finite(least, high[i]));
          });
  }

  /**
   * The action that a number stands for: indices of choices, or floats.
   *
   * @param draw in [0, 2³²)
   * @param masks flags of the choices, from `offset` on
   */
  choose(draw: number, masks: ArrayLike<number> | undefined, offset = 0): number[] {
    const digits = new Digits(draw);
    if (this.choices === 0)
      return this.#bounds.map(([low, high]) => Math.fround(level(digits.next(LEVELS), low, high)));
    return this.components(masks, offset).map(({ allowed }) =>
      // Where nothing is allowed, the law of masks says so.
      allowed.length > 0 ? allowed[digits.next(allowed.length)] : 0,
    );
  }

  /** The choices of each element of an action. */
  components(masks?: ArrayLike<number>, offset = 0): Component[] {
    if (!masks) return this.#unmasked;
    return this.#components(masks, offset);
  }

  #components(masks: ArrayLike<number> | undefined, offset: number): Component[] {
    let from = offset;
    return this.#sizes.map((size) => {
      const all = Array.from({ length: size }, (_, i) => i);
      const allows = (i: number) => masks?.[from + i] !== 0;
      const parts = { allowed: all.filter(allows), forbidden: all.filter((i) => !allows(i)) };
      from += size;
      return parts;
    });
  }

  /** The action's value as an env is told it. */
  valueOf(action: readonly number[]): number[] {
    return this.choices === 0 ? [...action] : action.map((index, k) => this.starts[k] + index);
  }
}

/** Digits of mixed bases; when a number is used up, those of what it is hashed to. 0 has zeros only. */
class Digits {
  readonly #draw: number;
  #rest: number;
  #salt = 1;

  constructor(draw: number) {
    this.#draw = draw;
    this.#rest = draw;
  }

  next(base: number): number {
    const digit = this.#rest % base;
    this.#rest = Math.floor(this.#rest / base);
    if (this.#rest === 0) this.#rest = Math.imul(this.#draw, 0x9e3779b1 + 2 * this.#salt++) >>> 0;
    return digit;
  }
}

function finite(low: number, high: number): readonly [number, number] {
  if (low === Number.NEGATIVE_INFINITY) return [Math.min(-FAR, high - FAR), Math.min(FAR, high)];
  return [low, high === Number.POSITIVE_INFINITY ? Math.max(FAR, low + FAR) : high];
}

function level(index: number, low: number, high: number): number {
  if (index === 0) return Math.max(low, Math.min(high, 0));
  if (index === 1) return low;
  if (index === 2) return high;
  return low + ((index - 2) / (LEVELS - 2)) * (high - low);
}
