/** What must not compile in an env: its state and parameters are typed by their declaration. */
import { defineEnv } from '../../lib/env/env.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';

const shape = { id: 'Typed-v0', observation: box(0, 1, [1]), action: discrete(2) } as const;

export const typed = defineEnv({
  ...shape,
  state: { x: 'f64', board: ['u8', 9] },
  params: { length: 3 },
  reset({ state, params, rng }, i) {
    const x: Float64Array = state.x;
    const board: Uint8Array = state.board;
    const length: Float64Array = params.length;
    x[i] = board[9 * i] + length[i] + rng.uniform(i);
    // @ts-expect-error no such state column
    state.y[i] = 0;
    // @ts-expect-error no such parameter
    params.width[i] = 0;
    // @ts-expect-error the column is bytes
    const floats: Float32Array = state.board;
    return void floats;
  },
  step({ actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      rewards[i] = actions[i];
      terminations[i] = +(actions[i] === 1);
      // @ts-expect-error a boolean is no byte
      terminations[i] = actions[i] === 1;
    }
  },
  observe() {},
});

// @ts-expect-error an unknown element type
defineEnv({ ...shape, state: { x: 'f16' }, reset() {}, step() {}, observe() {} });
// @ts-expect-error no step
defineEnv({ ...shape, state: {}, reset() {}, observe() {} });
