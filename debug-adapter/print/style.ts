/** How values are printed: what the options of `::print` and the settings of a session choose. */
import type { Settings } from '../commands/command.ts';

export interface PrintStyle {
  /** `hex` and `decimal` force integers (`-x`, `-d`); `natural` is mdb's own choice by type. */
  readonly integers: 'natural' | 'hex' | 'decimal';
  /** False: pointers stay numbers and get no text (`-n`). */
  readonly symbols: boolean;
  /** Array elements printed; undefined is no limit (`-l`, `-L`). */
  readonly arrayElementLimit: number | undefined;
  /** Bytes of a char array printed as a string; undefined is no limit (`-c`, `-C`). */
  readonly stringLimit: number | undefined;
  /** Aggregates nested this deep are `{ ... }` (`-s`); undefined is no limit but `nestingLimit`. */
  readonly depthLimit: number | undefined;
  /** `none`, the declared type (`-t`), or with the base type (`-T`). */
  readonly types: 'none' | 'declared' | 'base';
  readonly addresses: boolean;
  readonly holes: boolean;
  /** 0 is mdb's smart mode. */
  readonly symbolDistance: bigint;
  /** Radix of symbol offsets. */
  readonly radix: number;
  /** Where lists of scalars wrap. */
  readonly columns: number;
}

/** Aggregates nested deeper than this are `{ ... }` whatever the user asks: only a damaged dump has them. */
export const nestingLimit = 64;

/** mdb's defaults: array_mem_limit 32, array_str_limit 1024, 80 columns. */
export const defaultStyle: PrintStyle = {
  integers: 'natural',
  symbols: true,
  arrayElementLimit: 32,
  stringLimit: 1024,
  depthLimit: undefined,
  types: 'none',
  addresses: false,
  holes: false,
  symbolDistance: 0n,
  radix: 16,
  columns: 80,
};

/** The style that a session's settings ask for. */
export function sessionStyle(settings: Settings, radix: number): PrintStyle {
  const { arrayElementLimit, stringLimit, symbolDistance } = settings;
  const columns = settings.isWrapping ? settings.columns : Infinity;
  return { ...defaultStyle, arrayElementLimit, stringLimit, symbolDistance, radix, columns };
}
