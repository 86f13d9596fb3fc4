import { Arena, bytesOf } from '../../lib/arena.ts';
import { Random } from '../../lib/random.ts';
import { box } from '../../lib/space/box.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { FLATTEN_WORDS } from '../../lib/space/flattenProgram.ts';
import { layout } from '../../lib/space/layout.ts';
import { multiBinary } from '../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../lib/space/multiDiscrete.ts';
import { tuple } from '../../lib/space/tuple.ts';
import type { Race } from '../race.ts';
import { flatten, planOf } from './flattenRecursion.ts';

const ROWS = 256;

/** A nested Dict of 20 leaves of all kinds: 141 floats when flat. */
export const dict20 = dict({
  body: dict({
    position: box(-10, 10, [3]),
    velocity: box(-1, 1, [3]),
    orientation: box(-1, 1, [4]),
    joints: dict({
      angles: box(-4, 4, [12]),
      torques: box(-1, 1, [12]),
      contacts: multiBinary(8),
    }),
    gait: discrete(4),
  }),
  senses: dict({
    lidar: box(0, 255, [16], 'u8'),
    touch: box(0, 255, [6], 'u8'),
    sound: box(-32768, 32767, [8], 'i16'),
    compass: tuple([discrete(8), box(-180, 180, [1], 'i16')]),
    vision: dict({
      class: discrete(10),
      flags: multiBinary(5),
      patch: box(0, 255, [4, 4], 'u8'),
    }),
  }),
  inventory: dict({
    items: multiDiscrete([4, 4, 3]),
    selected: discrete(5),
    weight: box(0, 100, [1]),
  }),
  mission: dict({
    phase: discrete(3, 1),
    orders: multiDiscrete([2, 3]),
  }),
});

/** Rows of `dict20` made flat: from packed rows by the kernel, from structured values by it, and by recursion. */
export const flattenDict: Race = {
  name: 'flatten/dict20',
  rival: 'a recursive flatten',
  least: 5,
  open({ deterministic }) {
    const { dtype, width, bytes, size, pack, program } = layout(dict20);
    const words = program();
    const columns = {
      packed: [dtype, ROWS * width],
      program: ['i32', words.length],
      flat: ['f32', ROWS * size],
    } as const;
    const arena = new Arena(bytesOf(columns), { deterministic });
    const { packed, program: code, flat } = arena.take(columns);
    code.set(words);
    const random = new Random(1);
    const values = Array.from({ length: ROWS }, () => dict20.sample(random));
    const plan = planOf(dict20);
    const own = new Float32Array(ROWS * size);
    const packAll = () => {
      for (let row = 0; row < ROWS; row++) pack(values[row], packed, row);
    };
    const flattenAll = () =>
      arena.kernels.flattenRows(
        ...([packed.byteOffset, bytes, 0, ROWS] as const),
        ...([code.byteOffset, words.length / FLATTEN_WORDS, flat.byteOffset, size] as const),
      );
    packAll();
    return {
      samples: ROWS,
      ours: flattenAll,
      rival() {
        for (let row = 0; row < ROWS; row++) flatten(plan, values[row], own, row * size);
      },
      also: {
        'from structured values'() {
          packAll();
          flattenAll();
        },
      },
    };
  },
};
