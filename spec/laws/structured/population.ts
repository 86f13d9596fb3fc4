import type { StructuredEnv } from '../../../lib/env/structured.ts';
import { Breach } from '../breach.ts';
import { law } from '../law.ts';
import type { Log } from '../log.ts';
import type { Frame } from '../story.ts';
import { rawPlays } from './cases.ts';
import { type RawPlay, RawPlayer } from './playRaw.ts';
import { RawWorld } from './rawWorld.ts';

const skip = (env: StructuredEnv) => (env.form === 'parallel' ? undefined : 'it has one agent');

export const agents = law<StructuredEnv, RawPlay>({
  name: 'agents',
  says: 'Agents are possible ones, each once; who is terminated or truncated leaves, and only they do.',
  skip,
  cases: (_, bounds) => rawPlays(bounds),
  holds(env, play, log) {
    const world = new RawWorld(env);
    let gone = new Set<string>();
    let before: readonly string[] = [];
    eachStep(world, play, log, (frame, step, begins) => {
      if (begins) gone = new Set();
      const now = frame.agents as readonly string[];
      const wrong = (agent: string, problem: string) =>
        new Breach({ step, field: 'agents' }, `${agent} ${problem}`);
      if (begins && now.length === 0)
        throw new Breach({ step, field: 'agents' }, 'nobody is there after the reset');
      for (const agent of now) {
        if (!world.possibleAgents.includes(agent)) throw wrong(agent, 'is not among possibleAgents');
        if (now.indexOf(agent) !== now.lastIndexOf(agent)) throw wrong(agent, 'is there twice');
      }
      if (!begins) {
        for (const agent of before) {
          const ended = isTrue(frame.terminations, agent) || isTrue(frame.truncations, agent);
          if (ended && now.includes(agent)) throw wrong(agent, 'has finished, but is still there to act');
          if (!ended && !now.includes(agent))
            throw wrong(agent, 'has gone without termination or truncation');
          if (ended) gone.add(agent);
        }
        const back = now.find((agent) => gone.has(agent) && !before.includes(agent));
        if (back && !env.reappear) throw wrong(back, 'has finished and come again, and reappear is not set');
      }
      before = now;
    });
  },
});

export const keys = law<StructuredEnv, RawPlay>({
  name: 'keys',
  says: 'What a step returns is said of those who were there, and of those who have come; and of nobody else.',
  skip,
  cases: (_, bounds) => rawPlays(bounds),
  holds(env, play, log) {
    let before: readonly string[] = [];
    eachStep(new RawWorld(env), play, log, (frame, step, begins) => {
      const now = frame.agents as readonly string[];
      const needed = begins ? now : before;
      const parts = ['observations', ...(begins ? [] : ['rewards', 'terminations', 'truncations'])];
      for (const part of parts) {
        const said = Object.keys(frame[part] as object);
        const missing = needed.find((agent) => !said.includes(agent));
        if (missing)
          throw new Breach({ step, field: part }, `expected one for ${missing}, who was there, got none`);
        const extra = said.find((agent) => !needed.includes(agent) && !now.includes(agent));
        if (extra)
          throw new Breach({ step, field: part }, `expected none for ${extra}, who was not there, got one`);
      }
      const unseen = now.find((agent) => !Object.hasOwn(frame.observations as object, agent));
      if (unseen)
        throw new Breach(
          { step, field: 'observations' },
          `expected one for ${unseen}, who has come, got none`,
        );
      before = now;
    });
  },
});

function isTrue(flags: unknown, agent: string): boolean {
  return (flags as Readonly<Record<string, unknown>>)[agent] === true;
}

function eachStep(
  world: RawWorld,
  play: RawPlay,
  log: Log,
  check: (frame: Frame, step: number, begins: boolean) => void,
): void {
  const player = new RawPlayer(world, play, { log });
  check(player.begin(), 0, true);
  for (let step = 1; step <= play.steps; step++) {
    const frame = player.step();
    check(frame, step, frame.reset === true);
  }
}
