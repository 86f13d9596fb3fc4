import type { AnyEnv } from '../../lib/env/env.ts';
import { isStructured } from '../../lib/env/kinds.ts';
import { columnarLaws } from './columnar/index.ts';
import type { Law } from './law.ts';
import { formFault, structuredLaws } from './structured/index.ts';
import { vectorLaws } from './vector/index.ts';

/** The laws of an env: of its form, and of its worlds in a vector. */
export function envLaws(env: AnyEnv): readonly Law<AnyEnv>[] {
  const own = isStructured(env) ? structuredLaws : columnarLaws;
  const laws = [...(own as readonly Law<AnyEnv>[]), ...vectorLaws];
  const fault = isStructured(env) ? formFault(env) : undefined;
  // What it is must be known before anything else can be asked.
  return fault ? laws.map((law) => (law === laws[0] ? law : { ...law, skip: () => fault })) : laws;
}
