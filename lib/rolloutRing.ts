import type { Arena, ColumnSpecs, Columns } from './arena.ts';
import type { Ring, Segment } from './nouns.ts';
import { platform } from './platform.ts';
import type { Rollout, Transition } from './records.ts';

export interface RingOptions {
  /** T, transitions in a rollout. */
  readonly numSteps: number;
  /** N */
  readonly rows: number;
  /** O, floats in an observation. */
  readonly observationSize: number;
  /** S, floats in a row's recurrent state; 0: none. */
  readonly stateSize?: number;
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
    const specs: Record<string, ColumnSpecs[string]> = {};
    for (let slot = 0; slot < (options.slots ?? 1); slot++) {
      for (const [name, spec] of Object.entries(slotColumns(options))) specs[`${slot}.${name}`] = spec;
    }
    return specs;
  }

  /** @throws RangeError unless numSteps, rows and slots are positive integers */
  constructor(options: RingOptions, arena: Arena) {
    const { numSteps, rows, slots = 1 } = options;
    for (const [name, value] of Object.entries({ numSteps, rows, slots })) {
      if (!(Number.isInteger(value) && value > 0)) {
        throw new RangeError(`RolloutRing: ${name} must be a positive integer, got ${value}`);
      }
    }
    this.#slots = Array.from({ length: slots }, () => new Slot(options, arena));
  }

  begin(): Segment {
    const slot = this.#slots.find(({ free }) => free);
    if (!slot) {
      throw new Error(
        `RolloutRing: all ${this.#slots.length} rollouts are in use; release one before collecting more`,
      );
    }
    slot.free = false;
    return new RolloutSegment(slot);
  }
}

class Slot {
  readonly options: RingOptions;
  readonly columns: Columns<ReturnType<typeof slotColumns>>;
  free = true;

  constructor(options: RingOptions, arena: Arena) {
    this.options = options;
    this.columns = arena.take(slotColumns(options));
  }
}

class RolloutSegment implements Segment {
  readonly #slot: Slot;
  #filled = 0;
  #t = 0;
  readonly #began = platform.now();
  #open = true;

  constructor(slot: Slot) {
    this.#slot = slot;
  }

  add(transition: Transition): boolean {
    const { options, columns } = this.#slot;
    const { numSteps, rows, observationSize } = options;
    const { t, observations, actions, logProbs, values, rewards, terminations, truncations, masks } =
      transition;
    if (observations.length !== rows * observationSize) {
      throw new RangeError(
        `collect: expected observations of ${rows} rows × ${observationSize}, got ${observations.length} numbers`,
      );
    }
    const index = this.#filled++;
    if (index === 0) {
      this.#t = t;
      if (transition.states) columns.states.set(transition.states);
    } else if (t !== this.#t + index) {
      throw new RangeError(
        `collect: expected the transition of step ${this.#t + index}, got that of step ${t}`,
      );
    }
    const row = index * rows;
    columns.observations.set(observations, row * observationSize);
    columns.actions.set(actions, row);
    columns.logProbs.set(logProbs, row);
    columns.values.set(values, row);
    columns.rewards.set(rewards, row);
    columns.terminations.set(terminations, row);
    columns.truncations.set(truncations, row);
    columns.masks.set(masks, row);
    if (options.finalObservations && transition.finalObservations) {
      columns.finalObservations.set(transition.finalObservations, row * observationSize);
    }
    if (this.#filled < numSteps) return false;
    columns.nextObservations.set(transition.nextObservations);
    return true;
  }

  finish(onRelease: () => void): Rollout {
    const { options, columns } = this.#slot;
    const { numSteps, rows, finalObservations, stateSize = 0 } = options;
    const slot = this.#slot;
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
      finalObservations: finalObservations ? columns.finalObservations : undefined,
      finalValues: finalObservations ? columns.finalValues : undefined,
      states: stateSize > 0 ? columns.states : undefined,
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

function slotColumns({
  numSteps,
  rows,
  observationSize,
  stateSize = 0,
  finalObservations = false,
}: RingOptions) {
  const size = numSteps * rows;
  const final = finalObservations ? size : 0;
  return {
    observations: ['f32', size * observationSize],
    actions: ['i32', size],
    logProbs: ['f32', size],
    values: ['f32', size + rows],
    rewards: ['f32', size],
    terminations: ['u8', size],
    truncations: ['u8', size],
    masks: ['f32', size],
    nextObservations: ['f32', rows * observationSize],
    finalObservations: ['f32', final * observationSize],
    finalValues: ['f32', final],
    states: ['f32', rows * stateSize],
    advantages: ['f32', size],
    returns: ['f32', size],
    order: ['u32', size],
  } as const;
}
