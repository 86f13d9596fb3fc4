import type { GymnasiumEnv, ResetOptions, State } from '../../../lib/env/structured.ts';
import { Random } from '../../../lib/random.ts';
import { box } from '../../../lib/space/box.ts';
import { dict } from '../../../lib/space/dict.ts';
import { discrete } from '../../../lib/space/discrete.ts';

export const sees = dict({ x: box(-10, 10, [1]), tired: discrete(2) });
export const does = discrete(3);

/** A walk between two cliffs in gusts of wind, without a fault: what the broken envs are made of. */
export class Walk implements GymnasiumEnv<typeof sees, typeof does> {
  readonly observationSpace = sees;
  readonly actionSpace = does;
  random = new Random(0);
  x = 0;
  steps = 0;
  over = true;

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.random = new Random(seed);
    this.x = this.random.uniform(-1, 1);
    this.steps = 0;
    this.over = false;
    return [this.show(), {}] as const;
  }

  step(action: number): ReturnType<GymnasiumEnv<typeof sees>['step']> {
    if (this.over) throw new Error('step: reset has to come first');
    this.move(action - 1);
    const terminated = Math.abs(this.x) > 4;
    const truncated = this.steps === 12;
    this.over = terminated || truncated;
    return [this.show(), -Math.abs(this.x), terminated, truncated, {}];
  }

  getState(): State {
    const { seed, draws } = this.random;
    return { seed, draws, x: this.x, steps: this.steps, over: this.over };
  }

  setState(state: State) {
    const { seed, draws, x, steps, over } = state as Record<string, number> & { over: boolean };
    Object.assign(this, { random: new Random(seed, draws), x, steps, over });
  }

  close() {}

  move(by: number) {
    this.steps++;
    this.x += by + this.random.uniform(-0.5, 0.5);
  }

  show() {
    return { x: Float32Array.of(this.x), tired: +(this.steps > 6) };
  }
}
