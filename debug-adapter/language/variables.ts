/** The variables of a session: mdb's persistent ones, the registers of the CPU that panicked, and the user's own. */
import { LookupError } from '../../dump-format/errors.ts';
import type { Variables } from '../commands/command.ts';
import type { Target } from '../target/target.ts';
import { LineError } from './line-error.ts';

/** Characters a name may have; mdb's own bound. */
export const maximumNameLength = 30;

/** How many variables a session may hold. */
export const maximumVariables = 10_000;

/** Where `.` and the counters of the interpreter live. */
export interface Dots {
  dot: bigint;
}

interface Variable {
  readonly get: () => bigint;
  /** Undefined: read-only. */
  readonly set?: (value: bigint) => void;
  readonly isPersistent: boolean;
  isTagged: boolean;
}

/** Aliases that mdb's kernel targets give to x86-64 registers. */
const registerAliases: Readonly<Record<string, string>> = { pc: 'rip', sp: 'rsp', fp: 'rbp' };

/** The store behind `Session.variables`. */
export class VariableStore implements Variables {
  /** Counts assignments: tells a pipeline whether it has walk variables to keep. */
  generation = 0;
  private readonly variables = new Map<string, Variable>();

  constructor(target: Target, dots: Dots) {
    this.variables.set('.', {
      get: () => dots.dot,
      set: (value) => (dots.dot = value),
      isPersistent: true,
      isTagged: false,
    });
    // adb's: last value formatted, offsets, count of the last $<, sizes and entry of the program, events, symbols off.
    for (const name of ['0', '1', '2', '9', 'b', 'd', 'e', 'm', 't', '_', 'hits'])
      this.persist(name, 0n);
    this.offsets();
    this.registers(target);
  }

  get(name: string): bigint | undefined {
    return this.variables.get(name)?.get();
  }

  /** True when it can be assigned or does not exist. */
  isWritable(name: string): boolean {
    const variable = this.variables.get(name);
    return variable === undefined || variable.set !== undefined;
  }

  set(name: string, value: bigint): void {
    this.generation++;
    const variable = this.variables.get(name);
    if (variable === undefined) this.create(name, value);
    else if (variable.set === undefined)
      throw new LineError(`cannot modify read-only variable '${name}'`);
    else variable.set(BigInt.asUintN(64, value));
  }

  unset(name: string): void {
    const variable = this.variables.get(name);
    if (variable === undefined) throw new LookupError(`variable '${name}' not defined`);
    if (variable.isPersistent) throw new LookupError(`cannot remove persistent variable '${name}'`);
    this.variables.delete(name);
  }

  /** The values of the user's own variables now. */
  snapshot(): ReadonlyMap<string, bigint> {
    const values = new Map<string, bigint>();
    for (const [name, variable] of this.variables)
      if (!variable.isPersistent) values.set(name, variable.get());
    return values;
  }

  /** Gives variables the values of a snapshot; others stay. */
  restore(values: ReadonlyMap<string, bigint>): void {
    for (const [name, value] of values) this.set(name, value);
  }

  /** Marks a variable for `::vars -t`. */
  tag(name: string, isTagged: boolean): void {
    const variable = this.variables.get(name);
    if (variable !== undefined) variable.isTagged = isTagged;
  }

  *entries(): Iterable<{
    readonly name: string;
    readonly value: bigint;
    readonly isReadOnly: boolean;
    readonly isPersistent: boolean;
    readonly isTagged: boolean;
  }> {
    for (const name of [...this.variables.keys()].sort()) {
      const variable = this.variables.get(name);
      if (variable === undefined) continue;
      const { isPersistent, isTagged } = variable;
      const isReadOnly = variable.set === undefined;
      yield { name, value: variable.get(), isReadOnly, isPersistent, isTagged };
    }
  }

  private create(name: string, initial: bigint): void {
    checkVariableName(name);
    if (this.variables.size >= maximumVariables)
      throw new LineError(`a session holds ${maximumVariables} variables at most`);
    this.variables.set(name, cell(initial, false));
  }

  private persist(name: string, initial: bigint): void {
    this.variables.set(name, cell(initial, true));
  }

  /** adb: assigning `1` keeps its old value in `2`. */
  private offsets(): void {
    const one = cell(0n, true);
    this.variables.set('1', {
      ...one,
      set: (value) => {
        this.set('2', one.get());
        one.set(value);
      },
    });
  }

  private registers(target: Target): void {
    if (target.cpus.length === 0) return;
    const { panicCpu, panicRegisters, kernel } = target;
    const readOnly = (name: string, get: () => bigint): void => {
      this.variables.set(name, { get, isPersistent: true, isTagged: false });
    };
    for (const [name, value] of panicRegisters) readOnly(name, () => value);
    for (const [alias, name] of Object.entries(registerAliases)) {
      const value = panicRegisters.get(name);
      if (value !== undefined) readOnly(alias, () => value);
    }
    readOnly('thread', () => kernel?.currentThread(panicCpu) ?? 0n);
  }
}

/**
 * mdb's rules of names.
 *
 * @throws LineError for a name that is empty, too long, or has a character of the language
 */
export function checkVariableName(name: string): void {
  if (name === '') throw new LineError("expected single variable name following '>'");
  const forbidden = /[#%^&*\-+=,:$/\\?<>;|!`'"[\](){}\n\t ]/.exec(name)?.[0];
  if (forbidden !== undefined)
    throw new LineError(`'${forbidden}' may not be used in a variable name`);
  if (name.length > maximumNameLength)
    throw new LineError(`variable name may not exceed ${maximumNameLength} characters`);
}

function cell(
  initial: bigint,
  isPersistent: boolean,
): Variable & { readonly set: (value: bigint) => void } {
  let current = initial;
  return {
    get: () => current,
    set: (value) => (current = BigInt.asUintN(64, value)),
    isPersistent,
    isTagged: false,
  };
}
