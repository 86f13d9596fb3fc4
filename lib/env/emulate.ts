import { componentsOf } from '../space/choices.ts';
import { kindOf as typeOf } from '../space/paths.ts';
import { type Space, sameSpace } from '../space/space.ts';
import { checkHead, checkKeys } from './head.ts';
import type {
  AgentKind,
  GymnasiumEnv,
  ParallelEnv,
  ParallelOptions,
  SingleAgentOptions,
  StructuredEnv,
} from './structured.ts';

const KEYS = ['id', 'maxEpisodeSteps', 'threshold', 'module', 'create', 'kindOf', 'maxAgents', 'reappear'];

/**
 * Makes a simulation in Gymnasium's or PettingZoo's parallel form an env like any other: nested observations become
 * packed rows, agents become rows with masks, kinds of agents become batches. The form is told by `possibleAgents`.
 *
 * @throws TypeError or RangeError naming the option that is missing or out of range; what is wrong with the spaces or
 *   agents of the env itself is said when `form` or `kinds` are first asked for
 */
export function emulate<O extends Space, A extends Space>(options: SingleAgentOptions<O, A>): StructuredEnv;
export function emulate<O extends Space, A extends Space>(options: ParallelOptions<O, A>): StructuredEnv;
export function emulate(options: SingleAgentOptions | ParallelOptions): StructuredEnv {
  checkHead('emulate', options);
  checkKeys('emulate', options.id, options, KEYS);
  const { id, maxEpisodeSteps, threshold, module, create } = options;
  const { kindOf, maxAgents, reappear = false } = options as ParallelOptions;
  if (typeof create !== 'function')
    throw new TypeError(`emulate ${id}: create must be a function, got ${typeOf(create)}`);
  let probed: Probe | undefined;
  const probe = () => {
    probed ??= look(id, create, kindOf, maxAgents);
    return probed;
  };
  return {
    id,
    maxEpisodeSteps,
    threshold,
    module,
    create,
    reappear,
    get form() {
      return probe().form;
    },
    get restorable() {
      return probe().restorable;
    },
    get kinds() {
      return probe().kinds;
    },
  };
}

/** What is learned from an env that is created for it. */
type Probe = Pick<StructuredEnv, 'form' | 'kinds' | 'restorable'>;

/** Whether what `create` made has agents by name. */
export function isParallel(env: GymnasiumEnv | ParallelEnv): env is ParallelEnv {
  return 'possibleAgents' in env;
}

/** Creates an env to see its form and its kinds of agents, and closes it. */
function look(
  id: string,
  create: StructuredEnv['create'],
  kindOf: ParallelOptions['kindOf'],
  maxAgents: ParallelOptions['maxAgents'] = {},
): Probe {
  const env = create();
  if (typeof env !== 'object' || env === null)
    throw new TypeError(`emulate ${id}: expected create to return an env, got ${typeOf(env)}`);
  try {
    checkMethods(id, env, ['reset', 'step'], ['actionMask', 'getState', 'setState', 'render', 'close']);
    if ((env.getState === undefined) !== (env.setState === undefined))
      throw new TypeError(`emulate ${id}: getState and setState must come together`);
    const masked = env.actionMask !== undefined;
    const restorable = env.getState !== undefined;
    if (!isParallel(env)) {
      const kind = { name: 'agent', slots: 1, agents: ['agent'], masked };
      const [observation, action] = spacesOf(id, env.observationSpace, env.actionSpace, '');
      return { form: 'single', restorable, kinds: [{ ...kind, observation, action }] };
    }
    checkMethods(id, env, ['observationSpace', 'actionSpace'], []);
    const kinds = kindsOf(id, env, kindOf ?? ((agent) => agent.replace(/_\d+$/, '')), masked);
    for (const name of Object.keys(maxAgents)) {
      if (!kinds.some((kind) => kind.name === name))
        throw new TypeError(`emulate ${id}: maxAgents: there is no kind ${name}`);
    }
    return {
      form: 'parallel',
      restorable,
      kinds: kinds.map((kind) => ({ ...kind, slots: slotsOf(id, kind, maxAgents) })),
    };
  } finally {
    env.close?.();
  }
}

function checkMethods(id: string, env: object, needed: readonly string[], optional: readonly string[]): void {
  for (const name of [...needed, ...optional]) {
    const method = (env as Record<string, unknown>)[name];
    if (typeof method !== 'function' && !(method === undefined && optional.includes(name)))
      throw new TypeError(`emulate ${id}: ${name} must be a function, got ${typeOf(method)}`);
  }
}

/** @throws TypeError unless both are spaces, and the actions of a form that policies can choose */
function spacesOf(id: string, observation: Space, action: Space, of: string): [Space, Space] {
  for (const [name, space] of Object.entries({ observation, action })) {
    if (typeof space?.problem !== 'function')
      throw new TypeError(`emulate ${id}: the ${name} space${of} must be a space, got ${typeOf(space)}`);
  }
  if (!componentsOf(action) && !(action.type === 'Box' && action.dtype === 'f32')) {
    throw new TypeError(
      `emulate ${id}: the action space${of} must be a Box of f32, or consist of Discrete, MultiDiscrete and MultiBinary`,
    );
  }
  return [observation, action];
}

function kindsOf(
  id: string,
  env: ParallelEnv,
  kindOf: (agent: string) => string,
  masked: boolean,
): AgentKind[] {
  const names = env.possibleAgents;
  if (!Array.isArray(names) || names.length === 0 || names.some((name) => typeof name !== 'string'))
    throw new TypeError(`emulate ${id}: possibleAgents must be an array of names, got ${typeOf(names)}`);
  const kinds = new Map<string, AgentKind>();
  for (const [i, agent] of names.entries()) {
    if (names.indexOf(agent) < i) throw new TypeError(`emulate ${id}: possibleAgents holds ${agent} twice`);
    const name = kindOf(agent);
    if (typeof name !== 'string')
      throw new TypeError(`emulate ${id}: kindOf(${agent}) must be a name, got ${typeOf(name)}`);
    // Tensors and losses are named kind.name.
    if (name === '' || name.includes('.'))
      throw new TypeError(
        `emulate ${id}: expected kinds with names without dots, got "${name}" for ${agent}`,
      );
    const [observation, action] = spacesOf(
      id,
      env.observationSpace(agent),
      env.actionSpace(agent),
      ` of ${agent}`,
    );
    const kind = kinds.get(name);
    if (kind && !(sameSpace(kind.observation, observation) && sameSpace(kind.action, action))) {
      throw new TypeError(
        `emulate ${id}: ${agent} and ${kind.agents[0]} are of the kind ${name}, but their spaces differ: tell their kinds apart by kindOf`,
      );
    }
    const agents = [...(kind?.agents ?? []), agent];
    kinds.set(name, { observation, action, ...kind, name, masked, agents, slots: agents.length });
  }
  return [...kinds.values()];
}

function slotsOf(
  id: string,
  { name, agents }: AgentKind,
  maxAgents: Readonly<Record<string, number>>,
): number {
  const slots = Object.hasOwn(maxAgents, name) ? maxAgents[name] : agents.length;
  if (!(Number.isInteger(slots) && slots > 0 && slots <= agents.length)) {
    throw new RangeError(
      `emulate ${id}: maxAgents.${name} must be an integer in [1, ${agents.length}], got ${slots}`,
    );
  }
  return slots;
}
