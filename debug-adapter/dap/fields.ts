/** Arguments of a request, checked field by field: a client's JSON is input like any other. */
import { UsageError } from '../../dump-format/errors.ts';

/** The arguments of one request. Every reader throws a UsageError that names request, field and what was found. */
export class Fields {
  private readonly command: string;
  private readonly values: ReadonlyMap<string, unknown>;

  /** @throws UsageError when `value` is neither an object nor absent */
  constructor(command: string, value: unknown) {
    this.command = command;
    if (value !== undefined && value !== null && !isObject(value))
      throw new UsageError(`${command}: arguments: expected an object, have ${describe(value)}`);
    this.values = new Map(Object.entries(value ?? {}));
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  string(name: string): string {
    return this.optionalString(name) ?? this.missing(name, 'a string');
  }

  optionalString(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.wrong(name, 'a string', value);
  }

  integer(name: string): number {
    return this.optionalInteger(name) ?? this.missing(name, 'an integer');
  }

  optionalInteger(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return this.wrong(name, 'an integer', value);
  }

  /** A number of things, or of a place among them. Undefined when absent. */
  count(name: string): number | undefined {
    const value = this.optionalInteger(name);
    return value !== undefined && value < 0
      ? this.wrong(name, 'a number that is not negative', value)
      : value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.wrong(name, 'true or false', value);
  }

  /** An object of further fields; empty when absent. */
  object(name: string): Fields {
    return new Fields(`${this.command}: ${name}`, this.get(name));
  }

  /** Elements of a list, or undefined when absent. */
  list(name: string): readonly unknown[] | undefined {
    const value = this.get(name);
    if (value === undefined || Array.isArray(value)) return value;
    return this.wrong(name, 'a list', value);
  }

  strings(name: string): readonly string[] | undefined {
    return this.list(name)?.map((each) =>
      typeof each === 'string' ? each : this.wrong(name, 'a list of strings', each),
    );
  }

  /** The field as it came, `null` as absent. */
  get(name: string): unknown {
    return this.values.get(name) ?? undefined;
  }

  wrong(name: string, expected: string, found: unknown): never {
    throw new UsageError(`${this.command}: ${name}: expected ${expected}, have ${describe(found)}`);
  }

  private missing(name: string, expected: string): never {
    throw new UsageError(`${this.command}: ${name}: expected ${expected}, have nothing`);
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
