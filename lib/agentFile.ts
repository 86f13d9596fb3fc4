import type { Checkpoint } from './checkpoint.ts';
import { decodeCheckpoint } from './checkpoint.ts';
import { configure } from './config.ts';
import { type ActingPolicy, type PolicyForm, planActing } from './engine/wasm/actingPolicy.ts';
import { CheckpointError } from './errors.ts';
import { type NetworkSpec, networkSchema } from './network.ts';
import type { Json, Tensor } from './nouns.ts';
import { checkFinite, checkNames, prefixed, unprefixed } from './restore.ts';
import type { Space } from './space/space.ts';
import { spaceFromJson } from './space/spaceFromJson.ts';

/** What acts for one kind of agent. */
export interface PolicyFile {
  readonly observation: Space;
  readonly action: Space;
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** What an agent is, apart from the trainer: enough to act. Every checkpoint holds one. */
export interface AgentFile {
  readonly env: string;
  readonly network: NetworkSpec;
  /** Absent: actorCritic. */
  readonly form?: PolicyForm;
  /** By the kinds of agents in the env; of an env with one agent it is `agent`. Kinds may share their weights. */
  readonly policies: Readonly<Record<string, PolicyFile>>;
}

const PREFIX = 'agent.';
const forms: readonly PolicyForm[] = ['actorCritic', 'sac', 'own'];

/** What a checkpoint's `agent` says of a policy. */
interface SavedPolicy {
  readonly observation: Json;
  readonly action: Json;
  /** The kind whose weights it has; absent: its own. */
  readonly sameAs?: string;
}

/** The agent's part of a checkpoint. */
export function agentPart({ env, network, form, policies }: AgentFile): {
  tensors: Record<string, Tensor>;
  values: Json;
} {
  const tensors: Record<string, Tensor> = {};
  const saved: Record<string, SavedPolicy> = {};
  const kinds = Object.keys(policies);
  for (const [kind, { observation, action, weights }] of Object.entries(policies)) {
    const owner = kinds.find((other) => policies[other].weights === weights) as string;
    const spaces = { observation: observation.toJSON(), action: action.toJSON() } as unknown as SavedPolicy;
    saved[kind] = owner === kind ? spaces : { ...spaces, sameAs: owner };
    if (owner === kind) Object.assign(tensors, prefixed(`${PREFIX}${kind}.`, weights));
  }
  return { tensors, values: { env, network, ...(form && { form }), policies: saved } as unknown as Json };
}

/** Reads the agent out of a checkpoint's bytes. @throws CheckpointError if there is none, or the bytes are damaged */
export function readAgent(bytes: Uint8Array): AgentFile {
  return agentOf(decodeCheckpoint(bytes));
}

export function agentOf({ tensors, values }: Checkpoint): AgentFile {
  const { agent } = (values ?? {}) as {
    agent?: { env: string; network: Json; form?: Json; policies: Record<string, SavedPolicy> };
  };
  if (!agent) throw new CheckpointError('checkpoint: it holds no agent');
  try {
    const { env, network, form, policies } = agent;
    if (typeof env !== 'string') throw new TypeError(`expected the id of an env, got ${JSON.stringify(env)}`);
    if (!isForm(form)) throw new TypeError(`expected the form of a policy, got ${JSON.stringify(form)}`);
    const own = Object.fromEntries(
      Object.keys(policies).map((kind) => [kind, unprefixed(`${PREFIX}${kind}.`, tensors)]),
    );
    const configured = configure(networkSchema, network);
    return {
      env,
      network: configured,
      form,
      policies: Object.fromEntries(
        Object.entries(policies).map(([kind, { observation, action, sameAs = kind }]) => {
          if (!Object.hasOwn(own, sameAs)) throw new TypeError(`there is no kind ${sameAs}`);
          const spaces = { observation: spaceFromJson(observation), action: spaceFromJson(action) };
          // What a program of one's own has of weights is known to itself only.
          if (form === 'own') checkFinite(`agent.${kind}`, own[sameAs]);
          else
            checkWeights(kind, configured, own[sameAs], () =>
              planActing(form ?? 'actorCritic', spaces, configured),
            );
          return [kind, { ...spaces, weights: own[sameAs] }];
        }),
      ),
    };
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError(`checkpoint: its agent cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isForm(form: Json | undefined): form is PolicyForm | undefined {
  return form === undefined || forms.includes(form as PolicyForm);
}

/** Checks weights before a network is made for them. @throws TypeError or CheckpointError naming the first that is wrong */
function checkWeights(
  kind: string,
  network: NetworkSpec,
  weights: PolicyFile['weights'],
  plan: () => ActingPolicy,
): void {
  // Before sizes are computed of what a damaged file says.
  const { hidden, convolutions, memory } = network;
  const layers = hidden.length + convolutions.length + (memory.kind === 'minGru' ? memory.layers : 0);
  if (layers > Object.keys(weights).length)
    throw new TypeError(`${kind}: expected weights of ${layers} layers`);
  const { shapes } = plan();
  checkNames(`agent.${kind}`, weights, Object.keys(shapes));
  for (const [name, { data, shape }] of Object.entries(weights)) {
    if (!(data instanceof Float32Array && shape.join() === shapes[name].join()))
      throw new TypeError(
        `${kind}.${name}: expected a Float32Array [${shapes[name].join(', ')}], got [${shape.join(', ')}]`,
      );
  }
  checkFinite(`agent.${kind}`, weights);
}

/**
 * The policy of a kind; of the only one, if none is named.
 *
 * @throws RangeError if there is no such kind, or it must be named
 */
export function policyOf({ policies }: AgentFile, kind?: string, caller = 'policyOf'): PolicyFile {
  const kinds = Object.keys(policies);
  const name = kind ?? (kinds.length === 1 ? kinds[0] : undefined);
  if (name === undefined || !Object.hasOwn(policies, name))
    throw new RangeError(`${caller}: expected a kind, one of ${kinds.join(', ')}, got ${name}`);
  return policies[name];
}
