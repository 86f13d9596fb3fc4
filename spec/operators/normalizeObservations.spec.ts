import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, EMPTY, of, Subject, take, throwError } from 'rxjs';
import { Arena, type ColumnType } from '../../lib/arena.ts';
import { ObservationNormalizer } from '../../lib/observationNormalizer.ts';
import type { Rollout } from '../../lib/records.ts';
import { box } from '../../lib/space/box.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { layout } from '../../lib/space/layout.ts';
import type { Space } from '../../lib/space/space.ts';
import { normalizeObservations } from '../../operators/normalizeObservations.ts';
import { assertClose } from '../golden/golden.ts';
import { random } from '../kernels/random.ts';

const network = { normalizeBytes: false };
const spaces = {
  floats: box(-1e3, 1e3, [3]),
  bytes: box(0, 255, [5], 'u8'),
  nested: dict({ speed: box(-1, 1, [2]), gear: discrete(3) }),
} as const;

interface Seen {
  readonly observations: Float32Array | Uint8Array;
  readonly masks: Float32Array;
}

/** A normaliser and a rollout of packed rows, some of which are reset rows, in an arena. */
function setup(space: Space, rows: number, seed: number) {
  const { width, size, dtype, flatten } = layout(space);
  const arena = new Arena(1 << 22);
  const normal = arena.take({ means: ['f32', size], scales: ['f32', size] });
  const normalizer = new ObservationNormalizer({ inputs: size, observation: space, network }, arena, normal);
  const columns = arena.take({
    observations: [dtype as ColumnType, rows * width],
    masks: ['f32', rows],
    order: ['u32', rows],
  });
  const { uniform, below, chance } = random(seed);
  const flat: number[][] = [];
  for (let row = 0; row < rows; row++) {
    const value =
      space === spaces.nested
        ? { speed: [uniform(-1, 1), uniform(-1, 1)], gear: below(3) }
        : Array.from({ length: width }, () => (dtype === 'u8' ? below(256) : uniform(-1, 1)));
    layout(space).pack(value, columns.observations, row);
    columns.masks[row] = chance(0.8) ? 1 : 0;
    const floats = new Float32Array(size);
    flatten(value, floats);
    if (columns.masks[row]) flat.push(Array.from(floats));
  }
  return { normalizer, normal, rollout: columns as unknown as Rollout & Seen, flat, size, arena };
}

const problems = fc.record({
  name: fc.constantFrom('floats', 'bytes', 'nested'),
  rows: fc.constantFrom(1, 3, 128, 129, 300),
  seed: fc.integer(),
});

describe('normalizeObservations', () => {
  it('takes on the moments of all real rows once the rollout has been released, and not before', () => {
    fc.assert(
      fc.property(problems, ({ name, rows, seed }) => {
        const { normalizer, rollout, flat, size } = setup(spaces[name as keyof typeof spaces], rows, seed);
        const released = new Subject<never>();
        concat(of(rollout), released).pipe(normalizeObservations(normalizer)).subscribe();
        assert.equal(normalizer.moments.count, 1e-4);
        released.complete();
        const { mean, variance, count } = normalizer.moments;
        assertClose([count], [flat.length + 1e-4], 1e-12, 'count');
        for (let i = 0; i < size && flat.length > 0; i++) {
          // The prior weighs 1e-4 of a row.
          const total = flat.length + 1e-4;
          const expected = flat.reduce((sum, row) => sum + row[i], 0) / total;
          const squares = flat.reduce((sum, row) => sum + (row[i] - expected) ** 2, 0);
          const scale = Math.max(1, expected ** 2);
          assertClose([mean[i]], [expected], 1e-9, 'mean', scale);
          assertClose(
            [variance[i]],
            [(squares + 1e-4 * (1 + expected ** 2)) / total],
            1e-9,
            'variance',
            scale,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  it('lets the rollout pass as it is, and forgets nothing of it when it is saved before the end', () => {
    const { normalizer, rollout, arena, normal } = setup(spaces.floats, 200, 1);
    const before = rollout.observations.slice();
    let saved = normalizer.save();
    of(rollout)
      .pipe(normalizeObservations(normalizer))
      .subscribe((passed) => {
        assert.equal(passed, rollout);
        saved = normalizer.save();
      });
    assert.deepEqual(rollout.observations, before);
    assert.deepEqual(saved, normalizer.save());
    const options = { inputs: 3, observation: spaces.floats, network };
    const other = arena.take({ means: ['f32', 3], scales: ['f32', 3] });
    const restored = new ObservationNormalizer(options, arena, other);
    restored.load(saved);
    for (const each of [normalizer, restored]) of(rollout).pipe(normalizeObservations(each)).subscribe();
    assert.deepEqual(restored.save(), normalizer.save());
    assert.deepEqual(other, normal);
  });

  it('takes on what an iteration saw that was left when it had told what it learned, unless it is not finite', () => {
    const { normalizer, rollout, flat } = setup(spaces.floats, 10, 1);
    for (const [spoil, count] of [
      [Number.NaN, 0],
      [1, flat.length],
    ]) {
      rollout.observations[3 * rollout.masks.indexOf(1)] = spoil;
      of(rollout).pipe(normalizeObservations(normalizer), take(1)).subscribe();
      EMPTY.pipe(normalizeObservations(normalizer)).subscribe();
      assertClose([normalizer.moments.count], [count + 1e-4], 1e-12, 'count');
    }
  });

  it('takes nothing on while it is frozen, nor what an iteration saw that failed', () => {
    const { normalizer, rollout } = setup(spaces.floats, 10, 1);
    const before = normalizer.moments.mean.slice();
    normalizer.frozen = true;
    of(rollout).pipe(normalizeObservations(normalizer)).subscribe();
    normalizer.frozen = false;
    const failing = concat(
      of(rollout),
      throwError(() => new Error('halfway')),
    );
    failing.pipe(normalizeObservations(normalizer)).subscribe({ error: () => {} });
    EMPTY.pipe(normalizeObservations(normalizer)).subscribe();
    assert.deepEqual(normalizer.moments.mean, before);
  });
});
