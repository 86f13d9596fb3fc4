import type { Column } from '../arena.ts';
import type { Envs, Form, Maybe, Scores, Stateful } from '../nouns.ts';
import type { Actions } from '../records.ts';
import type { Space } from '../space/space.ts';
import type { AnyEnv } from './env.ts';
import type { Frame } from './frame.ts';
import type { Autoreset, VectorOptions } from './vectorOptions.ts';

/**
 * The rows of one kind of agent, and their columns. Row i belongs to slot i mod `slots` of world i div `slots`. An env
 * with one agent has one group, named `agent`, of one slot.
 */
export interface RowGroup {
  readonly kind: string;
  readonly observation: Space;
  readonly action: Space;
  /** N = worlds × slots */
  readonly rows: number;
  readonly slots: number;
  /** Rows of the groups before this one: row i's number among the rows of all. */
  readonly firstRow: number;
  /** [N, O] packed, what all rows show now; intact for one step more */
  readonly observations: Column;
  /** [N, C], if the env forbids actions */
  readonly actionMasks: Uint8Array | undefined;
  /** [N, K] what `advance` acts by: indices of choices, or continuous actions; `step` fills it from a decision */
  readonly actions: Actions;
  /** [N] what came of the last step, as a Transition has it */
  readonly rewards: Float32Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly masks: Float32Array;
  /** [N, O] SAME_STEP autoreset only */
  readonly finalObservations: Column | undefined;
}

/** Many worlds of an env as one, whatever form the env has. */
export interface VectorEnvs<F extends Form = Form> extends Envs<F>, Scores, Stateful {
  readonly env: AnyEnv;
  /** What they were made with. */
  readonly options: VectorOptions;
  /** Worlds. */
  readonly numEnvs: number;
  readonly autoreset: Autoreset;
  /** One for each kind of agent. */
  readonly groups: readonly RowGroup[];
  /** [numEnvs] 1 where the world's episode ended in the last step */
  readonly ended: Uint8Array;
  /** Vector steps taken. */
  readonly t: number;
  /** Real transitions: rows with mask 1. */
  readonly steps: number;
  /** Opens what the threads of a crew hold, once they are there: to be awaited before anything else. */
  begin?(): Maybe<void>;
  /** One vector step by the groups' `actions`. @throws EnvError if a reward or observation is out of its space, a choice is none or forbidden, or a continuous action is not finite */
  advance(): Maybe<void>;
  /**
   * Copies the whole state of a world, random streams included, into other worlds: to try several ways on from one place.
   * What is kept elsewhere of their rows does not follow: an agent with a memory goes on from what it saw of each world
   * before, unless the rows of its `statesAt(t)` are copied as well.
   *
   * @throws RangeError unless they are worlds
   */
  fork(from: number, to: readonly number[]): void;
  /** A picture of a world; undefined: the env draws none. @throws RangeError unless it is a world */
  render(world: number): Frame | undefined;
  /** Gives back what the envs hold. */
  close(): void;
}
