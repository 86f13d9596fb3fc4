import { Canvas } from '../lib/canvas.ts';
import { defineEnv, type EnvContext } from '../lib/env/env.ts';
import { envKernels } from '../lib/env/kernelModule.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

const SIZE = 11;
const CELLS = SIZE * SIZE;
const CENTER = (CELLS - 1) / 2;
const MAX_TICK = 33;
const AGENT = 1;
const TARGET = 2;
/** What each action adds to column and row. */
const MOVES = [
  [0, 0],
  [0, 1],
  [0, -1],
  [-1, 0],
  [1, 0],
];
/** Set where a move leads out of the field. */
const OUT = 128;
/** Where each action leads from each cell, [121, 5]: a cell, with OUT the one where it began. */
const NEXT = Int32Array.from({ length: CELLS * MOVES.length }, (_, k) => {
  const cell = Math.floor(k / MOVES.length);
  const [dx, dy] = MOVES[k % MOVES.length];
  const [x, y] = [(cell % SIZE) + dx, Math.floor(cell / SIZE) + dy];
  return x < 0 || x >= SIZE || y < 0 || y >= SIZE ? cell + OUT : y * SIZE + x;
});
/** Pixels of a cell in the picture, in both directions. */
const PIXELS = 4;

/**
 * A target is to be found on a field of 11×11 cells. PufferLib's Ocean squared.
 *
 * Observation, Box(121), u8: the cells, row by row: 0 empty, 1 the agent, 2 the target. The agent starts in the
 * centre, the target is on any other cell, each alike. Actions: 0 stays, 1 goes down, 2 up, 3 left, 4 right. Terminates
 * with reward 1 on the target, and with −1 at a move out of the field, which leaves the agent where it was, or at the
 * 34th step, wherever that leads; all other steps are worth 0. Score: success, 1 or 0.
 *
 * @see https://github.com/PufferAI/PufferLib, ocean/squared
 */
export const squared = defineEnv({
  id: 'Squared-v0',
  module: import.meta.url,
  observation: box(0, 2, [CELLS], 'u8'),
  action: discrete(MOVES.length),
  state: {
    agent: { type: 'i32', low: 0, high: CELLS - 1 },
    target: { type: 'i32', low: 0, high: CELLS - 1 },
    tick: { type: 'i32', low: 0, high: MAX_TICK + 1 },
  },
  reset({ state: { agent, target, tick }, rng }, i) {
    const drawn = rng.integer(i, 0, CELLS - 1);
    agent[i] = CENTER;
    target[i] = drawn + +(drawn >= CENTER);
    tick[i] = 0;
  },
  // Without branches, which random actions would mispredict.
  step({ state: { agent, target, tick }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      const next = NEXT[MOVES.length * agent[i] + actions[i]];
      const cell = next & (OUT - 1);
      const now = tick[i] + 1;
      const lost = (next >> 7) | +(now > MAX_TICK);
      const found = +(cell === target[i]) & ~lost;
      agent[i] = cell;
      tick[i] = now;
      rewards[i] = found - lost;
      terminations[i] = found | lost;
    }
  },
  observe({ state: { agent, target }, observations }, from, to) {
    observations.fill(0, CELLS * from, CELLS * to);
    for (let i = from; i < to; i++) {
      observations[CELLS * i + target[i]] = TARGET;
      observations[CELLS * i + agent[i]] = AGENT;
    }
  },
  kernel(memory) {
    const { squaredStep, squaredObserve, squaredReset } = envKernels(memory);
    // Pointers of what all contexts of a vector share: V8 takes as long to tell one as to call a kernel.
    let state: object | undefined;
    let agent = 0;
    let target = 0;
    let tick = 0;
    let draws = 0;
    let streams = 0;
    const bind = (context: Pick<EnvContext, 'state' | 'rng'>) => {
      if (context.state === state) return;
      state = context.state;
      agent = context.state.agent.byteOffset;
      target = context.state.target.byteOffset;
      tick = context.state.tick.byteOffset;
      draws = context.rng.draws.byteOffset;
      streams = context.rng.streams.byteOffset;
    };
    return {
      step: (context, from, to) => {
        bind(context);
        const actions = context.actions.byteOffset;
        const rewards = context.rewards.byteOffset;
        const terminations = context.terminations.byteOffset;
        const stepped = squaredStep(agent, target, tick, actions, rewards, terminations, from, to);
        if (!stepped) this.step(context, from, to);
      },
      observe: (context, from, to) => {
        bind(context);
        const shown = squaredObserve(agent, target, context.observations.byteOffset, from, to);
        if (!shown) this.observe(context, from, to);
      },
      reset(context, first, list, count) {
        bind(context);
        const { purpose, key } = context.rng;
        const worlds = list.byteOffset;
        squaredReset(
          ...([agent, target, tick, draws, streams] as const),
          ...([purpose, key[0], key[1], first, worlds, count] as const),
        );
      },
    };
  },
  scores: {
    success: ({ state: { agent, target, tick } }, i) => +(agent[i] === target[i] && tick[i] <= MAX_TICK),
  },
  render: {
    width: SIZE * PIXELS,
    height: SIZE * PIXELS,
    draw({ state: { agent, target } }, i, frame) {
      const canvas = new Canvas(SIZE * PIXELS, SIZE * PIXELS, frame);
      canvas.fill(0x101c20);
      const square = (cell: number, color: number) => {
        const [x, y] = [cell % SIZE, Math.floor(cell / SIZE)];
        canvas.rectangle(PIXELS * x, PIXELS * y, PIXELS - 1, PIXELS - 1, color);
      };
      for (let cell = 0; cell < CELLS; cell++) square(cell, 0x1c3238);
      square(target[i], 0xd94032);
      square(agent[i], 0x35c4c4);
    },
  },
});
