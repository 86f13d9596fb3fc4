import fc from 'fast-check';
import type { VectorEnvs } from '../../../lib/env/vectorEnvs.ts';
import { Random } from '../../../lib/random.ts';
import { choicesOf } from '../../../lib/space/choices.ts';

/** Of up to 100 worlds: world i of a structured env takes seed + i. */
export const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 100 });

/** Chooses at random among what each row is allowed to do. */
export function choose({ groups }: VectorEnvs, random: Random): void {
  for (const { action, actions, actionMasks, rows } of groups) {
    const sizes = choicesOf(action);
    let [at, mask] = [0, 0];
    for (let row = 0; row < rows && sizes; row++) {
      for (const size of sizes) {
        const allowed = Array.from({ length: size }, (_, i) => i).filter(
          (i) => actionMasks?.[mask + i] !== 0,
        );
        actions[at++] = allowed[random.integer(0, allowed.length)];
        mask += size;
      }
    }
    if (!sizes) for (let i = 0; i < actions.length; i++) actions[i] = random.uniform(-3, 3);
  }
}

/** Takes steps with actions drawn from a seed. */
export function act(envs: VectorEnvs, steps: number, seed: number): void {
  const random = new Random(seed);
  for (let t = 0; t < steps; t++) {
    choose(envs, random);
    envs.advance();
  }
}

/** What came of a step, for all kinds. */
export function cameOf({ groups, ended }: VectorEnvs): unknown {
  const columns = groups.map(({ observations, actionMasks, rewards, terminations, truncations, masks }) =>
    [observations, actionMasks, rewards, terminations, truncations, masks].map((column) => column?.slice()),
  );
  return [columns, ended.slice()];
}
