/** What must not compile: a simulation that does not do what its spaces say. */
import { emulate } from '../../lib/env/emulate.ts';
import type { GymnasiumEnv, ParallelEnv } from '../../lib/env/structured.ts';
import { box } from '../../lib/space/box.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import type { Infer } from '../../lib/space/space.ts';

const sees = dict({ place: box(0, 1, [2]), cards: discrete(3) });
const does = dict({ go: discrete(2), bet: box(0, 1, []) });
const seen = { place: [0, 1], cards: 2 };

/** No `implements`: the shape is enough. */
class Sim {
  readonly observationSpace = sees;
  readonly actionSpace = does;

  reset() {
    return [seen, {}] as const;
  }

  step({ go, bet }: Infer<typeof does>) {
    const numbers: [number, number] = [go, bet];
    return [seen, numbers[0], false, numbers[1] > 0, {}] as const;
  }
}
emulate({ id: 'Sim-v0', create: () => new Sim(), maxEpisodeSteps: 3 });

const sim = {
  observationSpace: sees,
  actionSpace: does,
  reset: () => [seen, {}] as const,
  step: ({ go }: Infer<typeof does>) => [seen, go, false, false, {}] as const,
};
emulate({ id: 'Sim-v0', create: () => sim });
const words = { ...sim, reset: () => [{ place: [0, 1], cards: 'ace' }, {}] as const };
// @ts-expect-error cards are numbers
emulate({ id: 'Sim-v0', create: () => words });
const part = { ...sim, reset: () => [{ cards: 2 }, {}] as const };
// @ts-expect-error a part of the observation is missing
emulate({ id: 'Sim-v0', create: () => part });
const old = { ...sim, step: () => [seen, 1, false, {}] as const };
// @ts-expect-error old Gym's step
emulate({ id: 'Sim-v0', create: () => old });
const flat = { ...sim, step: (action: number) => [seen, action, false, false, {}] as const };
// @ts-expect-error the action is no number
emulate({ id: 'Sim-v0', create: () => flat });
// @ts-expect-error an env, not what makes envs
emulate({ id: 'Sim-v0', create: sim });
// @ts-expect-error one agent has no kinds
emulate({ id: 'Sim-v0', create: () => sim, kindOf: () => 'pilot' });

declare const herd: ParallelEnv<typeof sees | typeof does, typeof does>;
emulate({
  id: 'Herd-v0',
  create: () => herd,
  kindOf: (agent) => agent[0],
  maxAgents: { a: 2 },
  reappear: true,
});
// @ts-expect-error without agents
emulate({ id: 'Herd-v0', create: () => ({ ...herd, agents: undefined }) });

/** Whoever writes `implements` gets the arguments' types told. */
export class Coin implements GymnasiumEnv<ReturnType<typeof discrete>, typeof does> {
  readonly observationSpace = discrete(2);
  readonly actionSpace = does;
  reset = () => [0, {}] as const;
  step = ({ bet }: Infer<typeof does>) => [1, bet, true, false, {}] as const;
  // @ts-expect-error flags, not their number
  actionMask = () => ({ go: 2 });
}
