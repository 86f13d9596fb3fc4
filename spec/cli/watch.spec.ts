import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { decode } from 'fast-png';
import { GifReader } from 'omggif';
import { observationLines } from '../../cli/observationLines.ts';
import { Player } from '../../cli/player.ts';
import { playOnTerminal } from '../../cli/playOnTerminal.ts';
import { type Controls, press } from '../../cli/watchKeys.ts';
import { watchLines } from '../../cli/watchLines.ts';
import { writePictures } from '../../cli/writePictures.ts';
import { blackjack } from '../../envs/blackjack.ts';
import { cartPole } from '../../envs/cartPole.ts';
import { frozenLake } from '../../envs/frozenLake.ts';
import { mine } from '../../envs/mine.ts';
import { pendulum } from '../../envs/pendulum.ts';
import { taxi } from '../../envs/taxi.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { pufferflow, scratch } from './pufferflow.ts';

const playing: Controls = { fps: 30, isPaused: false, steps: 0, isSkipping: false };
const pressed = (...keys: string[]) => keys.reduce(press, playing);

describe('the keys of watch', () => {
  it('pause, step, skip and quit', () => {
    assert.deepEqual(pressed('space'), { ...playing, isPaused: true });
    assert.deepEqual(pressed('space', 'right', '.'), { ...playing, isPaused: true, steps: 2 });
    assert.deepEqual(pressed('space', '.', 'space'), playing);
    assert.deepEqual(pressed('.', 'right', 'x', ''), playing, 'steps only while paused');
    assert.deepEqual(pressed('n'), { ...playing, isSkipping: true });
    assert.equal(pressed('q').exit, 0);
    assert.equal(pressed('ctrl-c').exit, 130);
  });

  it('change the speed by steps that undo each other, within limits', () => {
    assert.deepEqual([pressed('+').fps, pressed('-').fps], [60, 15]);
    const key = fc.constantFrom('+', '-', '=', '_');
    fc.assert(
      fc.property(fc.array(key), fc.integer({ min: 1, max: 10_000 }), (keys, start) => {
        const { fps } = keys.reduce(press, { ...playing, fps: start });
        assert.ok(fps >= 1 && fps <= 10_000);
        const faster = press({ ...playing, fps }, '+');
        const slower = press({ ...playing, fps }, '-');
        assert.ok(faster.fps >= fps && slower.fps <= fps);
        if (keys.length > 0 && faster.fps > fps && slower.fps < fps)
          assert.ok(press(faster, '-').fps > slower.fps && press(faster, '-').fps <= fps);
      }),
    );
  });
});

describe('Player', () => {
  it('counts episodes, steps and returns as the vector does', () => {
    for (const env of [cartPole, frozenLake, taxi, pendulum, mine] as AnyEnv[]) {
      const player = Player.open(env, undefined, { seed: 3 });
      const returns: number[] = [];
      while (returns.length < 3) {
        player.advance();
        if (player.isOver) returns.push(player.return);
      }
      const mean = returns.reduce((a, b) => a + b) / returns.length;
      assert.ok(Math.abs(mean - player.envs.scores.episodeReturn) < 1e-4 * (1 + Math.abs(mean)), env.id);
      player.advance();
      assert.deepEqual([player.episode, player.step, player.isOver], [returns.length + 1, 0, false]);
      player.close();
    }
  });

  it('plays the same from the same seed, and all actions at random', () => {
    const told = (seed: number) => {
      const player = Player.open(cartPole, undefined, { seed });
      return Array.from({ length: 200 }, () => {
        player.advance();
        return player.envs.groups[0].actions[0];
      });
    };
    assert.deepEqual(told(1), told(1));
    assert.notDeepEqual(told(1), told(2));
    const ones = told(1).filter((action) => action === 1).length;
    assert.ok(ones > 60 && ones < 140, `${ones}`);
  });
});

describe('watchLines', () => {
  it('shows the picture and how it goes, within the screen', () => {
    const player = Player.open(cartPole, undefined, { seed: 0 });
    const size = fc.record({
      columns: fc.integer({ min: 1, max: 150 }),
      rows: fc.integer({ min: 2, max: 60 }),
    });
    fc.assert(
      fc.property(size, fc.boolean(), ({ columns, rows }, color) => {
        const lines = watchLines(player, playing, 'CartPole', { columns, rows, color }, {});
        assert.ok(lines.length < rows, `${lines.length}`);
        for (const line of lines) assert.ok(stripVTControlCharacters(line).length < Math.max(2, columns));
        if (!color) assert.ok(!lines.join('').includes('\x1b'));
      }),
      { numRuns: 50 },
    );
    for (let k = 0; k < 100; k++) player.advance();
    const screen = { columns: 120, rows: 40, color: true };
    const lines = watchLines(player, playing, 'CartPole', screen, {}).map(stripVTControlCharacters);
    assert.equal(lines.filter((line) => line === '▀'.repeat(96)).length, 32);
    const { episodes, episodeReturn } = player.envs.scores;
    assert.ok(episodes > 1);
    assert.equal(
      lines.at(-2),
      `episode ${player.episode} · step ${player.step} · return ${player.return.toFixed(player.return < 10 ? 2 : 1)} · ` +
        `${episodes} played: return ${episodeReturn.toFixed(1)} · 30 fps`,
    );
  });

  it('shows observations as text where there is no picture, with their names', () => {
    const { groups } = vectorize(mine, { numEnvs: 1, seed: 2 });
    const lines = observationLines(groups).map((line) => line.replaceAll(/ +/g, ' '));
    assert.equal(lines.length, 5);
    for (const [k, form] of [
      /^scout 0 observation [01] [01] [01]$/,
      /^miner 0 rock [01]$/,
      /^miner 0 signal [01] [01] [01]$/,
    ].entries())
      assert.match(lines[k], form);
    const cards = observationLines(vectorize(blackjack, { numEnvs: 1, seed: 2 }).groups);
    assert.deepEqual(
      cards.map((line) => line.split(' ')[0]),
      ['[0]', '[1]', '[2]'],
    );
  });
});

describe('playOnTerminal', () => {
  /** A terminal that writes down what it is told, and a keyboard. */
  function terminal() {
    const raw: boolean[] = [];
    const written: string[] = [];
    const input = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (on: boolean) => raw.push(on),
    });
    const write = (text: string) => written.push(text) > 0;
    const output = { columns: 80, rows: 30, write: write as NodeJS.WriteStream['write'] };
    const isRestored = () =>
      raw.join() === 'true,false' && written.at(-1) === '\x1b[?25h' && input.listenerCount('keypress') === 0;
    return { input: input as unknown as NodeJS.ReadStream & PassThrough, output, written, isRestored };
  }

  const play = (player: Player, { input, output }: ReturnType<typeof terminal>, episodes?: number) =>
    playOnTerminal(player, { title: 'it', fps: 1000, episodes, color: true }, input, output);

  it('ends by q, Ctrl-C or the last episode, and restores the terminal', async () => {
    const endings: [keys: string, episodes: number | undefined, code: number][] = [
      ['q', undefined, 0],
      ['\x03', undefined, 130],
      ['', 2, 0],
      ['n', 1, 0],
    ];
    for (const [keys, episodes, code] of endings) {
      const screen = terminal();
      const player = Player.open(cartPole, undefined, { seed: 1 });
      screen.input.write(keys);
      assert.equal(await play(player, screen, episodes), code, keys);
      assert.ok(screen.isRestored(), keys);
      if (episodes) assert.deepEqual([player.episode, player.isOver], [episodes, true]);
    }
  });

  it('takes single steps while paused', async () => {
    const screen = terminal();
    const player = Player.open(cartPole, undefined, { seed: 1 });
    screen.input.write(' \x1b[C.\x1b[C');
    setTimeout(() => screen.input.write('q'), 200);
    assert.equal(await play(player, screen), 0);
    assert.equal(player.step, 3);
  });

  it('restores the terminal when the env throws', async () => {
    const screen = terminal();
    const step = () => {
      throw new Error('the pole broke');
    };
    const player = Player.open({ ...cartPole, step, kernel: undefined }, undefined, { seed: 1 });
    await assert.rejects(play(player, screen), /the pole broke/);
    assert.ok(screen.isRestored());
  });
});

describe('writePictures', () => {
  const home = scratch();

  it('leaves what there is when a signal comes', async () => {
    const player = Player.open(pendulum, undefined, { seed: 1 });
    const advance = player.advance.bind(player);
    player.advance = () => {
      if (player.step === 30) process.emit('SIGHUP', 'SIGHUP');
      advance();
    };
    const written: string[] = [];
    const write = (text: string) => written.push(text) > 0;
    const output = { isTTY: true, write: write as NodeJS.WriteStream['write'] };
    const [png, gif] = [join(home, 'pngs'), join(home, 'all.gif')];
    const options = { png, gif, fps: 30, scale: 1, frames: 10_000 };
    assert.equal(await writePictures(player, 100, options, output), 129);
    assert.equal(readdirSync(png).length, 32);
    assert.equal(new GifReader(readFileSync(gif)).numFrames(), 32);
    assert.match(
      stripVTControlCharacters(written.at(-1) as string),
      /^\rWrote 32 frames of Pendulum-v1 to .* so far\.\n$/,
    );
  });
});

describe('pufferflow watch', function () {
  this.timeout(60_000);
  const home = scratch();
  const watch = (...args: string[]) => pufferflow(home, ['watch', ...args]);

  it('writes pictures of random actions, and of the saved agent', async () => {
    const [random, trained] = await Promise.all([
      watch('cartpole', '--gif', 'random.gif', '--episodes', '2', '--seed', '5', '--scale', '2'),
      pufferflow(home, 'train cartpole --steps 2000 --json --out run'.split(' ')),
    ]);
    assert.equal(random.code, 0, random.stderr);
    assert.equal(trained.code, 0, trained.stderr);
    const gif = new GifReader(readFileSync(join(home, 'random.gif')));
    assert.deepEqual([gif.width, gif.height], [192, 128]);
    assert.match(
      random.stdout,
      new RegExp(`^Wrote ${gif.numFrames()} frames of CartPole-v1 to random.gif: episode 2, `),
    );
    const agent = await watch('run', '--png', 'pngs', '--frames', '6');
    assert.equal(
      agent.stdout,
      'Wrote 6 frames of CartPole-v1 to pngs: episode 1, return 5.00 so far.\n',
      agent.stderr,
    );
    assert.equal(readdirSync(join(home, 'pngs')).length, 6);
    const { width, height } = decode(readFileSync(join(home, 'pngs/00006.png')));
    assert.deepEqual([width, height], [96, 64]);
    // The same episode as `eval` plays.
    const [judged, whole] = await Promise.all([
      pufferflow(home, ['eval', 'run', '--episodes', '1', '--seed', '4', '--json']),
      watch('run/checkpoint.safetensors', '--gif', 'agent.gif', '--seed', '4'),
    ]);
    assert.match(whole.stdout, new RegExp(`return ${judged.events[0].meanReturn.toFixed(1)}\\.`));
  });

  it('refuses what makes no sense, and says what to do', async () => {
    writeFileSync(join(home, 'note.txt'), 'no checkpoint');
    const refused: [args: string[], message: RegExp][] = [
      [[], /watch: expected a checkpoint, the folder of a run, or an env/],
      [['cartpole'], /there is no terminal to play on; --gif <file> or --png <folder> writes pictures/],
      [['blackjack', '--gif', 'x.gif'], /--gif: Blackjack-v1 draws no pictures: it has no render/],
      [['cartpole', '--gif', 'x.gif', '--fps', '60'], /--fps: expected at most 50 with --gif, got 60/],
      [['cartpole', '--frames', '3'], /no terminal/],
      [['cartpole', '--gif', 'x.gif', '--frames', '0'], /--frames: expected a positive integer, got 0/],
      [['cartpole', '--gif', 'x.gif', '--sample'], /--sample: expected a checkpoint or the folder of a run/],
      [['cartpol', '--gif', 'x.gif'], /unknown env cartpol; did you mean cartpole\?/],
    ];
    const ended = await Promise.all(refused.map(([args]) => watch(...args)));
    for (const [k, { code, stdout, stderr }] of ended.entries()) {
      assert.match(stderr, refused[k][1]);
      assert.deepEqual([code, stdout], [2, ''], stderr);
    }
    const note = await watch('note.txt', '--gif', 'x.gif');
    assert.equal(note.code, 1);
    assert.match(note.stderr, /^pufferflow: checkpoint: /);
    assert.ok(!existsSync(join(home, 'x.gif')));
  });
});
