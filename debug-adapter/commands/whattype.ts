/** `::whattype`, `::istype` and `::notype`: what type lies at an address, and the user's word for it. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { typeName } from '../target/type-names.ts';
import { pathAtOffset } from '../target/members.ts';
import { hexNumber } from '../print/numbers.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';
import {
  claimObject,
  disclaimObject,
  objectIndex,
  sourceText,
  type KnownObject,
} from './lib-objects.ts';
import { takeTypeArgument } from './lib-types.ts';

export const whattype: Dcmd = {
  name: 'whattype',
  address: 'required',
  summary: 'determine the type of an object',
  description:
    'From global variables, from what the global walkers of the kernel give, from every typed pointer in them and in what they lead to, and from ::istype. An address inside an object is told with its member.',
  options: [{ letter: 'v', argument: 'none', help: 'with the way it is known' }],
  examples: [{ line: '<thread::whattype', explains: 'the type of an address' }],
  origin: 'mdb',
  *run(invocation) {
    const { session, address } = invocation;
    const object = objectIndex(session).at(address);
    if (!object) {
      yield textRow(`${address.toString(16)} is of unknown type`, { data: { address } });
      return;
    }
    yield objectRow(invocation, object);
  },
};

function objectRow({ address, options, isPipeOut }: Invocation, object: KnownObject): Row {
  const offset = Number(address - object.address);
  const inside = offset === 0 ? undefined : pathAtOffset(object.type, offset);
  const name = typeName(object.type);
  const place =
    offset === 0
      ? address.toString(16)
      : `${address.toString(16)} is ${object.address.toString(16)}+${offset.toString(16)},`;
  const member = inside && inside.path !== '' ? `, member ${inside.path}` : '';
  const how = options.has('v') ? ` (${sourceText(object.source)})` : '';
  const text = offset === 0 ? `${place} is ${name}${how}` : `${place} in a ${name}${member}${how}`;
  return textRow(isPipeOut ? object.address.toString(16) : text, {
    value: object.address,
    object: { address: object.address, type: object.type },
    data: { address, object: object.address, type: name, member: inside?.path },
  });
}

export const istype: Dcmd = {
  name: 'istype',
  address: 'required',
  synopsis: 'type',
  summary: 'manually set the type of an object',
  description:
    'From then on ::whattype, ::whatis and ::pointers know that an object of this type lies there. Nothing in the dump is changed.',
  options: [],
  examples: [{ line: '<rsp::istype uint64_t', explains: 'claim a type for an address' }],
  origin: 'mdb',
  completes: ['type'],
  *run({ session, target, address, arguments: list }) {
    const { type, rest } = takeTypeArgument(target, list);
    if (rest.length > 0) throw new UsageError('');
    if (type.size === 0) throw new LookupError(`${typeName(type)} has no size`);
    claimObject(session, address, type);
    yield* [];
  },
};

export const notype: Dcmd = {
  name: 'notype',
  address: 'required',
  summary: 'manually clear the type of an object',
  description: 'Takes back what ::istype said.',
  options: [],
  examples: [{ line: '<rsp::notype', explains: 'take a claim back' }],
  origin: 'mdb',
  *run({ session, address }) {
    if (!disclaimObject(session, address))
      throw new LookupError(`no ::istype for ${hexNumber(address)}`);
    yield* [];
  },
};
