import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstValueFrom, map, of } from 'rxjs';
import { frozenLake } from '../../envs/frozenLake.ts';
import { Arena, bytesOf, type Column } from '../../lib/arena.ts';
import { configure } from '../../lib/config.ts';
import { ActorCritic } from '../../lib/engine/wasm/actorCritic.ts';
import { WasmAgent } from '../../lib/engine/wasm/wasmAgent.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { networkSchema } from '../../lib/network.ts';
import type { Observation } from '../../lib/records.ts';
import { RolloutRing } from '../../lib/rolloutRing.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { FlatRows } from '../../lib/space/flatRows.ts';
import { layout } from '../../lib/space/layout.ts';
import type { Space } from '../../lib/space/space.ts';
import { tuple } from '../../lib/space/tuple.ts';
import { flatten } from '../../operators/flatten.ts';
import { bootstrap, collect, infer, observe, stepEnv } from '../../operators/index.ts';
import { spaces, valuesOf } from '../laws/arbitraries.ts';
import { marble } from './marbles.ts';

/** Values packed into a column of an arena, and flat rows for as many. */
function inArena(space: Space, values: readonly unknown[]) {
  const { dtype, width, pack } = layout(space);
  const specs = { packed: [dtype, values.length * width] } as const;
  const arena = new Arena(bytesOf(specs) + bytesOf(FlatRows.columns(space, values.length)));
  const { packed } = arena.take(specs);
  for (const [row, value] of values.entries()) pack(value, packed, row);
  return { packed, flatRows: new FlatRows(space, values.length, arena) };
}

function observation(t: number, observations: Column): Observation {
  return { kind: 'observation', t, observations };
}

describe('flatten', () => {
  it('makes the flat rows that the values themselves have', () => {
    const several = spaces().chain((space) =>
      fc.tuple(fc.constant(space), fc.array(valuesOf(space), { minLength: 1, maxLength: 9 })),
    );
    fc.assert(
      fc.property(several, ([space, values]) => {
        const { size, flatten: flattenValue } = layout(space);
        const { packed, flatRows } = inArena(space, values);
        const expected = new Float32Array(values.length * size);
        for (const [row, value] of values.entries()) flattenValue(value, expected, row * size);
        of(observation(3, packed))
          .pipe(flatten(flatRows))
          .subscribe(({ kind, t, observations }) => {
            assert.deepEqual([kind, t], ['observation', 3]);
            assert.deepEqual(Float32Array.from(observations), expected);
          });
      }),
    );
  });

  it(
    'answers each observation at once, into the same column',
    marble(({ cold, expectObservable }) => {
      const { packed, flatRows } = inArena(tuple([discrete(3), box(-1, 1, [1])]), [[2, [0.5]]]);
      expectObservable(
        cold('a-b|', { a: observation(0, packed), b: observation(1, packed) }).pipe(
          flatten(flatRows),
          map(({ t, observations }) => [t, observations === flatRows.column, ...observations]),
        ),
      ).toBe('a-b|', { a: [0, true, 0, 0, 1, 0.5], b: [1, true, 0, 0, 1, 0.5] });
    }),
  );

  it('makes rollouts of flat rows that say what packed ones say', async () => {
    const { observation } = frozenLake;
    const { dtype, width, size } = layout(observation);
    const collected = (flat: boolean) => {
      const arena = new Arena(2 ** 22);
      const envs = vectorize(frozenLake, { numEnvs: 5, seed: 1, autoreset: 'SAME_STEP' }, arena);
      const network = configure(networkSchema, {});
      const actorCritic = new ActorCritic({ observation, inputs: size, choices: [4], network }, arena);
      const agent = new WasmAgent(actorCritic.initialize(1), 5, 1);
      const shape = flat ? { observationSize: size } : { observationType: dtype, observationSize: width };
      const ring = new RolloutRing({ numSteps: 40, rows: 5, finalObservations: true, ...shape }, arena);
      const flatRows = new FlatRows(observation, 5, arena);
      const graph = flat
        ? observe(envs).pipe(flatten(flatRows), infer(agent), stepEnv(envs), flatten(flatRows), collect(ring))
        : observe(envs).pipe(infer(agent), stepEnv(envs), collect(ring));
      return firstValueFrom(
        graph.pipe(
          bootstrap(agent),
          map(({ actions, values, finalValues = [] }) => [[...actions], [...values], [...finalValues]]),
        ),
      );
    };
    assert.deepEqual(await collected(true), await collected(false));
  });

  it('refuses other rows than it was made for, through the stream', () => {
    const { packed, flatRows } = inArena(discrete(3), [1, 2]);
    const errors: string[] = [];
    for (const observations of [packed.subarray(1), inArena(discrete(3), [1, 2]).packed])
      of(observation(0, observations))
        .pipe(flatten(flatRows))
        .subscribe({ error: ({ message }) => errors.push(message) });
    assert.deepEqual(errors, [
      'flatten: expected 2 packed rows of 4 bytes, got 4 bytes',
      'flatten: expected a column of the arena that the flat rows are in, got another',
    ]);
  });
});
