import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judge, type SoakReport, type SoakRow, soak } from '../../bench/soak.ts';
import { trend } from '../../bench/trend.ts';
import { printed } from './output.ts';

const real = fc.double({ min: -100, max: 100, noNaN: true });

describe('trend', () => {
  it('finds the line that points lie on', () => {
    fc.assert(
      fc.property(real, real, fc.integer({ min: 3, max: 30 }), (slope, start, n) => {
        const xs = Array.from({ length: n }, (_, i) => i / 2);
        const found = trend(
          xs,
          xs.map((x) => start + slope * x),
        );
        assert.ok(Math.abs(found.slope - slope) < 1e-9 && found.uncertainty < 1e-9);
        assert.ok(Math.abs(found.mean - start - (slope * (n - 1)) / 4) < 1e-9);
      }),
    );
  });

  it('knows what is noise: y = 0, 1, 0, 1 has slope 0.2 ± 2 · √(0.8 / 2 / 5)', () => {
    const { slope, uncertainty } = trend([0, 1, 2, 3], [0, 1, 0, 1]);
    assert.ok(Math.abs(slope - 0.2) < 1e-12);
    assert.ok(Math.abs(uncertainty - 2 * Math.sqrt(0.8 / 2 / 5)) < 1e-12);
  });
});

describe('soak', () => {
  const rows = (rss: (minute: number) => number, speed: (minute: number) => number) =>
    Array.from({ length: 30 }, (_, k): SoakRow => {
      const minutes = k + 1;
      const [heapUsed, external] = [20, 10];
      return {
        event: 'row',
        minutes,
        steps: minutes,
        stepsPerSecond: speed(minutes),
        rss: rss(minutes),
        heapUsed,
        external,
      };
    });
  const noise = (minute: number) => (minute % 2 === 0 ? 1.1 : 0.9);

  it('passes what is flat after the warming up, however noisy its speed', () => {
    assert.ok(
      judge(
        rows(
          (minute) => (minute <= 3 ? 100 * minute : 300),
          (minute) => 1e6 * noise(minute),
        ),
      ).passed,
    );
    assert.ok(
      judge(
        rows(
          () => 300,
          (minute) => 1e6 * (1 + minute / 30),
        ),
      ).passed,
      'faster',
    );
  });

  it('finds a leak of half a megabyte a minute, and a loss of speed', () => {
    const leaking = judge(
      rows(
        (minute) => 300 + 0.5 * minute,
        () => 1e6,
      ),
    );
    assert.ok(!leaking.passed && Math.abs(leaking.rss.slope - 0.5) < 1e-9);
    const slowing = judge(
      rows(
        () => 300,
        (minute) => 1e6 * (1 - minute / 100),
      ),
    );
    assert.ok(!slowing.passed && slowing.stepsPerSecond.percent < -25);
  });

  it('trains, tells of every interval, and judges', async () => {
    const args = ['cartpole', '--minutes', '0.05', '--interval', '0.5', '--workers', '2', '--json'];
    const { code, lines, errors } = await printed(() => soak(args));
    const all = lines.map((line) => JSON.parse(line));
    const report: SoakReport = all.pop();
    assert.equal(errors, '');
    assert.equal(code, report.passed ? 0 : 1);
    assert.equal(all.length, 6);
    assert.equal(report.steps, all[5].steps);
    for (const { stepsPerSecond, rss, heapUsed, external } of all)
      assert.ok(stepsPerSecond > 0 && rss > heapUsed && heapUsed > 0 && external > 0);
  });

  it('refuses what it cannot judge, with exit code 2', async () => {
    for (const [args, message] of [
      [['--minutes', '5'], /expected 6 minutes at least, got 5/],
      [['--minutes', 'all'], /--minutes expects a positive number, got "all"/],
      [['sqared'], /unknown env sqared; did you mean squared\?/],
    ] as const) {
      const { code, lines, errors } = await printed(() => soak([...args]));
      assert.deepEqual([code, lines], [2, []]);
      assert.match(errors, message);
    }
  });
});
