/** `::vars` and `$v`: the variables and their values. */
import { textRow, type Dcmd, type Row, type Session } from './command.ts';

export const vars: Dcmd = {
  name: 'vars',
  address: 'none',
  summary: 'print listing of variables',
  description:
    'Registers of the CPU that panicked are variables too, read-only: <rip, <rsp, and <pc <sp <fp for the ones that every machine has.',
  options: [
    { letter: 'n', argument: 'none', help: 'only those that are not zero' },
    { letter: 'p', argument: 'none', help: 'as assignments, to be read again' },
    { letter: 't', argument: 'none', help: 'only those that are tagged' },
  ],
  examples: [{ line: '::vars -n', explains: 'variables that are not zero' }],
  origin: 'mdb',
  run: ({ session, options }) =>
    list(session, {
      isNonZero: options.has('n'),
      isTagged: options.has('t'),
      isAssignment: options.has('p'),
    }),
};

export const nonZeroVars: Dcmd = {
  name: '$v',
  address: 'none',
  summary: 'print non-zero variables',
  origin: 'mdb',
  run: ({ session }) => list(session, { isNonZero: true, isTagged: false, isAssignment: false }),
};

function* list(
  session: Session,
  wanted: {
    readonly isNonZero: boolean;
    readonly isTagged: boolean;
    readonly isAssignment: boolean;
  },
): Iterable<Row> {
  for (const { name, value, isTagged } of session.variables.entries()) {
    if ((wanted.isNonZero && value === 0n) || (wanted.isTagged && !isTagged)) continue;
    const number = value.toString(session.radix);
    const text = wanted.isAssignment ? `0x${value.toString(16)}>${name}` : `${name} = ${number}`;
    yield textRow(text, { value, data: { name, value } });
  }
}
