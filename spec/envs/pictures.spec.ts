import assert from 'node:assert/strict';
import { cartPole } from '../../envs/cartPole.ts';
import * as builtIns from '../../envs/index.ts';
import type { ColumnarEnv } from '../../lib/env/env.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { Random } from '../../lib/random.ts';
import { Chooser } from '../laws/chooser.ts';

const drawn = Object.values(builtIns).filter(
  (env): env is ColumnarEnv => typeof env === 'object' && 'render' in env && env.render !== undefined,
);

/** Vectors of two worlds, after each of some random steps. */
function* played(env: ColumnarEnv, steps: number) {
  const envs = vectorize(env, { numEnvs: 2, seed: 3 });
  const chooser = new Chooser(env.action);
  const random = new Random(4);
  yield envs;
  for (let t = 0; t < steps; t++) {
    for (let row = 0; row < envs.rows; row++) {
      const action = chooser.choose(random.word(), envs.actionMasks, row * chooser.choices);
      for (const [k, value] of action.entries()) envs.actions[row * chooser.width + k] = value;
    }
    envs.advance();
    yield envs;
  }
}

describe('the pictures of the envs', () => {
  it('are there', () => assert.ok(drawn.length >= 9, `${drawn.length}`));

  for (const env of drawn) {
    it(`${env.id}: every pixel is written, from the state alone, which is left as it is`, () => {
      const { width, height, draw } = env.render as NonNullable<ColumnarEnv['render']>;
      const seen = new Set<string>();
      for (const envs of played(env, 40)) {
        const before = envs.save();
        const [frame, again] = [envs.render(1), envs.render(1)];
        assert.deepEqual(again, frame);
        assert.deepEqual(envs.save(), before);
        assert.deepEqual([frame?.width, frame?.height], [width, height]);
        seen.add(String(frame?.data));
        // The same state in a picture that was full of something else.
        const { state } = envs;
        const context = { state, params: paramsOf(env), observations: envs.observations } as never;
        const [dark, light] = [0, 255].map((value) => {
          const data = new Uint8Array(width * height * 3).fill(value);
          draw(context, 1, data);
          return data;
        });
        assert.deepEqual(light, dark);
        assert.deepEqual(dark, frame?.data);
      }
      assert.ok(seen.size > 5, `${seen.size} different pictures`);
    });
  }

  it('show a cart and its pole mirrored where the state is', () => {
    const envs = vectorize(cartPole, { numEnvs: 2, seed: 1 });
    const random = new Random(2);
    for (let k = 0; k < 20; k++) {
      const [x, theta] = [random.uniform(-2.4, 2.4), random.uniform(-0.2, 0.2)];
      Object.assign(envs.state.x, [x, -x]);
      Object.assign(envs.state.theta, [theta, -theta]);
      const [one, other] = [envs.render(0), envs.render(1)].map((frame) => frame?.data as Uint8Array);
      const isSame = (i: number): boolean => {
        const [column, row] = [i % 96, Math.floor(i / 96)];
        const mirrored = row * 96 + 95 - column;
        // A shade more or less, where a share is rounded up on one side and down on the other.
        return [0, 1, 2].every((c) => Math.abs(one[3 * i + c] - other[3 * mirrored + c]) <= 32);
      };
      assert.ok(Array.from({ length: 96 * 64 }, (_, i) => i).every(isSame), `${x} ${theta}`);
      // The pole's tip is where the angle says.
      const tip =
        3 * (Math.round(42 - 34 * Math.cos(theta)) * 96 + Math.floor(48 + 19 * x + 34 * Math.sin(theta)));
      assert.notEqual(one[tip + 2], 255);
    }
  });
});

function paramsOf({ params = {} }: ColumnarEnv): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, new Float64Array(2).fill(Number(value))]),
  );
}
