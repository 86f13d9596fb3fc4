import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Curve, curve } from '../../cli/curve.ts';
import { History } from '../../cli/history.ts';
import { axis } from '../../cli/ticks.ts';

const picture: Curve = {
  title: 'CartPole-v1 · ppo',
  subtitle: 'seed 1',
  points: [
    { steps: 0, value: 20 },
    { steps: 50_000, value: 250 },
    { steps: 100_000, value: 500 },
  ],
  totalSteps: 100_000,
  threshold: 475,
  solvedAtSteps: 90_000,
};

/** The coordinates of the elements with this class: its attributes, by name. */
function attributes(svg: string, name: string): Record<string, string>[] {
  return [...svg.matchAll(new RegExp(`<\\w+ class="${name}"([^>]*)>`, 'g'))].map(([, text]) =>
    Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  );
}

function pathOf(svg: string): number[][] {
  const [{ d }] = attributes(svg, 'line');
  return d
    .slice(1)
    .split('L')
    .map((point) => point.split(' ').map(Number));
}

describe('curve', () => {
  it('draws its points to scale', () => {
    const [first, middle, last] = pathOf(curve(picture));
    assert.ok(Math.abs(middle[0] - (first[0] + last[0]) / 2) < 0.2, 'half of the steps');
    const [slope, half] = [(last[1] - first[1]) / 480, (middle[1] - first[1]) / 230];
    assert.ok(slope < 0 && Math.abs(slope - half) < 0.01, 'upwards, in proportion');
  });

  it('draws the threshold where the axis says it is, and when it was reached', () => {
    const svg = curve(picture);
    const [goal, solved] = attributes(svg, 'goal').map(({ x1, y1 }) => ({ x: Number(x1), y: Number(y1) }));
    const [first, , last] = pathOf(svg);
    const y = last[1] + ((500 - 475) / 480) * (first[1] - last[1]);
    assert.ok(Math.abs(goal.y - y) < 0.2, `${goal.y}, ${y}`);
    assert.ok(Math.abs(solved.x - (first[0] + 0.9 * (last[0] - first[0]))) < 0.2);
    assert.match(svg, />solved at 475</);
    assert.match(svg, />solved after 90k steps</);
  });

  it('has round ticks, and a colour for dark viewers', () => {
    const svg = curve(picture);
    for (const tick of ['100', '300', '500', '20k', '60k', '100k'])
      assert.ok(svg.includes(`>${tick}</text>`), tick);
    assert.match(svg, /prefers-color-scheme: dark/);
  });

  it('says so where there is nothing to draw, and escapes what it is told', () => {
    const svg = curve({
      ...picture,
      title: '<b>&',
      points: [],
      threshold: undefined,
      solvedAtSteps: null,
    });
    assert.match(svg, /no episode has finished yet/);
    assert.match(svg, /&lt;b&gt;&amp;/);
    assert.deepEqual(attributes(svg, 'goal'), []);
  });

  it('stays inside its frame and holds no number that is none', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const points = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), value), { minLength: 1 });
    fc.assert(
      fc.property(points, fc.option(value, { nil: undefined }), (pairs, threshold) => {
        let steps = 0;
        const drawn = pairs.map(([more, height]) => {
          steps += more;
          return { steps, value: height };
        });
        const svg = curve({ ...picture, points: drawn, totalSteps: 500, threshold, solvedAtSteps: null });
        assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
        for (const [x, y] of pathOf(svg)) {
          assert.ok(x >= 70 && x <= 800 && y >= 80 && y <= 430, `${x}, ${y}`);
        }
      }),
    );
  });
});

describe('axis', () => {
  it('has round ticks that enclose what is shown', () => {
    assert.deepEqual(axis(0, 500, 5).ticks, [0, 100, 200, 300, 400, 500]);
    assert.deepEqual(axis(0.72, 0.95, 5).ticks, [0.7, 0.75, 0.8, 0.85, 0.9, 0.95]);
    assert.deepEqual(axis(-3, 12, 5).ticks, [-5, 0, 5, 10, 15]);
    const bound = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(bound, bound, fc.integer({ min: 2, max: 8 }), (a, b, count) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const { low, high, ticks } = axis(from, to, count);
        const slack = 1e-6 * (high - low);
        assert.ok(low <= from + slack && high >= to - slack && low < high);
        assert.ok(ticks.length >= 2 && ticks.length <= count + 3);
      }),
    );
  });
});

describe('History', () => {
  it('keeps all points while they are few', () => {
    const history = new History(8);
    for (let k = 1; k < 8; k++) history.add(k, k);
    assert.deepEqual(history.values, [1, 2, 3, 4, 5, 6, 7]);
  });

  it('keeps evenly spaced ones, the first and the last, when they are many; leaves out what is no number', () => {
    const history = new History(8);
    for (let k = 0; k < 1000; k++) {
      history.add(k, k);
      history.add(k, Number.NaN);
      assert.ok(history.points.length <= 9);
    }
    const { values } = history;
    assert.equal(values[0], 0);
    assert.equal(values.at(-1), 999);
    const gaps = values.slice(1, -1).map((value, k) => value - values[k]);
    assert.ok(gaps.length >= 3);
    assert.equal(new Set(gaps).size, 1, `${gaps}`);
  });
});
