import type { Column } from './arena.ts';

/**
 * What flows through a graph. A batch is a struct of arrays: N rows, O elements of observation, K of action, T steps.
 * Transitions are aligned: index t holds what was seen at t, what was done at t, and what came of it.
 *
 * Observations are packed rows (`layout` in lib/space): f32 for a Box of f32, bytes for a `uint8` image or a nested
 * space of mixed types. Networks widen them as they gather them; `flatten` does it beforehand.
 *
 * Records are branded by `kind`, so that the compiler knows which operator may follow which. A record is borrowed: its
 * columns are valid until the `next` it was passed to returns (`snapshot` copies it), a Rollout's until `release`.
 */

/** Indices of choices (i32), or continuous actions (f32). */
export type Actions = Int32Array | Float32Array;

interface Seen {
  /** The vector step that the observations belong to, counted from 0 since the run began. */
  readonly t: number;
  /** [N, O] */
  readonly observations: Column;
  /** [N, C] 1 where a choice is allowed, for the choices of all K components; absent: all are */
  readonly actionMasks?: Uint8Array;
  /** [N] the masks of the transitions before: where they are 0, an episode begins, and nothing is remembered; absent: all goes on */
  readonly carried?: Float32Array;
}

interface Decided extends Seen {
  /** [N, K] */
  readonly actions: Actions;
  /** [N] log-probability of the action under the policy that chose it */
  readonly logProbs: Float32Array;
  /** [N] the critic's estimate of the return from here */
  readonly values: Float32Array;
  /** [N, S] a recurrent policy's state before this step */
  readonly states?: Float32Array;
}

/** The envs' waiting observation. */
export interface Observation extends Seen {
  readonly kind: 'observation';
}

/** An observation and what the agent does about it. */
export interface Decision extends Decided {
  readonly kind: 'decision';
}

/** A decision and what came of it. */
export interface Transition extends Decided {
  readonly kind: 'transition';
  /** [N] */
  readonly rewards: Float32Array;
  /** [N] 1 where the episode ended for good: no value beyond */
  readonly terminations: Uint8Array;
  /** [N] 1 where the episode was cut: the value beyond counts */
  readonly truncations: Uint8Array;
  /** [N] 1 = a real transition to learn from; 0 = a reset row, or an agent that is absent */
  readonly masks: Float32Array;
  /** [N, O] what is seen next: the envs' waiting observation */
  readonly nextObservations: Column;
  /** [N, O] the last observation of the episodes that ended in this step, in their rows; SAME_STEP autoreset only */
  readonly finalObservations?: Column;
}

interface Collected {
  readonly steps: number;
  readonly rows: number;
  /** The vector steps of index 0 and after the last index. */
  readonly t: number;
  readonly until: number;
  /** [T, N, O] */
  readonly observations: Column;
  /** [T, N, C] */
  readonly actionMasks?: Uint8Array;
  /** [T, N, K] */
  readonly actions: Actions;
  /** [T, N] */
  readonly logProbs: Float32Array;
  /** [T + 1, N]; the last row is filled by `bootstrap` */
  readonly values: Float32Array;
  /** [T, N] */
  readonly rewards: Float32Array;
  /** [T, N] */
  readonly terminations: Uint8Array;
  /** [T, N] */
  readonly truncations: Uint8Array;
  /** [T, N] */
  readonly masks: Float32Array;
  /** [N, O] the observation after the last step */
  readonly nextObservations: Column;
  /** [T, N, O] written in the rows that ended; SAME_STEP autoreset only */
  readonly finalObservations?: Column;
  /** [T, N] the critic's estimate for `finalObservations`, filled by `bootstrap` in the truncated rows */
  readonly finalValues?: Float32Array;
  /** [N, S] a recurrent policy's state before index 0 */
  readonly states?: Float32Array;
  /** [T, N] probability of the action under the present policy, divided by that under the one that chose it; absent: 1 */
  readonly ratios?: Float32Array;
  /** [T, N] log-probabilities and values by the present weights, until they are taken over; where there are ratios */
  readonly newLogProbs?: Float32Array;
  readonly newValues?: Float32Array;
  /** [T, N] importance weights of the transitions, 0 where they are not to be learned from; absent: 1 */
  readonly weights?: Float32Array;
  /** [T, N] filled by `gae` */
  readonly advantages: Float32Array;
  /** [T, N] filled by `gae` */
  readonly returns: Float32Array;
  /** [T · N] room for a permutation of the transitions */
  readonly order: Uint32Array;
  /** Milliseconds on the platform's clock when collection began and ended. */
  readonly began: number;
  readonly ended: number;
  /** Hands the columns back to the ring. Calling it again does nothing. */
  release(): void;
}

/** T aligned transitions of N rows. */
export interface Rollout extends Omit<Collected, 'advantages' | 'returns'> {
  readonly kind: 'rollout';
}

/** A rollout that knows the value of what comes after its last step. */
export interface Bootstrapped extends Omit<Collected, 'advantages' | 'returns'> {
  readonly kind: 'bootstrapped';
}

/** A rollout with advantages and returns. */
export interface Estimate extends Collected {
  readonly kind: 'estimate';
}

/** Rows of some columns, to be gathered: `indices` point into the flattened [T · N] rows. */
export interface Minibatch<Columns> {
  readonly kind: 'minibatch';
  readonly columns: Columns;
  readonly indices: Uint32Array;
  /**
   * The indices are those of whole segments of so many steps, `block()` rows at a time (the last time perhaps fewer): those
   * of their first step, those of the second, and so on. Transitions of weight 0 are among them. Absent: they are any.
   */
  readonly steps?: number;
}

/** What a learner reports of an update; every value is a mean over the samples. */
export type Losses = Readonly<Record<string, number>>;

/** The end of an iteration's learning. */
export interface Updated {
  readonly kind: 'updated';
  /** The vector step at which the next rollout begins. */
  readonly t: number;
  /** Means over the minibatches. */
  readonly losses: Losses;
  /** Milliseconds spent collecting and updating. */
  readonly rolloutTime: number;
  readonly updateTime: number;
}

/** What an iteration has to tell. */
export interface Metrics {
  readonly kind: 'metrics';
  /** Real transitions since the run began: reset rows are not counted. */
  readonly steps: number;
  /** Episodes finished since the run began. */
  readonly episodes: number;
  /** Mean return and length of the last 100 finished episodes; NaN before the first. */
  readonly episodeReturn: number;
  readonly episodeLength: number;
  /** The same of what the env's episodes are judged by besides, by name. */
  readonly episodeScores: Readonly<Record<string, number>>;
  /** Updates that the weights were behind by which the rollout was collected; absent: it is always 0. */
  readonly staleness?: number;
  readonly losses: Losses;
  readonly rolloutTime: number;
  readonly updateTime: number;
}

/**
 * The records of the kinds of agents in a world of several, one batch each, by the name of the kind. `perKind` runs a
 * phrase on each.
 */
export interface Grouped<R extends { readonly kind: string }> {
  readonly kind: R['kind'];
  readonly groups: Readonly<Record<string, R>>;
}

/** What a vector of envs gives and takes: one batch, or one for each kind of agent. */
export type Batch<R extends { readonly kind: string }> = R | Grouped<R>;

export function isGrouped<R extends { readonly kind: string }>(record: Batch<R>): record is Grouped<R> {
  return 'groups' in record;
}

/** The record with further or other fields. It stays backed by the original, so that a release reaches it too. */
export function extend<R extends object, F extends object>(record: R, fields: F): Omit<R, keyof F> & F {
  return Object.assign(Object.create(record), fields);
}
