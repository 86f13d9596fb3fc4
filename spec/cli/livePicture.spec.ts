import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { clock, compact, digits, score } from '../../cli/format.ts';
import { type LivePicture, livePicture } from '../../cli/livePicture.ts';
import { LiveScreen } from '../../cli/liveScreen.ts';
import { plainLine } from '../../cli/plainLines.ts';
import { sparkline } from '../../cli/sparkline.ts';
import type { RunMetrics } from '../../pipelines/openRun.ts';

const picture: LivePicture = {
  title: 'CartPole-v1 · ppo · seed 1 · simd',
  steps: 25_000,
  totalSteps: 100_000,
  sps: 24_196,
  elapsed: 65,
  left: 195,
  returns: [20, 100, 200, 312.4],
  episodeReturn: 312.4,
  episodeLength: 312,
  episodeScores: { success: 0.5 },
  episodes: 1234,
  threshold: 475,
  losses: { policyLoss: -0.0123, valueLoss: 0.31, entropy: 0.52 },
  rollout: 0.25,
  update: 0.5,
  hint: 'Ctrl-C saves and stops',
};
const screen = { columns: 100, rows: 30, color: false };

describe('livePicture', () => {
  it('shows how the run goes', () => {
    assert.deepEqual(livePicture(picture, screen), [
      'CartPole-v1 · ppo · seed 1 · simd',
      `${'█'.repeat(10)}${'░'.repeat(30)}   25 %  25,000 of 100,000 steps`,
      'speed     24.2k steps/s · 1:05 gone · 3:15 left',
      'return    ▁▃▅█  20.0 … 312.4  now 312.4 of 475',
      'episodes  1,234 · mean length 312.0 · success 0.50',
      'losses    policyLoss -0.0123   valueLoss 0.31      entropy 0.52',
      `time      ${'█'.repeat(8)}${'▓'.repeat(15)}${'░'.repeat(7)}  █ rollout 25 %  ▓ update 50 %  ░ other 25 %`,
      'Ctrl-C saves and stops',
    ]);
  });

  it('has something to say before the first episode is finished', () => {
    const early = { ...picture, returns: [], episodeReturn: Number.NaN, left: Number.POSITIVE_INFINITY };
    const lines = livePicture(early, screen).join('\n');
    assert.match(lines, /return +no episode has finished yet/);
    assert.doesNotMatch(lines, /NaN|Infinity/);
  });

  it('fits every screen, coloured or not, and colours change no letter', () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 1, max: 140 }),
      rows: fc.integer({ min: 2, max: 20 }),
    });
    const pictures = fc.record({
      steps: fc.integer({ min: 0, max: 120_000 }),
      returns: fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 200 }),
      rollout: fc.double({ min: 0, max: 1.1, noNaN: true }),
      update: fc.double({ min: 0, max: 1.1, noNaN: true }),
    });
    fc.assert(
      fc.property(sizes, pictures, (size, changes) => {
        const shown = { ...picture, ...changes };
        const plain = livePicture(shown, { ...size, color: false });
        const coloured = livePicture(shown, { ...size, color: true });
        assert.ok(plain.length < size.rows);
        for (const line of plain) assert.ok(line.length < Math.max(2, size.columns), `${line.length}`);
        assert.ok(plain.every((line) => !line.includes('\x1b')));
        assert.deepEqual(
          coloured.map((line) => stripVTControlCharacters(line).trimEnd()),
          plain,
        );
      }),
    );
  });
});

describe('LiveScreen', () => {
  it('draws in place, hides the cursor and gives it back', () => {
    const written: string[] = [];
    const write = (text: string) => written.push(text) > 0;
    const terminal = { columns: 20, rows: 10, write: write as NodeJS.WriteStream['write'] };
    const live = new LiveScreen(terminal);
    live.draw(['one', 'two']);
    live.draw(['\x1b[1mthree\x1b[0m', 'four', 'five']);
    terminal.columns = 3;
    live.draw(['six']);
    live.close();
    live.close();
    const [first, second, third, ...closing] = written;
    assert.ok(first.startsWith('\x1b[?25l\r'));
    assert.ok(!first.includes('A'), 'nothing to go up over');
    assert.ok(second.includes('\x1b[2A'));
    assert.ok(third.includes('\x1b[6A'), 'lines that a narrower terminal has wrapped count twice');
    assert.deepEqual(closing, ['\x1b[?25h']);
  });
});

describe('sparkline', () => {
  it('spans the range, averages neighbours and never exceeds its width', () => {
    assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8), '▁▂▃▄▅▆▇█');
    assert.equal(sparkline([0, 2, 6, 8], 2), '▁█');
    assert.equal(sparkline([3, 3, 3], 10), '▁▁▁');
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 60 }),
        (values, width) => {
          assert.match(sparkline(values, width), /^[▁-█]+$/);
          assert.equal(sparkline(values, width).length, Math.min(width, values.length));
        },
      ),
    );
  });
});

describe('plainLine', () => {
  it('is one line without escape codes', () => {
    const episode = { episodeReturn: 20.25, episodeLength: 20, episodeScores: { success: 0.25 } };
    const metrics = { steps: 5000, sps: 1234.5, ...episode };
    assert.equal(
      plainLine(metrics as unknown as RunMetrics, 100_000),
      '  5,000 of 100,000 steps    5 %  1.23k steps/s  1:17 left  return   20.3  length   20.0  success   0.25',
    );
    assert.match(
      plainLine({ ...metrics, steps: 100_250 } as unknown as RunMetrics, 100_000),
      /100,250 .* 100 % /,
    );
  });
});

describe('format', () => {
  it('is brief', () => {
    assert.deepEqual([0, 7, 999, 1234, 999_999, 2_500_000, 3e9].map(compact), [
      '0',
      '7',
      '999',
      '1.23k',
      '1M',
      '2.5M',
      '3G',
    ]);
    assert.deepEqual([0, 59.6, 61, 3723, Number.POSITIVE_INFINITY].map(clock), [
      '0:00',
      '1:00',
      '1:01',
      '1:02:03',
      '–:––',
    ]);
    assert.deepEqual([0.123456, 0, 1.9e-6, 123456, Number.NaN].map(digits), [
      '0.123',
      '0',
      '1.9e-6',
      '1.2e+5',
      'NaN',
    ]);
    assert.deepEqual([0.9456, -123.44, Number.NaN].map(score), ['0.95', '-123.4', '–']);
  });
});
