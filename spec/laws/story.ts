import { Breach } from './breach.ts';
import { differenceOf } from './difference.ts';

/** What is told of a world at a step. */
export type Frame = Readonly<Record<string, unknown>>;

/** What happened in each world: frame 0 is what the reset showed. */
export type Story = readonly (readonly Frame[])[];

/** The frame of a world, from those of its rows, kind by kind. */
export function framesOfRows(kinds: readonly (readonly [kind: string, frames: readonly Frame[]])[]): Frame {
  const [[, first]] = kinds;
  return kinds.length === 1 && first.length === 1 ? first[0] : Object.fromEntries(kinds);
}

/**
 * @param first the step of the first frames, and the number of the first world
 * @throws Breach at the first step at which two stories differ
 */
export function sameStory(expected: Story, got: Story, first = { step: 0, world: 0 }): void {
  const steps = Math.max(0, ...expected.map((frames) => frames.length));
  for (let step = 0; step < steps; step++) {
    for (let world = 0; world < expected.length; world++) {
      const difference = differenceOf(expected[world][step], got[world][step]);
      if (!difference) continue;
      const { path: field, ...values } = difference;
      throw new Breach({ step: first.step + step, world: first.world + world, field, ...values });
    }
  }
}
