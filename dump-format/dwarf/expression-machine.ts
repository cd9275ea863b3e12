/** The state of a location expression that runs, and what the expression may ask for (DWARF 5, sections 2.5 and 2.6). */
import type { Memory } from '../memory.ts';
import { Unavailable, makeValue } from './expression-values.ts';
import type { StackValue, ValueType } from './expression-values.ts';
import { registerName } from './registers.ts';

/** Operators that one query may execute, nested expressions included. */
export const expressionStepLimit = 10_000;

/** Elements on the stack. */
export const expressionStackLimit = 1_000;

/** Expressions inside expressions: entry values of callers, calls. */
export const expressionDepthLimit = 16;

/** What an expression may ask for. Everything but memory and registers throws Unavailable where it has no meaning. */
export interface ExpressionContext {
  readonly byteOrder: 'little' | 'big';
  readonly addressSize: 4 | 8;
  readonly offsetSize: 4 | 8;
  /** For messages. */
  readonly fileName: string;
  readonly memory: Memory;
  register(number: number): bigint | undefined;
  /** `DW_OP_call_frame_cfa`. */
  cfa(): bigint;
  /** What `DW_OP_fbreg` counts from. */
  frameBase(): bigint;
  /** Entry of the unit's part of `.debug_addr`. */
  indexedAddress(index: number): bigint;
  /** The base type at an offset of the unit. */
  baseType(unitOffset: number): ValueType;
  /** The expression that `DW_OP_call2`, `call4` or `call_ref` names; undefined when that entry has none. */
  called(offset: number, isUnitOffset: boolean): Uint8Array | undefined;
  /** What an expression was worth when the function was entered. */
  entryValue(expression: Uint8Array): StackValue;
  /** What the caller passed for the parameter whose entry is at an offset of the unit. */
  parameterValue(unitOffset: number): StackValue;
}

/** Steps left, shared by a query and all that it nests. */
export interface Allowance {
  steps: number;
  depth: number;
}

/** A fresh allowance for one query. */
export function newAllowance(): Allowance {
  return { steps: expressionStepLimit, depth: expressionDepthLimit };
}

/** Where an expression says that a value, or a piece of it, is. */
export type Place =
  /** At the address that an element of the stack is. */
  | { readonly kind: 'memory'; readonly address: StackValue }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'stack'; readonly value: StackValue }
  | { readonly kind: 'implicit'; readonly bytes: Uint8Array }
  | { readonly kind: 'implicit-pointer' }
  | { readonly kind: 'nowhere' };

export interface PiecePlace {
  readonly sizeBits: number;
  /** Bits of the place to pass over. */
  readonly offsetBits: number;
  readonly place: Place;
}

/** The outcome of an expression: one place, or pieces in order. */
export type ExpressionResult = Place | { readonly kind: 'pieces'; readonly pieces: PiecePlace[] };

/** @throws Unavailable when the frame does not know the register */
export function registerValue(context: ExpressionContext, register: number): bigint {
  const value = context.register(register);
  if (value !== undefined) return value;
  throw new Unavailable(`${registerName(register)} was not saved in this frame`);
}

/** The state of one run. */
export class ExpressionMachine {
  readonly context: ExpressionContext;
  readonly generic: ValueType;
  /** A place that stands until the next piece or the end: then the stack does not count. */
  place: Place | undefined;
  readonly pieces: PiecePlace[] = [];
  readonly allowance: Allowance;
  private readonly stack: StackValue[] = [];

  constructor(context: ExpressionContext, allowance: Allowance) {
    this.context = context;
    this.allowance = allowance;
    this.generic = { size: context.addressSize, encoding: 'generic' };
  }

  result(): ExpressionResult {
    if (this.pieces.length > 0) return { kind: 'pieces', pieces: this.pieces };
    return this.placeOrTop();
  }

  push(value: StackValue): void {
    if (this.stack.length === expressionStackLimit)
      throw new Unavailable('a stack that is too high');
    this.stack.push(value);
  }

  pushNumber(number: bigint): void {
    this.push(makeValue(this.generic, number));
  }

  pop(): StackValue {
    const value = this.stack.pop();
    if (value) return value;
    throw new Unavailable('an expression that takes from an empty stack');
  }

  /** The element `depth` places below the top. */
  peek(depth: number): StackValue {
    const value = this.stack.at(-1 - depth);
    if (value) return value;
    throw new Unavailable('an expression that looks below its stack');
  }

  /** Ends a piece: what stands, or the top of the stack, is its place. An empty stack: it is nowhere. */
  endPiece(sizeBits: number, offsetBits: number): void {
    this.pieces.push({ sizeBits, offsetBits, place: this.placeOrTop() });
    this.place = undefined;
  }

  private placeOrTop(): Place {
    if (this.place) return this.place;
    const top = this.stack.pop();
    if (!top) return { kind: 'nowhere' };
    return { kind: 'memory', address: top };
  }
}
