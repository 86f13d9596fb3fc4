import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { StructuredEnvs } from '../../../lib/env/structuredEnvs.ts';
import type { RowGroup } from '../../../lib/env/vectorEnvs.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { Autoreset } from '../../../lib/env/vectorOptions.ts';
import { Random } from '../../../lib/random.ts';
import {
  type Batch,
  type Decision,
  type Grouped,
  isGrouped,
  type Observation,
  type Transition,
} from '../../../lib/records.ts';
import { choicesOf } from '../../../lib/space/choices.ts';
import { layout } from '../../../lib/space/layout.ts';
import { herd, rover, structuredEnvs } from '../../fakes/structured.ts';
import { StructuredReference } from './structuredReference.ts';

const options = fc.record({
  numEnvs: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
  autoreset: fc.constantFrom<Autoreset>('NEXT_STEP', 'SAME_STEP'),
});

/** Allowed actions for rows with an agent, as numbers and as the env gets them; nonsense for the others. */
function act(group: RowGroup, row: number, present: boolean, random: Random): unknown {
  const sizes = choicesOf(group.action);
  const width = group.actions.length / group.rows;
  if (!sizes) {
    const values = Float32Array.from({ length: width }, () => random.uniform(-1, 1));
    group.actions.set(present ? values : values.fill(Number.NaN), row * width);
    return values;
  }
  let offset = row * sizes.reduce((sum, size) => sum + size, 0);
  const indices = sizes.map((size) => {
    const allowed = Array.from({ length: size }, (_, i) => i).filter(
      (i) => group.actionMasks?.[offset + i] !== 0,
    );
    offset += size;
    return present ? allowed[random.integer(0, allowed.length)] : 99;
  });
  group.actions.set(indices, row * width);
  const [move, ...tools] = indices;
  return sizes.length > 1 ? { move: move - 1, tools: Int32Array.from(tools) } : move;
}

/** The flags of a mask of the fakes; all choices are allowed where there is none. */
function flagsOf(mask: unknown, choices: number): number[] {
  const { move } = (mask ?? {}) as { move?: unknown[] };
  const flags = (move ?? mask ?? []) as unknown[];
  return Array.from({ length: choices }, (_, i) => (i < flags.length ? Number(flags[i]) : 1));
}

function assertShown(vector: StructuredEnvs, references: readonly StructuredReference[]): void {
  for (const group of vector.groups) {
    const { unpack, width } = layout(group.observation);
    for (let row = 0; row < group.rows; row++) {
      const { env, rows } = references[Math.floor(row / group.slots)];
      const { shown, agent } = rows[group.kind][row % group.slots];
      const packed = group.observations.subarray(row * width, (row + 1) * width);
      if (shown === undefined) assert.ok(packed.every((element) => element === 0));
      else assert.deepEqual(unpack(group.observations, row), shown);
      if (!group.actionMasks) continue;
      const choices = group.actionMasks.length / group.rows;
      const flags = flagsOf(agent && env.actionMask?.(agent), choices);
      assert.deepEqual([...group.actionMasks.subarray(row * choices, (row + 1) * choices)], flags);
    }
  }
}

describe('StructuredEnvs', () => {
  it('shows and pays, row by row, what the envs do by themselves', () => {
    fc.assert(
      fc.property(structuredEnvs, options, fc.nat(), (env, options, policy) => {
        const vector = vectorize(env, options) as StructuredEnvs;
        const references = Array.from({ length: options.numEnvs }, (_, i) => {
          const own = { ...options, seed: options.seed + i, limit: env.maxEpisodeSteps };
          return new StructuredReference(env.create(), env.kinds, own);
        });
        const random = new Random(policy);
        const finished: [number, number][] = [];
        let steps = 0;
        for (let t = 0; t < 40; t++) {
          assertShown(vector, references);
          const actions = vector.groups.map((group) =>
            Array.from({ length: group.rows }, (_, row) => {
              const { agent } = references[Math.floor(row / group.slots)].rows[group.kind][row % group.slots];
              return act(group, row, agent !== undefined, random);
            }),
          );
          vector.advance();
          for (const [i, reference] of references.entries()) {
            reference.step((kind, slot) => {
              const g = vector.groups.findIndex((group) => group.kind === kind);
              return actions[g][i * vector.groups[g].slots + slot];
            });
            assert.equal(vector.ended[i], +reference.ended);
          }
          for (const group of vector.groups) {
            for (let row = 0; row < group.rows; row++) {
              const expected = references[Math.floor(row / group.slots)].rows[group.kind][row % group.slots];
              const { reward, termination, truncation, mask, final } = expected;
              assert.deepEqual(
                [group.rewards[row], group.terminations[row], group.truncations[row], group.masks[row]],
                [Math.fround(reward), +termination, +truncation, mask],
              );
              steps += mask;
              if (final === undefined || options.autoreset === 'NEXT_STEP') continue;
              assert.deepEqual(
                layout(group.observation).unpack(group.finalObservations as never, row),
                final,
              );
            }
          }
          finished.push(...references.flatMap((reference) => reference.finished));
        }
        const recent = finished.slice(-100);
        const { scores } = vector;
        assert.deepEqual([scores.steps, scores.episodes], [steps, finished.length]);
        if (vector.groups.length > 1 || recent.length === 0) return;
        const mean = (k: 0 | 1) => recent.reduce((sum, episode) => sum + episode[k], 0) / recent.length;
        assert.ok(Math.abs(scores.episodeReturn - mean(0)) < 1e-9 * (1 + Math.abs(mean(0))));
        assert.ok(Math.abs(scores.episodeLength - mean(1)) < 1e-9 * mean(1));
      }),
    );
  });

  it('gives and takes one record, or one for each kind', () => {
    const decide = (record: Batch<Observation>, t: number): Batch<Decision> => {
      const one = (seen: Observation, rows: number, width: number, ints: boolean) => {
        const actions = ints ? new Int32Array(rows * width) : new Float32Array(rows * width);
        const none = new Float32Array(rows);
        return { ...seen, kind: 'decision', t, actions, logProbs: none, values: none } as Decision;
      };
      if (!isGrouped(record)) return one(record, 2, 3, true);
      const { hunter, prey } = record.groups;
      return { kind: 'decision', groups: { hunter: one(hunter, 6, 1, true), prey: one(prey, 4, 2, false) } };
    };
    const vector = { numEnvs: 2, seed: 0 };
    const [single, several] = [rover(), herd({ hunters: 3, prey: 2 })].map((env) => vectorize(env, vector));
    const seen = several.observe() as Grouped<Observation>;
    assert.deepEqual([seen.kind, Object.keys(seen.groups)], ['observation', ['hunter', 'prey']]);
    for (const envs of [single, several]) {
      const shown = envs.groups.map(({ observations }) => observations);
      const came = envs.step(decide(envs.observe(), 0)) as Batch<Transition>;
      assert.equal(came.kind, 'transition');
      for (const [g, group] of envs.groups.entries()) {
        const record = isGrouped(came) ? came.groups[group.kind] : came;
        assert.deepEqual(
          [record.kind, record.t, record.actions.length],
          ['transition', 0, group.actions.length],
        );
        assert.deepEqual(
          [record.observations, record.nextObservations, record.rewards, record.masks],
          [shown[g], group.observations, group.rewards, group.masks],
        );
      }
      assert.throws(() => envs.step(decide(envs.observe(), 0)), { name: 'StaleActionError' });
    }
    const wrong: [typeof single, Batch<Decision>, string][] = [
      [single, decide(several.observe(), 1), 'one decision for all rows'],
      [several, decide(single.observe(), 1), 'a decision for the kind hunter'],
      [
        several,
        { kind: 'decision', groups: { hunter: decide(single.observe(), 1) as Decision } },
        'a decision for the kind prey',
      ],
    ];
    for (const [envs, decision, expected] of wrong) {
      const message = `stepEnv: expected ${expected}, got none`;
      assert.throws(() => envs.step(decision), { name: 'RangeError', message });
    }
  });
});
