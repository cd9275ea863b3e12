/** A value that is computed when it is first asked for, and kept. */

/** Wraps a computation; one that throws is tried again the next time. */
export function lazy<Value>(compute: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => (known ??= { value: compute() }).value;
}
