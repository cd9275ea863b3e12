/** What a stack frame opens into: arguments, locals, registers, its thread, its CPU's hardware state, the globals. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { LookupError } from '../../dump-format/errors.ts';
import { frameScopes, type FrameVariable } from '../target/locals.ts';
import type { Frame, Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import { atAddress, element, named } from './expressions.ts';
import type { StackEntry } from './frames.ts';
import { hexAddress } from './row-text.ts';
import { containerOf, remark, valueVariable } from './variables.ts';
import type { Container, View } from './view.ts';

/** Registers that every frame lists, known or not. */
const generalRegisters: readonly string[] =
  'rip rsp rbp rax rbx rcx rdx rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');

/** Registers that a frame lists when it has them. */
const otherRegisters: readonly string[] = 'rflags cs ss ds es fs gs fs_base gs_base'.split(' ');

/** Source: Intel SDM, volume 1, section 3.4.3. */
const flagBits: readonly (readonly [bit: bigint, name: string])[] = [
  [0n, 'CF'],
  [2n, 'PF'],
  [4n, 'AF'],
  [6n, 'ZF'],
  [7n, 'SF'],
  [8n, 'TF'],
  [9n, 'IF'],
  [10n, 'DF'],
  [11n, 'OF'],
  [14n, 'NT'],
  [16n, 'RF'],
  [18n, 'AC'],
];

/** `scopes`. */
export function scopesBody(view: View, entry: StackEntry): DebugProtocol.ScopesResponse['body'] {
  const scopes: DebugProtocol.Scope[] = [];
  const add = (
    name: string,
    container: Container | undefined,
    hint?: string,
    cost = false,
  ): void => {
    if (!container || container.named + container.indexed === 0) return;
    scopes.push({
      name,
      variablesReference: view.containers.add(container),
      expensive: cost,
      ...(hint !== undefined && { presentationHint: hint }),
      ...(container.named > 0 && { namedVariables: container.named }),
      ...(container.indexed > 0 && { indexedVariables: container.indexed }),
    });
  };
  if (entry.frame) {
    const variables = frameScopes(view.target, entry.frame)[entry.scopeIndex]?.variables ?? [];
    const [parameters, locals] = [true, false].map((isParameter) =>
      variables.filter((each) => each.isParameter === isParameter),
    );
    add('Arguments', variablesContainer(view, parameters ?? []), 'arguments');
    add('Locals', variablesContainer(view, locals ?? []), 'locals');
    add('Registers', registersContainer(view, entry.frame), 'registers');
  }
  add('Thread', threadContainer(view, entry));
  add('CPU', cpuContainer(view, entry));
  add('Globals', globalsContainer(view), undefined, true);
  return { scopes };
}

function variablesContainer(view: View, variables: readonly FrameVariable[]): Container {
  return {
    named: variables.length,
    indexed: 0,
    child(index, format) {
      const variable = variables[index];
      if (!variable) throw new LookupError(`there is no variable ${index}`);
      const { name, value, unavailable, type, declaredAt } = variable;
      const shown = value
        ? valueVariable(view, name, value, named(name), format)
        : remark(name, `<${unavailable}>`, view.client.showsTypes ? typeName(type) : undefined);
      const isReachable = declaredAt && view.sources.source(declaredAt.file);
      return isReachable
        ? { ...shown, declarationLocationReference: view.locations.add(declaredAt) }
        : shown;
    },
  };
}

function registersContainer(view: View, frame: Frame): Container {
  const known = otherRegisters.filter((name) => frame.register(name) !== undefined);
  const names = [...generalRegisters, ...known];
  return {
    named: names.length,
    indexed: 0,
    child(index) {
      const name = names[index] ?? '';
      const value = frame.register(name);
      if (value === undefined) return remark(name, '<not saved>');
      return {
        ...remark(name, registerText(view, name, value)),
        evaluateName: `$${name}`,
        presentationHint: { kind: 'data', attributes: ['readOnly'] },
        ...(view.client.followsMemoryReferences && { memoryReference: hexAddress(value) }),
      };
    },
  };
}

/** A register's value, with what it names. */
export function registerText(view: View, name: string, value: bigint): string {
  const text = value === 0n ? '0' : hexAddress(value);
  if (name === 'rflags') {
    const set = flagBits.filter(([bit]) => (value >> bit) & 1n).map(([, flag]) => flag);
    return set.length > 0 ? `${text} [${set.join(' ')}]` : text;
  }
  const symbol = value === 0n ? undefined : view.target.symbolize(value);
  return symbol === undefined ? text : `${text} ${symbol}`;
}

function threadContainer(view: View, { thread }: StackEntry): Container | undefined {
  const { kernelThread } = thread;
  const type = kernelThread && view.target.findType(kernelThread.type);
  if (!kernelThread || !type) return undefined;
  const { address } = kernelThread;
  return containerOf(view, view.target.value(type, address), atAddress(typeName(type), address));
}

function cpuContainer(view: View, { thread }: StackEntry): Container | undefined {
  const { hardware } = view.target;
  if (!thread.cpu || !hardware || thread.cpu.index >= hardware.count) return undefined;
  const expression = element(named('sim_cpu'), thread.cpu.index);
  return containerOf(view, hardware.cpu(thread.cpu.index), expression);
}

/** Every data symbol, by name; as numbered children so that a client may ask for a few at a time. */
function globalsContainer(view: View): Container {
  const { symbols, debugInfo } = view.target;
  const names = dataSymbolNames(view.target);
  return {
    named: 0,
    indexed: names.length,
    child(index, format) {
      const name = names[index] ?? '';
      if (debugInfo && view.target.hasGlobal(name))
        return valueVariable(view, name, view.target.global(name), named(name), format);
      const symbol = symbols.byName(name);
      const size = symbol ? `${symbol.size} bytes at ${hexAddress(symbol.address)}` : '';
      const memory = symbol && view.client.followsMemoryReferences;
      return {
        ...remark(name, `<no type> ${size}`),
        ...(memory && { memoryReference: hexAddress(symbol.address) }),
      };
    },
  };
}

const namesOf = new WeakMap<Target, readonly string[]>();

/** Names of the data symbols, each once, sorted; collected once per target. */
function dataSymbolNames(target: Target): readonly string[] {
  let names = namesOf.get(target);
  if (!names) {
    const found = new Set<string>();
    for (const symbol of target.symbols.all())
      if (symbol.type === 'object' && symbol.sectionIndex !== 0) found.add(symbol.name);
    names = [...found].sort();
    namesOf.set(target, names);
  }
  return names;
}
