/** `::set`: the settings of a session. */
import { UsageError } from '../../dump-format/errors.ts';
import { parseNumber } from '../language/number.ts';
import { textRow, type Dcmd, type Row, type Session, type Settings } from './command.ts';
import { setPrompt } from './lib-prompt.ts';

export const set: Dcmd = {
  name: 'set',
  address: 'none',
  synopsis: '[+/-o option] [-s distance] [-I path] [-P prompt]',
  summary: 'get/set debugger properties',
  description:
    'Without arguments, prints what is set. Options for -o, and +o where they are switches: ' +
    'array_mem_limit=N|none, array_str_limit=N|none, walk_limit=N, columns=N, autowrap, repeatlast. ' +
    'The path has directories with colons between: macro files and headers are looked for there.',
  examples: [
    { line: '::set -o array_mem_limit=none', explains: 'arrays are printed in full' },
    { line: '::set +o autowrap', explains: 'format output is not broken at the right edge' },
  ],
  origin: 'mdb',
  *run({ session, arguments: words }) {
    const list = words.map((word) =>
      word.kind === 'word' ? word.text : word.value.toString(session.radix),
    );
    if (list.length === 0) return yield* report(session.settings);
    while (list.length > 0) apply(list, session);
  },
};

/** Takes one option and its argument off the list. */
function apply(list: string[], session: Session): void {
  const option = list.shift() ?? '';
  const letter = option.slice(0, 2);
  if (!['-o', '+o', '-s', '-I', '-P'].includes(letter))
    throw new UsageError(`illegal option -- ${option.replace(/^[-+]/, '')}`);
  const value = option.length > 2 ? option.slice(2) : list.shift();
  if (value === undefined)
    throw new UsageError(`option requires an argument -- ${letter.slice(1)}`);
  switch (letter) {
    case '-o':
    case '+o':
      for (const each of value.split(',')) applyOption(each, letter === '-o', session.settings);
      return;
    case '-s':
      session.settings.symbolDistance = parseNumber(value, session.radix);
      return;
    case '-I':
      session.settings.path = value.split(':').filter((directory) => directory !== '');
      return;
    default:
      setPrompt(session.settings, value);
  }
}

type Limit = (settings: Settings, limit: number | undefined) => void;

/** Options with a number; `none` is no limit. */
const limits: ReadonlyMap<string, Limit> = new Map<string, Limit>(
  Object.entries({
    array_mem_limit: (settings, limit) => (settings.arrayElementLimit = limit),
    array_str_limit: (settings, limit) => (settings.stringLimit = limit),
    walk_limit: (settings, limit) => (settings.walkLimit = limit ?? Number.MAX_SAFE_INTEGER),
    columns: (settings, limit) => (settings.columns = limit ?? Number.MAX_SAFE_INTEGER),
  } satisfies Record<string, Limit>),
);

type Switch = (settings: Settings, isOn: boolean) => void;

const switches: ReadonlyMap<string, Switch> = new Map<string, Switch>(
  Object.entries({
    autowrap: (settings, isOn) => (settings.isWrapping = isOn),
    repeatlast: (settings, isOn) => (settings.repeatsLastCommand = isOn),
  } satisfies Record<string, Switch>),
);

/** mdb's switches that mean nothing on a dump: taken, so that a start-up file of mdb can be read. */
const ignored: ReadonlySet<string> = new Set(
  (
    'adb pager ignoreeof latest noctf nomods showlmid lmraw nostop stop_on_bpt_nosym ' +
    'write_readback allow_io_access term follow_exec_mode follow_fork_mode'
  ).split(' '),
);

function applyOption(text: string, isOn: boolean, settings: Settings): void {
  const [name = '', value] = text.split('=');
  const setSwitch = switches.get(name);
  const setLimit = limits.get(name);
  if (setSwitch !== undefined) setSwitch(settings, isOn);
  else if (setLimit !== undefined) {
    if (value === undefined) throw new UsageError(`option requires an argument -- ${name}`);
    if (value !== 'none' && !/^[1-9][0-9]{0,14}$/.test(value))
      throw new UsageError(`invalid value for option ${name}: "${value}"`);
    setLimit(settings, value === 'none' ? undefined : Number(value));
  } else if (!ignored.has(name)) throw new UsageError(`invalid debugger option -- ${name}`);
}

function* report(settings: Settings): Iterable<Row> {
  const distance = settings.symbolDistance;
  const on = [
    ...(settings.isWrapping ? ['autowrap'] : []),
    ...(settings.repeatsLastCommand ? ['repeatlast'] : []),
  ];
  const mode = distance === 0n ? 'smart mode' : 'absolute mode';
  const lines: readonly (readonly [string, string])[] = [
    ['macro path:', settings.path.join(':')],
    ['symbol matching distance:', `${distance.toString(16)} (${mode})`],
    ['array member print limit:', limitText(settings.arrayElementLimit)],
    ['array string print limit:', limitText(settings.stringLimit)],
    ['walk limit:', limitText(settings.walkLimit)],
    ['output page width:', String(settings.columns)],
    ['command prompt:', `"${settings.prompt}"`],
    ['debugger options:', on.length > 0 ? on.join(',') : 'none'],
  ];
  for (const [label, value] of lines)
    yield textRow(`${label.padStart(26)} ${value}`, { data: { label, value } });
}

function limitText(limit: number | undefined): string {
  return limit === undefined ? 'none' : String(limit);
}
