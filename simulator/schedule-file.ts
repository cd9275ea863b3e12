/** Schedules as files: the orders that replay a run, read strictly. */
import { FormatError } from '../dump-format/errors.ts';
import type { Order } from './schedule.ts';

/** What `corewalk explore` writes beside a dump, as far as a replay needs it. */
export interface ScheduleFile {
  readonly scenario: string;
  readonly variant: string;
  readonly orders: readonly Order[];
}

/**
 * @param json the parsed file
 * @param name for messages
 * @throws FormatError naming the member that is missing or wrong
 */
export function readScheduleFile(json: unknown, name: string): ScheduleFile {
  const fail = (what: string): never => {
    throw new FormatError(`${name}: ${what}`);
  };
  const top = record(json) ?? fail('not an object');
  const text = (member: string): string => {
    const value = top[member];
    return typeof value === 'string' ? value : fail(`${member}: not a text`);
  };
  const list: unknown = top['orders'];
  if (!Array.isArray(list)) return fail('orders: not a list');
  const orders = list.map(
    (each: unknown, index) => readOrder(each) ?? fail(`orders[${index}]: not an order`),
  );
  return { scenario: text('scenario'), variant: text('variant'), orders };
}

function readOrder(json: unknown): Order | undefined {
  const order = record(json);
  const cpu = count(order?.['cpu']);
  const address = hexadecimal(order?.['address']);
  if (order?.['kind'] === 'idle') return { kind: 'idle' };
  if (order?.['kind'] === 'dma') {
    const bytes = hexadecimal(order['bytes']);
    return address === undefined || bytes === undefined
      ? undefined
      : { kind: 'dma', address, bytes };
  }
  if (!order || cpu === undefined) return undefined;
  switch (order['kind']) {
    case 'execute': {
      const steps = count(order['steps']);
      return steps === undefined ? undefined : { kind: 'execute', cpu, steps };
    }
    case 'drain': {
      const sequence = count(order['sequence']);
      return { kind: 'drain', cpu, ...(sequence !== undefined && { sequence }) };
    }
    case 'hold': {
      const { isHeld } = order;
      return typeof isHeld === 'boolean' ? { kind: 'hold', cpu, isHeld } : undefined;
    }
    case 'prefetch': {
      const size = count(order['size']);
      if (address === undefined || size === undefined) return undefined;
      return { kind: 'prefetch', cpu, address, size };
    }
    case 'interrupt': {
      const vector = count(order['vector']);
      return vector === undefined ? undefined : { kind: 'interrupt', cpu, vector };
    }
    default:
      return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function hexadecimal(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]*$/i.test(value) ? value : undefined;
}
