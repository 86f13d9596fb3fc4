import type { AnyEnv, ColumnarEnv } from './env.ts';
import type { AgentKind, StructuredEnv } from './structured.ts';

export function isStructured(env: AnyEnv): env is StructuredEnv {
  return 'create' in env;
}

/** The kinds of agents in an env's worlds; a columnar env has one. */
export function kindsOf(env: AnyEnv): readonly AgentKind[] {
  return isStructured(env) ? env.kinds : [columnarKind(env)];
}

function columnarKind({ observation, action, actionMask, agents = 1 }: ColumnarEnv): AgentKind {
  return {
    name: 'agent',
    observation,
    action,
    slots: agents,
    agents: agents > 1 ? Array.from({ length: agents }, (_, a) => `agent_${a}`) : ['agent'],
    masked: actionMask !== undefined,
  };
}

/** Whether the state of the env's worlds can be saved. */
export function isRestorable(env: AnyEnv): boolean {
  return !isStructured(env) || env.restorable;
}
