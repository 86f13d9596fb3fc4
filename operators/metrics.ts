import { map, type OperatorFunction } from 'rxjs';
import type { Scores } from '../lib/nouns.ts';
import { type Batch, isGrouped, type Losses, type Metrics, type Updated } from '../lib/records.ts';

/**
 * Ends an iteration: joins what the learner lost with what the envs scored. The losses of several kinds of agents have
 * the kind before their names: `hunter.policyLoss`.
 */
export function metrics(envs: Scores): OperatorFunction<Batch<Updated>, Metrics> {
  return map((updated) => {
    const { losses, rolloutTime, updateTime } = isGrouped(updated) ? joined(updated.groups) : updated;
    return { kind: 'metrics', ...envs.scores, losses, rolloutTime, updateTime };
  });
}

function joined(
  groups: Readonly<Record<string, Updated>>,
): Pick<Updated, 'losses' | 'rolloutTime' | 'updateTime'> {
  const losses: Record<string, number> = {};
  for (const [kind, updated] of Object.entries(groups)) {
    for (const [name, loss] of Object.entries(updated.losses)) losses[`${kind}.${name}`] = loss;
  }
  const all = Object.values(groups);
  return {
    losses: losses as Losses,
    // The kinds' rollouts are collected together; those that end later wait for the updates of the others.
    rolloutTime: Math.min(...all.map(({ rolloutTime }) => rolloutTime)),
    updateTime: all.reduce((sum, { updateTime }) => sum + updateTime, 0),
  };
}
