import fc from 'fast-check';
import { defaultsOf } from '../../../../lib/config.ts';
import { type ActorCriticOptions, countChoices } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { activations } from '../../../../lib/engine/wasm/kernels.ts';
import { type NetworkSpec, networkSchema } from '../../../../lib/network.ts';
import type { Tensor } from '../../../../lib/nouns.ts';
import { activation as functions } from '../../../kernels/reference/dense.ts';

export type Tensors = Readonly<Record<string, Pick<Tensor, 'shape'> & { readonly data: ArrayLike<number> }>>;

/** The shapes of a network's tensors, in PyTorch's names. */
export function shapesOf(options: ActorCriticOptions): Record<string, number[]> {
  const { inputs, network } = options;
  const { hidden, shared } = network;
  const sizes = [inputs, ...hidden];
  const width = sizes[hidden.length];
  const shapes: Record<string, number[]> = {};
  const dense = (name: string, outputs: number, from: number) => {
    shapes[`${name}.weight`] = [outputs, from];
    shapes[`${name}.bias`] = [outputs];
  };
  for (const trunk of shared ? ['trunk'] : ['actor', 'critic']) {
    for (const [l, units] of hidden.entries()) dense(`${trunk}.${2 * l}`, units, sizes[l]);
  }
  dense(shared ? 'policy' : `actor.${2 * hidden.length}`, countChoices(options), width);
  dense(shared ? 'value' : `critic.${2 * hidden.length}`, 1, width);
  return shapes;
}

/** y = W x + b */
function affine(tensors: Tensors, name: string, x: readonly number[]): number[] {
  const { data: weight } = tensors[`${name}.weight`];
  const { data: bias } = tensors[`${name}.bias`];
  return Array.from(bias, (b, o) => x.reduce((sum, xi, i) => sum + weight[o * x.length + i] * xi, b));
}

export interface Forward {
  readonly logits: number[];
  readonly value: number;
  /** What went into the activations. */
  readonly preActivations: number[];
}

/** The network on one observation, in float64. */
export function forward(
  tensors: Tensors,
  { hidden, activation, shared }: Pick<NetworkSpec, 'hidden' | 'activation' | 'shared'>,
  observation: readonly number[],
): Forward {
  const preActivations: number[] = [];
  const trunk = (name: string) =>
    hidden.reduce<readonly number[]>((x, _, l) => {
      const z = affine(tensors, `${name}.${2 * l}`, x);
      preActivations.push(...z);
      return z.map(functions[activations[activation]].value);
    }, observation);
  const head = 2 * hidden.length;
  if (shared) {
    const x = trunk('trunk');
    return { logits: affine(tensors, 'policy', x), value: affine(tensors, 'value', x)[0], preActivations };
  }
  const logits = affine(tensors, `actor.${head}`, trunk('actor'));
  return { logits, value: affine(tensors, `critic.${head}`, trunk('critic'))[0], preActivations };
}

/** A network with nothing special about it, and weights of length 1. */
export const plain: NetworkSpec = { ...defaultsOf(networkSchema), gains: { hidden: 1, policy: 1, value: 1 } };

/** Networks of odd sizes, with one component or more. */
export const networks: fc.Arbitrary<ActorCriticOptions> = fc.record({
  inputs: fc.integer({ min: 1, max: 9 }),
  choices: fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 9 })),
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  ),
  network: fc
    .record({
      hidden: fc.oneof(
        fc.constantFrom([], [5], [64, 64], [3, 7, 2]),
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 3 }),
      ),
      activation: fc.constantFrom('tanh' as const, 'relu' as const, 'gelu' as const),
      shared: fc.boolean(),
    })
    .map((own) => ({ ...plain, ...own, gains: { hidden: Math.SQRT2, policy: 1, value: 1 } })),
});

/** Numbers in [−1, 1), as float32. */
export function noise(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  };
}

/** Tensors of given shapes, filled with `scale` times noise. */
export function randomTensors(
  shapes: Record<string, readonly number[]>,
  seed: number,
  scale = 1,
): Record<string, Tensor> {
  const next = noise(seed);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: Float32Array.from({ length }, () => scale * next()) }];
    }),
  );
}

/** Runs of a property; a counterexample is shrunk for a few seconds, no longer. */
export function runs(numRuns: number) {
  return { numRuns, interruptAfterTimeLimit: 10_000 };
}
