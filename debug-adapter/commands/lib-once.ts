/** What a command prepares once for all its calls in a pipeline: types looked up, paths taken apart, styles. */
import type { Invocation } from './command.ts';

/** Makes it at the first call of a stage and gives it to all others of the same run. */
export function oncePerStage<Prepared>(
  prepare: (invocation: Invocation) => Prepared,
): (invocation: Invocation) => Prepared {
  const prepared = new WeakMap<object, { readonly what: Prepared }>();
  return (invocation) => {
    const known = prepared.get(invocation.stage);
    if (known) return known.what;
    const what = prepare(invocation);
    prepared.set(invocation.stage, { what });
    return what;
  };
}
