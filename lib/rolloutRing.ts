import type { Arena, Column, ColumnSpecs, Columns, ColumnType } from './arena.ts';
import type { Ring, Segment } from './nouns.ts';
import { platform } from './platform.ts';
import type { Actions, Rollout, Transition } from './records.ts';

export interface RingOptions {
  /** T, transitions in a rollout. */
  readonly numSteps: number;
  /** N */
  readonly rows: number;
  /** O, elements of a packed observation. */
  readonly observationSize: number;
  /** Their type; f32 if it is left out. */
  readonly observationType?: ColumnType;
  /** K, elements of an action; 1 if it is left out. */
  readonly actionSize?: number;
  /** i32 (the default) or f32. */
  readonly actionType?: 'i32' | 'f32';
  /** C, flags of a row's action mask; 0: none. */
  readonly maskSize?: number;
  /** S, floats in a row's recurrent state; 0: none. */
  readonly stateSize?: number;
  /** Have room for importance weights. */
  readonly weighted?: boolean;
  /** Have room for ratios of probabilities, which begin as 1, and for what they are made of. */
  readonly ratios?: boolean;
  /** Keep the last observations of episodes (SAME_STEP autoreset). */
  readonly finalObservations?: boolean;
  /** Rollouts that may be in use at a time. */
  readonly slots?: number;
  /** Released rollouts are filled with a pattern and throw when they are read. */
  readonly development?: boolean;
}

/** What a released column holds in development mode: a NaN as a float, a conspicuous number as an integer. */
const PATTERN = 0xff;

/** Rollouts in an arena: as many as there are slots, filled in turn. */
export class RolloutRing implements Ring {
  readonly #slots: Slot[];

  /** The columns that an arena must have room for. */
  static columns(options: RingOptions): ColumnSpecs {
    checkSizes(options);
    const specs: Record<string, ColumnSpecs[string]> = {};
    for (let slot = 0; slot < (options.slots ?? 1); slot++) {
      for (const [name, spec] of Object.entries(slotColumns(options))) specs[`${slot}.${name}`] = spec;
    }
    return specs;
  }

  /** @throws RangeError unless numSteps, rows, observationSize and slots are positive integers */
  constructor(options: RingOptions, arena: Arena) {
    checkSizes(options);
    this.#slots = Array.from({ length: options.slots ?? 1 }, () => new Slot(options, arena));
  }

  get options(): RingOptions {
    return this.#slots[0].options;
  }

  /** The columns of each slot. */
  get slots(): readonly SlotColumns[] {
    return this.#slots.map(({ columns }) => columns);
  }

  /** The columns of each step of a slot, [N, …]. */
  steps(slot: number): readonly StepColumns[] {
    const { numSteps, rows } = this.options;
    const { columns } = this.#slots[slot];
    return Array.from({ length: numSteps }, (_, k) => {
      const at = <C extends Column>(column: C): C => {
        const width = Math.floor(column.length / (numSteps * rows)) * rows;
        return column.subarray(k * width, (k + 1) * width) as C;
      };
      return {
        observations: at<Column>(columns.observations),
        actionMasks: at(columns.actionMasks),
        actions: at(columns.actions as Actions & Column),
        logProbs: at(columns.logProbs),
        values: at(columns.values),
        rewards: at(columns.rewards),
        terminations: at(columns.terminations),
        truncations: at(columns.truncations),
        masks: at(columns.masks),
        finalObservations: at<Column>(columns.finalObservations),
      };
    });
  }

  begin(): RolloutSegment {
    const index = this.#slots.findIndex(({ free }) => free);
    const slot = this.#slots[index];
    if (!slot) {
      throw new Error(
        `RolloutRing: all ${this.#slots.length} rollouts are in use; release one before collecting more`,
      );
    }
    slot.free = false;
    return new RolloutSegment(slot, index);
  }
}

function checkSizes({ numSteps, rows, observationSize, slots = 1 }: RingOptions): void {
  for (const [name, value] of Object.entries({ numSteps, rows, observationSize, slots })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`RolloutRing: ${name} must be a positive integer, got ${value}`);
    }
  }
}

/** What is copied at every step. */
type Stacked =
  | 'observations'
  | 'actionMasks'
  | 'actions'
  | 'logProbs'
  | 'values'
  | 'rewards'
  | 'terminations'
  | 'truncations'
  | 'masks'
  | 'finalObservations';

class Slot {
  readonly options: RingOptions;
  readonly columns: Columns<ReturnType<typeof slotColumns>>;
  /** Elements in a step of each stacked column. */
  readonly stacked: readonly (readonly [name: Stacked, size: number])[];
  free = true;

  constructor(options: RingOptions, arena: Arena) {
    const { rows, observationSize, finalObservations, actionSize = 1, maskSize = 0 } = options;
    const row = ['logProbs', 'values', 'rewards', 'terminations', 'truncations', 'masks'] as const;
    this.options = options;
    this.columns = arena.take(slotColumns(options));
    this.stacked = [
      ['observations', rows * observationSize],
      ['actions', rows * actionSize],
      ...(maskSize > 0 ? [['actionMasks', rows * maskSize] as const] : []),
      ...row.map((name) => [name, rows] as const),
      ...(finalObservations ? [['finalObservations', rows * observationSize] as const] : []),
    ];
  }
}

export class RolloutSegment implements Segment {
  /** Which of the ring's slots it fills. */
  readonly index: number;
  readonly #slot: Slot;
  #filled = 0;
  #t = 0;
  readonly #began = platform.now();
  #open = true;

  constructor(slot: Slot, index: number) {
    this.#slot = slot;
    this.index = index;
  }

  /** Tells that all columns have been written in place, from step t on. */
  fill(t: number): void {
    this.#checkOpen();
    this.#t = t;
    this.#filled = this.#slot.options.numSteps;
  }

  add(transition: Transition): boolean {
    const { options, columns, stacked } = this.#slot;
    const { numSteps, rows, stateSize = 0 } = options;
    this.#checkOpen();
    if (this.#filled === numSteps) throw new Error('collect: the segment is full; finish it');
    const expected = this.#t + this.#filled;
    if (this.#filled > 0 && transition.t !== expected) {
      throw new RangeError(
        `collect: expected the transition of step ${expected}, got that of step ${transition.t}`,
      );
    }
    for (const [name, size] of stacked) {
      const given = transition[name];
      if (given?.length !== size) throw sizeError(options, name, size, given);
      checkType(name, columns[name], given);
    }
    const { nextObservations } = transition;
    if (nextObservations.length !== columns.nextObservations.length)
      throw sizeError(options, 'nextObservations', columns.nextObservations.length, nextObservations);
    checkType('nextObservations', columns.nextObservations, nextObservations);
    // What there is no room for would be missed without a word.
    for (const name of ['actionMasks', 'finalObservations'] as const) {
      if (transition[name] && columns[name].length === 0)
        throw new RangeError(
          `collect: the ring was made without room for ${name}, got ${transition[name].length}`,
        );
    }
    if (this.#filled === 0) {
      const { states } = transition;
      if ((states?.length ?? 0) !== rows * stateSize)
        throw sizeError(options, 'states', rows * stateSize, states);
      if (states) columns.states.set(states);
      this.#t = transition.t;
    }
    for (const [name, size] of stacked) {
      (columns[name] as Float32Array).set(transition[name] as Float32Array, this.#filled * size);
    }
    if (++this.#filled < numSteps) return false;
    columns.nextObservations.set(nextObservations);
    return true;
  }

  finish(onRelease: () => void): Rollout {
    const { options, columns } = this.#slot;
    const { numSteps, rows, finalObservations, stateSize = 0, maskSize = 0, weighted, ratios } = options;
    const slot = this.#slot;
    this.#checkOpen();
    if (this.#filled < numSteps) {
      throw new Error(`collect: expected ${numSteps} transitions in the segment, got ${this.#filled}`);
    }
    this.#open = false;
    let released = false;
    const rollout: Rollout & Pick<typeof columns, 'advantages' | 'returns'> = {
      kind: 'rollout',
      steps: numSteps,
      rows,
      t: this.#t,
      until: this.#t + numSteps,
      began: this.#began,
      ended: platform.now(),
      ...columns,
      actionMasks: maskSize > 0 ? columns.actionMasks : undefined,
      finalObservations: finalObservations ? columns.finalObservations : undefined,
      finalValues: finalObservations ? columns.finalValues : undefined,
      states: stateSize > 0 ? columns.states : undefined,
      weights: weighted ? columns.weights : undefined,
      ratios: ratios ? columns.ratios.fill(1) : undefined,
      newLogProbs: ratios ? columns.newLogProbs : undefined,
      newValues: ratios ? columns.newValues : undefined,
      release() {
        if (released) return;
        released = true;
        slot.free = true;
        if (options.development) {
          for (const { buffer, byteOffset, byteLength } of Object.values(columns)) {
            new Uint8Array(buffer, byteOffset, byteLength).fill(PATTERN);
          }
        }
        onRelease();
      },
    };
    return options.development ? guarded(rollout, () => released) : rollout;
  }

  abandon(): void {
    if (this.#open) this.#slot.free = true;
    this.#open = false;
  }

  /** The slot may be another segment's by now. */
  #checkOpen(): void {
    if (!this.#open) throw new Error('collect: the segment has been finished or abandoned');
  }
}

/** @throws TypeError unless a column has the type that the ring keeps */
function checkType(name: string, own: Column, given: Column): void {
  if (own.constructor !== given.constructor)
    throw new TypeError(
      `collect: expected ${name} in a ${own.constructor.name}, got a ${given.constructor.name}`,
    );
}

function sizeError(
  { rows, observationSize }: RingOptions,
  name: string,
  size: number,
  column: ArrayLike<number> | undefined,
): RangeError {
  const expected =
    name === 'observations' ? `observations of ${rows} rows × ${observationSize}` : `${size} ${name}`;
  const got = column ? `${column.length}${name === 'observations' ? ' numbers' : ''}` : 'none';
  return new RangeError(`collect: expected ${expected}, got ${got}`);
}

/** The record with every column read checked; also through records that `extend` it. */
function guarded(rollout: Rollout, released: () => boolean): Rollout {
  return new Proxy(rollout, {
    get(target, field, receiver) {
      const value = Reflect.get(target, field, receiver);
      if (released() && ArrayBuffer.isView(value)) {
        throw new Error(
          `rollout.${String(field)} was read after release; take a snapshot() to keep a rollout`,
        );
      }
      return value;
    },
  });
}

export type SlotColumns = Columns<ReturnType<typeof slotColumns>>;

/** What a slot keeps of a step; there is nothing in columns that it has no room for. */
export interface StepColumns extends Pick<SlotColumns, Exclude<Stacked, 'actions'>> {
  readonly actions: Actions;
}

function slotColumns({
  numSteps,
  rows,
  observationSize,
  observationType = 'f32',
  actionSize = 1,
  actionType = 'i32',
  maskSize = 0,
  stateSize = 0,
  weighted = false,
  ratios = false,
  finalObservations = false,
}: RingOptions) {
  const size = numSteps * rows;
  const final = finalObservations ? size : 0;
  return {
    observations: [observationType, size * observationSize],
    actionMasks: ['u8', size * maskSize],
    actions: [actionType, size * actionSize],
    logProbs: ['f32', size],
    values: ['f32', size + rows],
    rewards: ['f32', size],
    terminations: ['u8', size],
    truncations: ['u8', size],
    masks: ['f32', size],
    nextObservations: [observationType, rows * observationSize],
    finalObservations: [observationType, final * observationSize],
    finalValues: ['f32', final],
    states: ['f32', rows * stateSize],
    weights: ['f32', weighted ? size : 0],
    ratios: ['f32', ratios ? size : 0],
    newLogProbs: ['f32', ratios ? size : 0],
    newValues: ['f32', ratios ? size : 0],
    advantages: ['f32', size],
    returns: ['f32', size],
    order: ['u32', size],
  } as const;
}
