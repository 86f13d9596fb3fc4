/** The types of a space's values, masks and columns are inferred; what is not in it does not compile. */
import { Random } from '../../lib/random.ts';
import { actionCodec } from '../../lib/space/actionCodec.ts';
import { box } from '../../lib/space/box.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { layout } from '../../lib/space/layout.ts';
import { multiBinary } from '../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../lib/space/multiDiscrete.ts';
import type { Infer, Like, MaskOf, Space } from '../../lib/space/space.ts';
import { tuple } from '../../lib/space/tuple.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_Proof extends true>(): void {}

const observation = dict({
  image: box(0, 255, [84, 84, 4], 'u8'),
  position: box(-1, 1, [2]),
  height: box(0, 9, []),
  stamp: box(0, 9, [], 'u64'),
  hands: tuple([discrete(5), multiDiscrete([3, 3]), multiBinary(4)]),
});
type Observation = Infer<typeof observation>;

same<Equal<Observation['image'], Uint8Array>>();
same<Equal<Observation['position'], Float32Array>>();
same<Equal<Observation['height'], number>>();
same<Equal<Observation['stamp'], bigint>>();
same<Equal<Observation['hands'], readonly [number, Int32Array, Int8Array]>>();
same<Equal<Infer<Space>, unknown>>();

const pairs = dict([
  ['b', discrete(2)],
  ['a', box(0, 1, [1])],
]);
same<Equal<Infer<typeof pairs>, { readonly b: number; readonly a: Float32Array }>>();

const random = new Random(1);
export const sample: Observation = observation.sample(random);
export const unpacked: Observation = layout(observation).unpack(new Uint8Array(1), 0);

const like = (value: Like<typeof observation>) => value;
like(sample);
like({ ...sample, position: [0, 1], hands: [1, [0, 1], [[0], [1]]] });
// @ts-expect-error a field is missing
like({ image: sample.image, position: [0, 1], height: 1, stamp: 1n });
// @ts-expect-error the wrong element type
like({ ...sample, position: new Float64Array(2) });
// @ts-expect-error a number is no array
like({ ...sample, position: 1 });
// @ts-expect-error a tuple of two
like({ ...sample, hands: [1, [0, 1]] });
// @ts-expect-error words are no numbers
like({ ...sample, position: ['0', '1'] });

export function narrow(value: unknown): string {
  if (!pairs.contains(value)) return pairs.problem(value) ?? '';
  const b: number = value.b;
  // @ts-expect-error no such field
  return `${b}${value.c}`;
}

const action = dict({ move: discrete(5), hands: multiDiscrete([2, 3]), bits: multiBinary(2) });
const mask = (flags: MaskOf<typeof action>) => flags;
action.sample(random, mask({ move: [1, 1, 0, 0, 1], hands: [Uint8Array.of(1, 0), [true, false, true]] }));
// @ts-expect-error flags, not one flag
mask({ move: 1 });
// @ts-expect-error no such field
mask({ mvoe: [1, 0, 0, 0, 0] });
// @ts-expect-error a Box takes no mask
box(0, 1, [1]).sample(random, [1]);

const decoded = actionCodec(action).decode(new Int32Array(5), 0);
same<
  Equal<typeof decoded, { readonly move: number; readonly hands: Int32Array; readonly bits: Int8Array }>
>();

// @ts-expect-error an unknown element type
box(0, 1, [1], 'f16');
// @ts-expect-error what is under a name is a space
dict({ a: 3 });
