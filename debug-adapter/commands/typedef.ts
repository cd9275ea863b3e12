/** `::typedef`: types of one's own, as mdb makes them from a C definition; `::include`: the same from a header file. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { baseTypes } from '../language/c-base-types.ts';
import { preprocess } from '../language/c-preprocess.ts';
import { declareTypes, type Declarations } from '../language/c-declarations.ts';
import { errorRow, textRow, type Dcmd, type Invocation, type Row } from './command.ts';
import { findFile } from './lib-files.ts';

export const typedef: Dcmd = {
  name: 'typedef',
  address: 'none',
  synopsis: '[type] [name]',
  summary: 'create synthetic types',
  description:
    'Gives a type of the dump a second name, or makes a struct or union from its C definition. The types live as long as the session, ' +
    'and stand behind those of the dump. More than mdb reads: bit-fields, function pointers, nested and packed records.',
  options: [
    {
      letter: 'c',
      argument: 'text',
      argumentName: 'model',
      help: 'create the basic types of C: LP64',
    },
    { letter: 'd', argument: 'none', help: 'delete every synthetic type' },
    { letter: 'l', argument: 'none', help: 'list the synthetic types' },
  ],
  examples: [
    { line: '::typedef "struct { int a; char b[4]; }" pair_t', explains: 'a struct, named pair_t' },
    { line: '::typedef -l', explains: 'what has been made' },
  ],
  completes: ['type'],
  origin: 'mdb',
  *run(invocation) {
    const { options, arguments: words, session } = invocation;
    const [definition, name, ...more] = words.map((word) =>
      word.kind === 'word' ? word.text : word.value.toString(16),
    );
    if (options.has('l')) {
      for (const { name: known, kind } of session.addedTypes.names()) {
        const type = kind === 'typedef' || kind === 'base' ? known : `${kind} ${known}`;
        yield textRow(type, { data: { type } });
      }
      return;
    }
    if (options.has('d')) {
      session.addedTypes.clear();
      return;
    }
    const model = options.text('c');
    if (model !== undefined) {
      createModel(invocation, model);
      return;
    }
    if (definition === undefined || name === undefined || more.length > 0) throw new UsageError('');
    define(invocation, definition, name);
  },
};

/** mdb's names; LP32 is another one of ILP32. */
const models = new Map<string, 'lp64' | 'ilp32'>([
  ['lp64', 'lp64'],
  ['lp32', 'ilp32'],
  ['ilp32', 'ilp32'],
]);

/** The basic types, for a dump without any. */
function createModel({ session }: Invocation, name: string): void {
  const model = models.get(name.toLowerCase());
  if (model === undefined) throw new LookupError(`invalid data model: ${name}`);
  for (const type of baseTypes(model)) session.addedTypes.define(type.name, type);
}

function define(invocation: Invocation, definition: string, name: string): void {
  const { session, target } = invocation;
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new LookupError(`The name ${name} is not a valid C identifier.`);
  if (target.findType(name)) throw new LookupError(`typedef name ${name} already exists`);
  if (!/[{};]/.test(definition)) {
    const type = target.type(definition);
    session.addedTypes.define(name, { kind: 'typedef', name, target: type, size: type.size });
    return;
  }
  checkDefinition(definition);
  const { problems, names } = declare(invocation, `typedef ${definition} ${name};`);
  if (problems[0] !== undefined) throw new LookupError(problems[0]);
  if (!names.includes(name)) throw new LookupError(`syntax error in the definition of ${name}`);
}

/** What mdb says of a definition that it can't read. */
function checkDefinition(definition: string): void {
  const text = definition.trim();
  const isUnion = /^union\b/.test(text);
  if (!isUnion && !/^struct\b/.test(text)) {
    throw new LookupError(
      "Invalid structure definition. Structure must start with either 'struct {' or 'union {'",
    );
  }
  if (!/^\w+(\s+\w+)?\s*\{/.test(text))
    throw new LookupError('Missing opening brace in structure definition');
  if (!text.endsWith('}') || count(text, '{') > count(text, '}'))
    throw new LookupError('Missing closing brace in structure definition');
  if (count(text, '}') > count(text, '{'))
    throw new LookupError('Cannot find semi-colon to delineate the end of a member.');
  const body = text.slice(text.indexOf('{') + 1, -1).trim();
  if (body === '') throw new LookupError('Structs must have members aside from a flexible member');
  if (!body.endsWith(';'))
    throw new LookupError('Cannot find semi-colon to delineate the end of a member.');
  // Structures inside, which mdb does not take, are left to the C grammar.
  if (body.includes('{')) return;
  const members = body.slice(0, -1).split(';');
  for (const [index, member] of members.entries())
    checkMember(member.trim(), {
      isUnion,
      isOnly: members.length === 1,
      isLast: index === members.length - 1,
    });
}

function checkMember(
  member: string,
  place: { readonly isUnion: boolean; readonly isOnly: boolean; readonly isLast: boolean },
): void {
  if (!/^\w+(\s+\w+)*[\s*]+\(?\**\s*\w|:/.test(member))
    throw new LookupError(
      `Missing both a name and a type declaration for a member. Instead, found '${member}'`,
    );
  if (count(member, '[') > count(member, ']'))
    throw new LookupError(`Found the beginning of an array size but no closing ']' in ${member}`);
  if (count(member, ']') > count(member, '['))
    throw new LookupError(`Found the end of an array size but no opening '[' in ${member}`);
  if (/\[\s*0+\s*\]/.test(member)) throw new LookupError('Array lengths cannot be zero');
  if (!/\[\s*\]/.test(member)) return;
  if (place.isUnion) throw new LookupError('Flexible array members are only valid in structs.');
  if (place.isOnly) throw new LookupError('Structs must have members aside from a flexible member');
  if (!place.isLast) throw new LookupError('A flexible array member must be the last one.');
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function declare({ session, target }: Invocation, text: string): Declarations {
  const grammar = session.cGrammar;
  if (!grammar) throw new LookupError('no C grammar in this shell: definitions can’t be read');
  return declareTypes(grammar, text, target.types, session.addedTypes);
}

export const include: Dcmd = {
  name: 'include',
  address: 'none',
  synopsis: 'file ...',
  summary: 'add the types of C header files',
  description:
    'The files are read as C for x86-64, with their macros, conditionals and included files; these are looked for beside the file, then along the path of ::set -I (-I on the command line). ' +
    'Headers in <> that are not found are passed over: the basic types are known. What can’t be read is said, the rest is added.',
  completes: ['file'],
  origin: 'corewalk',
  examples: [{ line: '::include kernel/types.h', explains: 'add what it declares' }],
  *run(invocation) {
    const files = invocation.arguments.flatMap((word) => (word.kind === 'word' ? [word.text] : []));
    if (files.length === 0) throw new UsageError('');
    for (const file of files) yield* includeFile(invocation, file);
  },
};

function* includeFile(invocation: Invocation, name: string): Generator<Row> {
  const { session } = invocation;
  const file = findFile(session, name);
  if (!file) throw new LookupError(`failed to open ${name}: no such file`);
  const header = preprocess(file, (wanted, from) => findFile(session, wanted, from));
  const { names, problems } = declare(invocation, header.text);
  for (const problem of [...header.problems, ...problems.map((each) => `${file.name}: ${each}`)])
    yield errorRow(problem);
  const count = `${names.length} type${names.length === 1 ? '' : 's'}`;
  yield textRow(`${file.name}: ${count}`, { data: { file: file.name, names, problems } });
}
