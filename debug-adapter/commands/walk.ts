/** `::walk`: the elements of a walker, one address a line. */
import { LineError } from '../language/line-error.ts';
import { didYouMean, nearestNames } from '../language/nearest.ts';
import { withPrefix } from '../target/symbolize.ts';
import { UsageError } from '../../dump-format/errors.ts';
import type { Dcmd, Invocation, Row, Session, Walker } from './command.ts';
import { declareWalkVariable } from './lib-walk-variable.ts';

export const walk: Dcmd = {
  name: 'walk',
  address: 'optional',
  synopsis: 'name [variable]',
  summary: 'walk data structure',
  description:
    'Prints the address of each element, or hands it to the next command of a pipeline. With an address the walk starts there. ' +
    'A variable holds the element of this walk in all commands that follow: its own, however far behind they stand.',
  examples: [
    { line: '::walk thread', explains: 'all threads' },
    {
      line: "::walk thread t | ::eval '<t=K'",
      explains: 'the variable t holds the thread in later stages',
    },
  ],
  origin: 'mdb',
  completes: ['walker', 'variable'],
  *run(invocation) {
    const { session, target } = invocation;
    const [name, variable, ...rest] = invocation.arguments;
    if (name?.kind !== 'word' || rest.length > 0) throw new UsageError('');
    const walker = lookUp(name.text, session);
    const start = checkStart(walker, invocation);
    const set = declareWalkVariable(variable, session);
    const type = walker.elementType === undefined ? undefined : target.findType(walker.elementType);
    const { walkLimit } = session.settings;
    let count = 0;
    for (const address of walker.walk(target, start)) {
      if (count >= walkLimit)
        throw new LineError(`walk stopped after ${walkLimit} elements`, {
          hint: `::set -o walk_limit=${walkLimit * 10} lets it go on`,
        });
      if (++count % 1024 === 0) session.checkpoint({ done: count, what: `walking ${walker.name}` });
      set?.(address);
      const text = withPrefix(address, session.radix);
      const row: Row = { spans: [{ kind: 'address', text, address }], value: address };
      yield type === undefined ? row : { ...row, object: { address, type } };
    }
  },
};

function lookUp(name: string, session: Session): Walker {
  const walker = session.walker(name);
  if (walker !== undefined) return walker;
  const names = [...session.walkers()].map((each) => each.name);
  throw new LineError('failed to perform walk: unknown walk name', {
    hint: didYouMean(nearestNames(name, names)),
  });
}

function checkStart(walker: Walker, { address, hasAddress }: Invocation): bigint | undefined {
  if (hasAddress && walker.address === 'none')
    throw new LineError('failed to perform walk: walker does not accept starting address');
  if (!hasAddress && walker.address === 'required')
    throw new LineError('failed to perform walk: walker requires starting address');
  return hasAddress ? address : undefined;
}
