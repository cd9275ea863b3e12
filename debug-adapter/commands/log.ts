/** `::log` and `$>`: a log of the session. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd, type Row, type Session } from './command.ts';

export const log: Dcmd = {
  name: 'log',
  address: 'none',
  synopsis: '[-d | [-e] file]',
  summary: 'log session to a file',
  description:
    'Lines and what they print are appended to the file. -d stops; without arguments it says whether a log is active.',
  origin: 'mdb',
  completes: ['file'],
  *run({ session, arguments: words }) {
    const names = words.map((word) => {
      if (word.kind !== 'word') throw new UsageError('');
      return word.text;
    });
    if (names.length === 0) return yield* told(session);
    if (names[0] === '-d' && names.length === 1) return yield* stop(session);
    const [name, ...rest] = names[0] === '-e' ? names.slice(1) : names;
    if (name === undefined || rest.length > 0) throw new UsageError('');
    yield* start(session, name);
  },
};

export const logTo: Dcmd = {
  name: '$>',
  address: 'none',
  synopsis: '[file]',
  summary: 'log session to a file',
  origin: 'mdb',
  completes: ['file'],
  *run({ session, arguments: words }) {
    const [name, ...rest] = words;
    if (rest.length > 0 || name?.kind === 'immediate') throw new UsageError('');
    yield* name === undefined ? stop(session) : start(session, name.text);
  },
};

function* told({ log: active }: Session): Iterable<Row> {
  yield textRow(
    active === undefined
      ? 'mdb: no log is active'
      : `mdb: logging to "${active.name}" is currently enabled`,
  );
}

function* start(session: Session, name: string): Iterable<Row> {
  const { openLog } = session.capabilities;
  if (openLog === undefined) throw new LookupError('session logs are not available here');
  session.log?.close();
  session.log = { name, ...openLog(name) };
  yield textRow(`mdb: logging to "${name}"`);
}

function* stop(session: Session): Iterable<Row> {
  if (session.log === undefined) throw new LookupError('no log is active');
  session.log.close();
  const { name } = session.log;
  session.log = undefined;
  yield textRow(`mdb: logging to "${name}" has been disabled`);
}
