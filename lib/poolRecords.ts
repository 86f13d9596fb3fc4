import type { Column } from './arena.ts';
import type { Actions } from './records.ts';

/**
 * N worlds of a pool that are ready, one row each, in the order in which they became so. Borrowed, like all records: its
 * columns are written anew for the next batch.
 */
export interface Ready {
  readonly kind: 'ready';
  /** [N] which worlds the rows are; a world that is in a batch is in no other until that one is answered */
  readonly worlds: Int32Array;
  /** [N] the step of its own that each world is at, counted from 0 */
  readonly steps: Float64Array;
  /** [N, O] */
  readonly observations: Column;
  /** [N, C] 1 where a choice is allowed; absent: all are */
  readonly actionMasks?: Uint8Array;
  /** [N] what came of the step that led here, as a Transition has it; 0 at step 0 */
  readonly rewards: Float32Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  /** [N] 1 = that step was a real transition; 0 = a reset row, or step 0 */
  readonly masks: Float32Array;
  /** [N, O] the last observation of the episodes that ended in that step, in their rows; SAME_STEP autoreset only */
  readonly finalObservations?: Column;
}

/** A batch of ready worlds, and what the agent does about it. */
export interface Reply extends Omit<Ready, 'kind'> {
  readonly kind: 'reply';
  /** [N, K] */
  readonly actions: Actions;
  /** [N] log-probability of the action under the policy that chose it */
  readonly logProbs: Float32Array;
  /** [N] the critic's estimate of the return from here */
  readonly values: Float32Array;
}

/** Acts for worlds that come in any order. */
export interface PoolAgent {
  infer(ready: Ready): Reply | Promise<Reply>;
}
