/** Values as variables of an editor: lazy, paged, read-only, each with its type, its memory and its C expression. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { strip } from '../../dump-format/ctype.ts';
import { unreachable } from '../../dump-format/errors.ts';
import { defaultStyle, type PrintStyle } from '../print/style.ts';
import { valueText } from '../print/value-text.ts';
import { typeName } from '../target/type-names.ts';
import type { Value } from '../target/value.ts';
import { partsOf, pointerBits, type Parts } from '../views/parts.ts';
import { dereferenced, element, member, type Expression } from './expressions.ts';
import type { Fields } from './fields.ts';
import { hexAddress } from './row-text.ts';
import { safeText } from './safe-text.ts';
import type { Container, ValueFormat, View } from './view.ts';

/** Children that a client gets which asks for all of them; one that pages gets any number. */
export const unpagedLimit = 1000;

/** What `Variable` and the body of `evaluate` have in common. */
export interface Described {
  readonly text: string;
  readonly shape: Pick<
    DebugProtocol.Variable,
    | 'type'
    | 'variablesReference'
    | 'namedVariables'
    | 'indexedVariables'
    | 'memoryReference'
    | 'presentationHint'
    | 'valueLocationReference'
  >;
}

/** `variables`: a page of the children of a container. */
export function variablesBody(view: View, fields: Fields): DebugProtocol.VariablesResponse['body'] {
  const container = view.containers.get(fields.integer('variablesReference'));
  const format = { isHexadecimal: fields.object('format').boolean('hex') ?? false };
  const filter = fields.optionalString('filter');
  const first = filter === 'indexed' ? container.named : 0;
  const last = filter === 'named' ? container.named : container.named + container.indexed;
  const start = first + (fields.count('start') ?? 0);
  const asked = fields.count('count') ?? 0;
  const end = Math.min(last, start + (asked > 0 ? asked : unpagedLimit));
  const variables: DebugProtocol.Variable[] = [];
  for (let index = start; index < end; index++) variables.push(container.child(index, format));
  if (asked === 0 && end < last)
    variables.push(remark('…', `${last - end} more: ask for them by page`));
  return { variables };
}

/** A variable that is a value. */
export function valueVariable(
  view: View,
  name: string,
  value: Value,
  expression: Expression,
  format: ValueFormat,
): DebugProtocol.Variable {
  const { text, shape } = describeValue(view, value, expression, format);
  return {
    name: safeText(name),
    value: text,
    ...shape,
    ...(expression !== undefined && { evaluateName: expression }),
  };
}

/** A line among variables that is no value: a reason, a limit. */
export function remark(name: string, text: string, type?: string): DebugProtocol.Variable {
  return {
    name: safeText(name),
    value: safeText(text),
    variablesReference: 0,
    presentationHint: { kind: 'virtual', attributes: ['readOnly'] },
    ...(type !== undefined && { type }),
  };
}

export function describeValue(
  view: View,
  value: Value,
  expression: Expression,
  format: ValueFormat,
): Described {
  const { client, target } = view;
  const style: PrintStyle = format.isHexadecimal
    ? { ...defaultStyle, integers: 'hex' }
    : defaultStyle;
  const container = containerOf(view, value, expression);
  const memory = client.followsMemoryReferences ? memoryOf(value) : undefined;
  const location = codeLocation(view, value);
  return {
    text: withAddress(value, valueText(target, value, style)),
    shape: {
      variablesReference: container ? view.containers.add(container) : 0,
      presentationHint: { kind: 'data', attributes: ['readOnly'] },
      ...(client.showsTypes && { type: safeText(typeName(value.type)) }),
      ...(container && container.named > 0 && { namedVariables: container.named }),
      ...(container && container.indexed > 0 && { indexedVariables: container.indexed }),
      ...(memory !== undefined && { memoryReference: hexAddress(memory) }),
      ...(location !== undefined && { valueLocationReference: location }),
    },
  };
}

/** A pointer that is shown by its symbol alone says its number too: here is room for both. */
function withAddress(value: Value, text: string): string {
  if (strip(value.type).kind !== 'pointer' || /^(0x|[0-9<])/.test(text)) return text;
  const address = pointerBits(value);
  return address === undefined ? text : `${hexAddress(address)} ${text}`;
}

/** What a value opens into; undefined for a leaf. */
export function containerOf(
  view: View,
  value: Value,
  expression: Expression,
): Container | undefined {
  const parts = partsOf(value);
  if (!parts) return undefined;
  switch (parts.kind) {
    case 'members':
      return membersContainer(view, parts, parts.isPointee ? dereferenced(expression) : expression);
    case 'elements':
      return elementsContainer(view, parts, expression);
    case 'pointee':
      return {
        named: 1,
        indexed: 0,
        child: (_, format) =>
          valueVariable(view, '*', parts.pointee, dereferenced(expression), format),
      };
    default:
      return unreachable(parts);
  }
}

function membersContainer(
  view: View,
  { members, record }: Parts & { readonly kind: 'members' },
  expression: Expression,
): Container {
  return {
    named: members.length,
    indexed: 0,
    child(index, format) {
      const [name, value] = members[index] ?? ['', record];
      return valueVariable(view, name, value, member(expression, name), format);
    },
  };
}

function elementsContainer(
  view: View,
  { array, count }: Parts & { readonly kind: 'elements' },
  expression: Expression,
): Container {
  return {
    named: 0,
    indexed: count,
    child: (index, format) =>
      valueVariable(
        view,
        `[${index}]`,
        array.index(BigInt(index)),
        element(expression, index),
        format,
      ),
  };
}

/** Where *View Binary Data* begins: what a pointer points to, else where the value lies. */
function memoryOf(value: Value): bigint | undefined {
  if (strip(value.type).kind !== 'pointer') return value.address;
  const address = pointerBits(value);
  return address === 0n ? undefined : address;
}

/** The line of the function that a pointer points to. */
function codeLocation(view: View, value: Value): number | undefined {
  const type = strip(value.type);
  if (type.kind !== 'pointer' || strip(type.target).kind !== 'function') return undefined;
  const address = pointerBits(value);
  const info = view.target.debugInfo;
  if (address === undefined || address === 0n || !info) return undefined;
  const line = info.functionAt(address)?.declaredAt ?? info.lineAt(address);
  return line && view.sources.source(line.file) ? view.locations.add(line) : undefined;
}
