import type { Decision, Observation, Transition } from '../records.ts';
import type { RowGroup } from './vectorEnvs.ts';

/** What a group's rows show at step t. */
export function seenBy({ observations, actionMasks, masks }: RowGroup, t: number): Observation {
  return { kind: 'observation', t, observations, actionMasks, carried: masks };
}

/** Copies a decision's actions into the group. @throws RangeError unless there are as many as the group's rows need */
export function takeActions(group: RowGroup, { actions }: Decision): void {
  if (actions.length !== group.actions.length) {
    const what =
      group.rows === group.actions.length ? 'actions' : `numbers for the actions of ${group.rows} rows`;
    throw new RangeError(`stepEnv: expected ${group.actions.length} ${what}, got ${actions.length}`);
  }
  group.actions.set(actions);
}

/** A decision and what came of it: to be called when the group's columns hold that. */
export function cameOf(group: RowGroup, decision: Decision): Transition {
  const { t, observations, actionMasks, actions, logProbs, values, states } = decision;
  const { rewards, terminations, truncations, masks, finalObservations } = group;
  return {
    kind: 'transition',
    t,
    observations,
    actionMasks,
    actions,
    logProbs,
    values,
    states,
    rewards,
    terminations,
    truncations,
    masks,
    nextObservations: group.observations,
    finalObservations,
  };
}
