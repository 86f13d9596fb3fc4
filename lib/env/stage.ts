import type { Column } from '../arena.ts';
import type { Actions, Transition } from '../records.ts';
import type { EnvContext } from './env.ts';

/** What a stage is made of: columns of all rows. */
export interface StageColumns
  extends Pick<Transition, 'observations' | 'actionMasks' | 'actions' | 'rewards' | 'terminations'>,
    Pick<Stage, 'truncations' | 'masks' | 'finalObservations'> {}

/** The columns of one vector step, all rows of them: the vector's own, or those of a step in a rollout. */
export interface Stage {
  /** What the env reads and writes; its observations and masks are what is shown before the step. */
  readonly context: EnvContext;
  /** [N, K] what the rows are told: indices of choices, or continuous actions */
  readonly actions: Actions;
  /** [N, C], if the env forbids actions */
  readonly actionMasks: Uint8Array | undefined;
  readonly truncations: Uint8Array;
  readonly masks: Float32Array;
  /** [N, O] SAME_STEP autoreset only */
  readonly finalObservations: Column | undefined;
}
