import type { Column } from './arena.ts';
import type { LossTerm } from './lossTerm.ts';
import type { OwnOptimizer } from './ownOptimizer.ts';
import type {
  Bootstrapped,
  Decision,
  Grouped,
  Losses,
  Metrics,
  Minibatch,
  Observation,
  Rollout,
  Transition,
} from './records.ts';
import type { Turn } from './turn.ts';

/** A value now, or a promise of it: fast engines answer at once, GPUs and workers later. */
export type Maybe<T> = T | Promise<T>;

/** The form of the records of some envs: one batch of rows, one batch for each kind of agent, or either. */
export type Form = 'rows' | 'kinds';
export type Formed<F extends Form, R extends { readonly kind: string }> =
  | ('rows' extends F ? R : never)
  | ('kinds' extends F ? Grouped<R> : never);

/** Vectorized envs, as a graph sees them. */
export interface Envs<F extends Form = 'rows'> {
  /** Whose move it is; `observe` and `stepEnv` keep it. */
  readonly turn: Turn;
  /** The waiting observation: the same until `step`. */
  observe(): Formed<F, Observation>;
  /** Acts on the waiting observation. @throws StaleActionError if the decision is for another step */
  step(decision: Formed<F, Decision>): Maybe<Formed<F, Transition>>;
}

/** What `metrics` reads. */
export interface Scores {
  readonly scores: Pick<
    Metrics,
    'steps' | 'episodes' | 'episodeReturn' | 'episodeLength' | 'episodeScores' | 'staleness'
  >;
}

/**
 * Acts and judges. `infer` depends on the weights, the recurrent state before step t and the observation of t only:
 * asked again for the same t it answers the same.
 */
export interface Agent {
  infer(observation: Observation): Maybe<Decision>;
  /** Writes V of N observations [N, O], seen at step t, into `values` [N]: no sampling, no change of state. */
  value(observations: Column, values: Float32Array, t: number): Maybe<void>;
}

/** Learns from one minibatch at a time. */
export interface Learner<Columns> {
  update(minibatch: Minibatch<Columns>): Maybe<Losses>;
  /** Writes `ratios` and `values` of the listed transitions by the present weights; absent: it cannot. */
  judge?(minibatch: Minibatch<Bootstrapped>): Maybe<void>;
  /** What a penalty on the KL divergence from the old policy is multiplied by, if its loss has one. */
  klCoef?: number;
  /** Adds a part to the loss, from the next update on; absent: it cannot. @throws Error if it learns on several threads */
  addTerm?(term: LossTerm): void;
  /**
   * Lets those who act have what has been learned, where that is elsewhere; answers with the mean losses since the last
   * time. Absent: they have it at once.
   */
  publish?(): Maybe<Losses>;
  /** Steps by this optimizer instead of its own; absent: it cannot. @throws Error if it has stepped already */
  stepBy?(optimizer: OwnOptimizer): void;
}

/** Where transitions become rollouts. */
export interface Ring {
  /** Opens an empty segment. @throws Error if every slot is in use */
  begin(): Segment;
}

export interface Segment {
  /** Copies a transition in; true once the segment is full. */
  add(transition: Transition): boolean;
  /** The full segment; calls back when it is released. */
  finish(released: () => void): Rollout;
  /** Gives an unfinished segment back; does nothing after `finish`. */
  abandon(): void;
}

/** Where whole rollouts come from. */
export interface Rollouts<F extends Form = Form> {
  /** The envs' turn: they must be at nobody else's. */
  readonly turn: Turn;
  /** Whether these are the envs, agents and rings that it collects with. */
  isOf(
    envs: object,
    kinds: Readonly<Record<string, { readonly agent: Agent; readonly ring: Ring }>>,
  ): boolean;
  /**
   * Collects a rollout from the waiting observation on; calls back when all of it has been released, with an error if
   * what was to follow has failed.
   *
   * @throws Error if every slot is in use
   */
  collect(released: (error?: unknown) => void): Maybe<Formed<F, Rollout>>;
}

/** The same with the next rollout being collected while the learner updates. */
export interface RolloutsAhead<F extends Form = Form> extends Rollouts<F>, Scores {
  /** Begins to collect what the next `collect` answers with; the present rollout's release waits for it. */
  begin(): void;
}

/** A column with the shape it is saved under. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Column;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The whole state of a noun: arrays, and what is small. */
export interface Saved {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly values: Readonly<Record<string, Json>>;
}

/** A noun whose state goes into a checkpoint: save ∘ load = identity. */
export interface Stateful {
  /** A copy of the state. */
  save(): Saved;
  /** Takes the state on. @throws CheckpointError if it does not fit, and then nothing has changed */
  load(saved: Saved): void;
}
