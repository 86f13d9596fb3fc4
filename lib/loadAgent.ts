import { policyOf, readAgent } from './agentFile.ts';
import { Arena, bytesOf } from './arena.ts';
import { planActing } from './engine/wasm/actingPolicy.ts';
import { countChoices } from './engine/wasm/actorCriticOptions.ts';
import { chooseBuild, layoutOf } from './engine/wasm/kernels.ts';
import { actionCodec } from './space/actionCodec.ts';
import { choicesOf } from './space/choices.ts';
import { layout } from './space/layout.ts';
import type { MaskOf, Space } from './space/space.ts';
import { immediate } from './workers/crew.ts';

/** An agent that plays, without the trainer. */
export interface LoadedAgent {
  /** Id of the env it was trained in. */
  readonly env: string;
  readonly observation: Space;
  readonly action: Space;
  /**
   * The action for one observation, as the action space has it: a number where it is Discrete.
   *
   * @param mask which choices are allowed, nested as the action space is
   * @throws RangeError if the observation is not in its space, or nothing is allowed
   */
  // biome-ignore lint/suspicious/noExplicitAny: the spaces are known only when the file is read
  act(observation: unknown, mask?: MaskOf<Space>): any;
  /** Forgets what it remembers of former observations: to be called where an episode begins. */
  reset(): void;
  /** The critic's estimate for the observation that was acted on last; NaN before the first, and for SAC, whose critics stay behind. */
  readonly value: number;
}

export interface LoadAgentOptions {
  /** Sample actions from this seed instead of taking the most probable one. */
  readonly sampleSeed?: number;
  /** Whose policy, if the env has several kinds of agents. */
  readonly kind?: string;
}

/**
 * Reads an agent from the bytes of a checkpoint, for a game loop in Node or in a page.
 *
 * @throws CheckpointError if the bytes are no checkpoint, or damaged
 * @throws RangeError if the kind is unknown, or missing where there are several
 */
export function loadAgent(bytes: Uint8Array, { sampleSeed, kind }: LoadAgentOptions = {}): LoadedAgent {
  const file = readAgent(bytes);
  const { env } = file;
  const policy = policyOf(file, kind, 'loadAgent');
  const { observation, action, weights } = policy;
  const plan = planActing(file.form ?? 'actorCritic', policy, file.network);
  const packed = layout(observation);
  const codec = actionCodec(action, { clip: true });
  const specs = {
    observations: [packed.dtype, packed.width],
    actionMasks: ['u8', countChoices({ choices: choicesOf(action) ?? [] })],
    carried: ['f32', 1],
  } as const;
  const kernels = layoutOf(chooseBuild());
  const arena = new Arena(plan.bytes(kernels, 1) + bytesOf(specs));
  const agent = plan.open(weights, arena, 1, sampleSeed ?? 0, { greedy: sampleSeed === undefined });
  const { observations, actionMasks, carried } = arena.take(specs);
  let t = 0;
  let value = Number.NaN;
  return {
    env,
    observation,
    action,
    act(seen, mask) {
      packed.pack(seen, observations, 0, 'act: observation');
      if (mask !== undefined) codec.maskFlags(mask, actionMasks, 0);
      const { actions, values } = immediate(
        agent.infer({
          kind: 'observation',
          t: t++,
          observations,
          actionMasks: mask === undefined ? undefined : actionMasks,
          carried,
        }),
      );
      carried[0] = 1;
      value = file.form === 'sac' ? Number.NaN : values[0];
      return codec.decode(actions, 0);
    },
    reset() {
      carried[0] = 0;
    },
    get value() {
      return value;
    },
  };
}
